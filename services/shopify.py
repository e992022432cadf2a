"""What we ask of Shopify: to add a tag to customers, within the cost that the shop allows.

Shopify counts the cost of queries (a mutation costs 10) against a bucket that refills; every answer
says how full it is, so nobody has to be refused.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from services.http_api import REFUSED_LOGIN, HttpApi, NotDoneError, RefusedError

Json = dict[str, Any]

MUTATION_COST = 10.0
LONGEST_TAG = 40
THROTTLED_TRIES = 8
TAGS_ADD = """mutation tagsAdd($id: ID!, $tags: [String!]!) {
  tagsAdd(id: $id, tags: $tags) { node { id } userErrors { field message } }
}"""
SHOP_NAME = "query { shop { name } }"
CUSTOMER = "gid://shopify/Customer/"


@dataclass(slots=True)
class CostBucket:
    """How many points may be spent now. Below 0: spent ahead of time, by who waits for it."""

    available: float = 5 * MUTATION_COST
    maximum: float = 1_000.0
    restore: float = 100.0
    """Points a second; those of a standard shop, until an answer says better."""
    under_way: int = 0
    at: float = field(default_factory=time.monotonic)

    def take(self) -> float:
        """Spend one mutation's points and return the seconds to wait before asking."""
        now = time.monotonic()
        self.available = min(self.maximum, self.available + (now - self.at) * self.restore)
        self.at = now
        self.available -= MUTATION_COST
        return max(0.0, -self.available / self.restore)

    def told(self, answer: Json) -> None:
        """Learn how full it is; what is still under way comes off that."""
        cost = (answer.get("extensions") or {}).get("cost") or {}
        status = cost.get("throttleStatus") or {}
        if "currentlyAvailable" not in status:
            return
        self.restore = max(1.0, float(status.get("restoreRate") or self.restore))
        self.maximum = float(status.get("maximumAvailable") or self.maximum)
        self.available = float(status["currentlyAvailable"]) - MUTATION_COST * self.under_way
        self.at = time.monotonic()


@dataclass(frozen=True, slots=True)
class Shopify:
    """The calls to one shop; `api` has no budget, for every answer tells what is left."""

    api: HttpApi
    path: str
    """Of the GraphQL endpoint, with the version."""
    bucket: CostBucket = field(default_factory=CostBucket)

    async def check(self) -> str:
        """Name the shop; raises RefusedError where the token is not good."""
        answer = await self._post("shop.get", {"query": SHOP_NAME})
        if problems := _errors(answer):
            raise RefusedError(f"Shopify says: {problems[0].get('message')}", 400)
        return f"accepted by {((answer.get('data') or {}).get('shop') or {}).get('name')}."

    async def add_tag(self, customer_id: str, tag: str) -> str | None:
        """Add a tag to one customer, who may have it already; returns why Shopify would not.

        Raises what `HttpApi` does.
        """
        is_gid = customer_id.startswith("gid://")
        variables = {"id": customer_id if is_gid else CUSTOMER + customer_id, "tags": [tag]}
        for _ in range(THROTTLED_TRIES):
            await asyncio.sleep(self.bucket.take())
            answer = await self._post("tags.add", {"query": TAGS_ADD, "variables": variables})
            codes = {(each.get("extensions") or {}).get("code") for each in _errors(answer)}
            if "THROTTLED" in codes:
                continue
            if "ACCESS_DENIED" in codes:
                raise RefusedError(
                    "Shopify refuses to tag customers: the app of SHOPIFY_ACCESS_TOKEN needs the "
                    "scope write_customers.",
                    403,
                )
            if codes:
                return str(_errors(answer)[0].get("message") or "refused")
            done = (answer.get("data") or {}).get("tagsAdd") or {}
            problems = done.get("userErrors") or ()
            return str(problems[0].get("message") or "refused") if problems else None
        raise NotDoneError("Shopify asks us to slow down.", 10.0)

    async def _post(self, operation: str, body: Json) -> Json:
        self.bucket.under_way += 1
        try:
            # Adding a tag twice is adding it once, so that it may be repeated like a read.
            answer = await self.api.call(operation, "POST", self.path, is_read=True, json=body)
        except RefusedError as error:
            if error.http_status in REFUSED_LOGIN:
                raise RefusedError(
                    f"Shopify refuses SHOPIFY_ACCESS_TOKEN (HTTP {error.http_status}).",
                    error.http_status,
                ) from error
            raise
        finally:
            self.bucket.under_way -= 1
        found = dict(answer or {})
        self.bucket.told(found)
        return found


def _errors(answer: Json) -> list[Json]:
    found = answer.get("errors") or []
    return [{"message": found}] if isinstance(found, str) else list(found)
