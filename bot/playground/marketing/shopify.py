"""The emulated Shopify: the mutation that tags a customer, with its cost, and the shop's name."""

import re
import time
from typing import Any

from aiohttp import web

from bot.playground.marketing.faults import Faults
from bot.playground.marketing.gate import Refusal
from bot.playground.marketing.state import Accounts, Record

ACCESS_TOKEN = "shpat_playground"  # noqa: S105 - of the playground
MAXIMUM, RESTORE, COST = 2_000.0, 100.0, 10.0
SHOP = "Playground"
MOST_TAGS, LONGEST_TAG = 250, 40
_MUTATION = re.compile(
    r"mutation\s*\w*\s*\(\s*\$(\w+)\s*:\s*ID!\s*,\s*\$(\w+)\s*:\s*\[String!\]!\s*\)\s*\{\s*"
    r"tagsAdd\(\s*id:\s*\$\1\s*,\s*tags:\s*\$\2\s*\)\s*\{[^{}]*(\{[^{}]*\}[^{}]*)*\}\s*\}"
)
_SHOP = re.compile(r"(query\s*\w*\s*)?\{\s*shop\s*\{\s*name\s*\}\s*\}")
_CUSTOMER = re.compile(r"gid://shopify/Customer/(\d+)")


class Shopify:
    """The GraphQL endpoint over `accounts`."""

    def __init__(self, accounts: Accounts, faults: Faults) -> None:
        self.accounts, self.faults = accounts, faults
        self._available, self._at = MAXIMUM, time.monotonic()

    def routes(self) -> list[web.RouteDef]:
        return [web.post(r"/admin/api/{version:20\d\d-\d\d}/graphql.json", self.serve)]

    async def serve(self, request: web.Request) -> web.Response:
        switches = self.faults.switches
        if switches.wrong_key or request.headers.get("X-Shopify-Access-Token") != ACCESS_TOKEN:
            raise Refusal(401, {"errors": "[API] Invalid API key or access token"})
        try:
            body: Record = await request.json()
            query, variables = str(body["query"]), dict(body.get("variables") or {})
        except (ValueError, KeyError, TypeError):
            raise Refusal(400, {"errors": "The body is not a query."}) from None
        if _SHOP.fullmatch(query.strip()):
            return web.json_response({"data": {"shop": {"name": SHOP}}, **self._cost(1)})
        asked = _MUTATION.fullmatch(query.strip())
        if asked is None:
            return web.json_response(
                {"errors": [{"message": "Only tagsAdd and the shop's name are emulated."}]}
            )
        if not self._pay(switches.limits_scale) or switches.rate_limited:
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return web.json_response({"errors": [error], **self._cost(0)})
        problems = self._tag(variables.get(asked.group(1)), variables.get(asked.group(2)))
        node = None if problems else {"id": variables[asked.group(1)]}
        data = {"tagsAdd": {"node": node, "userErrors": problems}}
        return web.json_response({"data": data, **self._cost(COST)})

    def _tag(self, gid: Any, tags: Any) -> list[Record]:  # noqa: ANN401 - JSON
        found = _CUSTOMER.fullmatch(str(gid))
        known = self.accounts.customers
        if found is None or (known is not None and found.group(1) not in known):
            return [{"field": ["id"], "message": "Customer does not exist"}]
        if not isinstance(tags, list) or not all(isinstance(each, str) for each in tags):
            return [{"field": ["tags"], "message": "Tags is invalid"}]
        if any(not each.strip() or len(each) > LONGEST_TAG or "," in each for each in tags):
            return [{"field": ["tags"], "message": "Tag is too long or holds a comma"}]
        own = self.accounts.tags.setdefault(found.group(1), [])
        held = {each.lower() for each in own}
        own += [each for each in dict.fromkeys(tags) if each.lower() not in held]
        if len(own) > MOST_TAGS:
            return [{"field": ["tags"], "message": "A customer has 250 tags at most"}]
        self.accounts.changed()
        return []

    def _pay(self, scale: float) -> bool:
        at = time.monotonic()
        self._available = min(MAXIMUM * scale, self._available + (at - self._at) * RESTORE * scale)
        self._at = at
        if self._available < COST:
            return False
        self._available -= COST
        return True

    def _cost(self, actual: float) -> Record:
        scale = self.faults.switches.limits_scale
        status = {
            "maximumAvailable": MAXIMUM * scale,
            "currentlyAvailable": int(self._available),
            "restoreRate": RESTORE * scale,
        }
        cost = {"requestedQueryCost": COST, "actualQueryCost": actual, "throttleStatus": status}
        return {"extensions": {"cost": cost}}
