"""Everything the emulated helpdesk remembers."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from bot.playground.gorgias.checks import Record

# Every kind counts from its own number, so that an id of the wrong kind is found out.
FIRST_IDS = {"ticket": 1001, "message": 500001, "customer": 20001, "tag": 301, "survey": 7001}

PEOPLE = (
    ("bot@playground.test", "Regulars", "Bot", "admin"),
    ("olivia@playground.test", "Olivia", "Hart", "admin"),
    ("ben@playground.test", "Ben", "Okafor", "agent"),
    ("maya@playground.test", "Maya", "Lindqvist", "agent"),
)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Helpdesk:
    """Tickets, messages and people as plain records, keyed by id; every part is JSON."""

    def __init__(self) -> None:
        self.tickets: dict[int, Record] = {}
        self.messages: dict[int, Record] = {}
        self.customers: dict[int, Record] = {}
        self.users: dict[int, Record] = {}
        self.teams: dict[int, Record] = {}
        self.tags: dict[int, Record] = {}
        self.surveys: dict[int, Record] = {}
        self.files: dict[str, Record] = {}
        self.emails_sent: list[Record] = []
        self.revision = 0
        self._used_ids: Counter[str] = Counter()
        self._change = asyncio.Event()
        self._hire()

    def _hire(self) -> None:
        for number, (email, firstname, lastname, role) in enumerate(PEOPLE, start=1):
            self.users[number] = {
                "id": number,
                "active": True,
                "email": email,
                "name": f"{firstname} {lastname}",
                "firstname": firstname,
                "lastname": lastname,
                "external_id": None,
                "role": {"name": role},
                "created_datetime": now(),
                "updated_datetime": now(),
            }
        self.teams[11] = {
            "id": 11,
            "name": "Support",
            "description": None,
            "decoration": {},
            "members": [{"id": number} for number in self.users if number != 1],
            "created_datetime": now(),
        }

    @property
    def api_user(self) -> Record:
        """The user to whom the API key belongs."""
        return self.users[1]

    def next_id(self, kind: str) -> int:
        number = FIRST_IDS[kind] + self._used_ids[kind]
        self._used_ids[kind] += 1
        return number

    def changed(self) -> None:
        """Count a change and wake whoever waits for one."""
        self.revision += 1
        self._change.set()
        self._change = asyncio.Event()

    async def wait_for_change(self, seen: int) -> int:
        """Return the revision as soon as it differs from `seen`."""
        while self.revision == seen:
            await self._change.wait()
        return self.revision

    def dump(self) -> dict[str, Any]:
        """Give all as JSON-ready data for `load`; the records are shared, so write them at once."""
        return {
            "tickets": list(self.tickets.values()),
            "messages": list(self.messages.values()),
            "customers": list(self.customers.values()),
            "users": list(self.users.values()),
            "teams": list(self.teams.values()),
            "tags": list(self.tags.values()),
            "surveys": list(self.surveys.values()),
            "files": self.files,
            "emails_sent": self.emails_sent,
            "used_ids": dict(self._used_ids),
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Replace everything by what `dump` gave."""
        for kind in ("tickets", "messages", "customers", "users", "teams", "tags", "surveys"):
            setattr(self, kind, {record["id"]: record for record in saved[kind]})
        self.files = saved["files"]
        self.emails_sent = saved["emails_sent"]
        self._used_ids = Counter(saved["used_ids"])
        self.changed()
