"""What programs ask of the API, for Locust; `python -m benchmarks.http_api` starts it.

By hand: REGULARS_KEY=rgk_… CUSTOMERS=1000000 locust -f benchmarks/locustfile.py --host http://…
"""

import os
import random

from locust import FastHttpUser, between, task

CUSTOMERS = int(os.environ.get("CUSTOMERS", "1000000"))
HEADERS = {"Authorization": f"Bearer {os.environ.get('REGULARS_KEY', '')}"}
HOT = 100
"""Customers that are asked for again and again, so that their figures are remembered."""


class Program(FastHttpUser):
    """Thinks one to three seconds between questions."""

    wait_time = between(1, 3)

    def ask(self, path: str, name: str) -> None:
        self.client.get(f"/api/v1/{path}", name=name, headers=HEADERS)

    @task(4)
    def known_customer(self) -> None:
        self.ask(f"customers/c{random.randint(1, HOT)}", "customers/{id}, remembered")

    @task(4)
    def any_customer(self) -> None:
        self.ask(f"customers/c{random.randint(1, CUSTOMERS)}", "customers/{id}")

    @task(2)
    def orders(self) -> None:
        self.ask(f"customers/c{random.randint(1, CUSTOMERS)}/orders", "customers/{id}/orders")

    @task(2)
    def churn_risk(self) -> None:
        number = random.randint(1, CUSTOMERS)
        self.ask(f"customers/c{number}/churn-risk", "customers/{id}/churn-risk")

    @task(2)
    def by_email(self) -> None:
        number = random.randint(1, CUSTOMERS)
        self.ask(f"customers/search?q=user{number}@example.com", "customers/search, e-mail")

    @task(2)
    def by_name(self) -> None:
        name = f"{random.choice(('Smith', 'Jones', 'Lee'))}{random.randrange(5_000)}"
        self.ask(f"customers/search?q={name}", "customers/search, surname")

    @task(1)
    def by_common_name(self) -> None:
        name = random.choice(("Anna", "Ben", "Clara"))
        self.ask(f"customers/search?q={name}&limit=50", "customers/search, first name")

    @task(1)
    def segments(self) -> None:
        self.ask("segments", "segments, remembered")

    @task(1)
    def churn(self) -> None:
        self.ask("insights/churn", "insights/churn, remembered")
