"""Sets a control before people, presses it, and counts what came of it."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sqlalchemy import String, cast, func, select, update

from services.campaigns import Campaigns
from services.pool import ProcessPool
from storage.database import Database
from storage.models import audit_log, campaign_results, campaigns, customers
from tests.end_to_end.conftest import new_bot
from tests.end_to_end.playground import (
    BOT,
    MAYA,
    SUPPORT,
    Bot,
    Json,
    Playground,
    eventually,
    open_jobs,
)
from tests.end_to_end.surfaces import form_of
from tests.services.campaigns.campaign_shop import open_shop

Effects = dict[str, int]
"""How many there are of each: calls that write, messages, rows of the audit log …"""

PATIENCE_SECONDS = 60
"""What is counted in a process of the pool waits for all others on a busy machine."""
IN_SHOPIFY = 20
"""Of so many customers the number there is known."""
MORE_SECONDS = 0.3
"""For what should not happen after what should: a listener is no job that could be waited for."""


GONE = ("not there any more", "is not open", "There is nothing with the action_id")


@dataclass(frozen=True, slots=True)
class Click:
    """A button, menu or form on the screen of `owner`, ready to be used by anybody."""

    stage: "Stage"
    how: str
    owner: str
    what: Json

    async def __call__(self, by: str) -> None:
        """Use it; what has gone from the screen meanwhile cannot be."""
        user = by if self.how == "shortcut" else self.owner
        try:
            await self.stage.playground.person(self.how, user=user, by=by, **self.what)
        except AssertionError as refusal:
            if not any(words in str(refusal) for words in GONE):
                raise


@dataclass(slots=True)
class Stage:
    """The running bot, and a shop with customers, scores and campaigns."""

    playground: Playground
    bot: Bot
    database: Database
    campaigns: Campaigns
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def words(self, what: str) -> str:
        """Give words that nothing else has."""
        return f"{what} {self.bot.port}-{next(self.numbers)}"

    def card(
        self, owner: str, ts: str, action_id: str, channel: str = SUPPORT, **more: str
    ) -> Click:
        """Name a button of a message."""
        what = {"channel": channel, "ts": ts, "action_id": action_id, **more}
        return Click(self, "click", owner, what)

    def form(self, owner: str, view: Json, values: Json | None = None) -> Click:
        """Name a form, filled in."""
        return Click(self, "view/submit", owner, {"view_id": view["id"], "values": values or {}})

    async def opened(self, owner: str, words: str) -> Json:
        """Wait for a form."""
        return await form_of(self.playground, owner, words)

    async def room(self, owner: str) -> str:
        """Find the direct messages of a person with the bot."""
        state = await self.playground.slack_state(owner)
        return next(str(each["id"]) for each in state["channels"] if each["is_im"])

    async def told(self, owner: str, act: Awaitable[object], words: str = "") -> Json:
        """Do something, and wait for a new word to this person alone."""
        known = {each["ts"] for each in await self.playground.whispers(owner)}
        await act

        async def saying() -> list[Json]:
            told = await self.playground.whispers(owner)
            return [each for each in told if each["ts"] not in known and words in str(each)]

        return (await eventually(saying, what=f"a word to {owner} saying {words!r}"))[-1]

    async def posts(self) -> list[Json]:
        """List what the bot said to everybody in the channel, outside threads."""
        said = [each for each in await self.playground.messages() if each["user"] == BOT]
        return [each for each in said if not each["ephemeral"] and not each["thread_ts"]]

    async def quiet(self) -> None:
        """Wait until every envelope is acknowledged and every job done."""

        async def nothing_left() -> bool:
            waiting = await self.playground.unacknowledged()
            return waiting == 0 and not await open_jobs(self.database)

        await eventually(nothing_left, what="quiet")

    async def _clear_logs(self) -> None:
        """Forget what was done before; it only takes time to read."""
        for log in (
            f"{self.playground.slack_url}/play/slack/log",
            f"{self.playground.gorgias_url}/play/gorgias/log",
        ):
            assert (await self.playground.http.delete(log)).is_success

    async def effects(self) -> Counter[str]:
        """Count everything that a control could have done so far."""
        found: Counter[str] = Counter()
        for call in (await self.playground.gorgias_log())["calls"]:
            if call["method"] != "GET":
                found[f"{call['method']} {re.sub(r'[0-9]+', 'N', call['path'])}"] += 1
        state = await self.playground.slack_state()
        for channel in state["channels"]:
            for message in state["messages"][channel["id"]]:
                if message["user"] == BOT:
                    found[_audience(message, channel)] += 1
        marketing = await self.playground.marketing("state")
        found["list in Klaviyo"] = len(marketing["lists"])
        found["tag in Shopify"] = len(marketing["tags"])
        async with self.database.read() as connection:
            actions = select(audit_log.c.action, func.count()).group_by(audit_log.c.action)
            for action, rows in (await connection.execute(actions)).all():
                found[f"audit {action}"] = rows
            for table in (campaigns, campaign_results):
                rows = await connection.scalar(select(func.count()).select_from(table))
                found[f"row of {table.name}"] = int(rows or 0)
        return found

    async def effects_of(self, *presses: Awaitable[object], at_least: Mapping[str, int]) -> Effects:
        """Press, all at once, and tell what came of it once it is quiet."""
        await self.quiet()
        await self._clear_logs()
        before = await self.effects()

        async def reached() -> bool:
            now = await self.effects()
            return all(now[what] - before[what] >= number for what, number in at_least.items())

        await asyncio.gather(*presses)
        await self.quiet()
        with suppress(AssertionError):  # the test shows the difference better
            await eventually(reached, seconds=PATIENCE_SECONDS, what="the effects")
        await asyncio.sleep(MORE_SECONDS)
        await self.quiet()
        after = await self.effects()
        after.subtract(before)
        return {what: number for what, number in sorted(after.items()) if number}


def _audience(message: Json, channel: Json) -> str:
    if message["ephemeral"]:
        return "word to one person"
    return "direct message" if channel["is_im"] else "post"


@asynccontextmanager
async def open_stage(
    playground: Playground, database_url: str, folder: Path, pool: ProcessPool
) -> AsyncIterator[Stage]:
    """Start a bot to which Maya is an admin, with a scored shop and accounts to deliver to."""
    bot = new_bot(
        playground,
        database_url,
        folder,
        ADMIN_USERS=MAYA,
        KLAVIYO_API_URL=playground.marketing_url,
        KLAVIYO_API_KEY="pk_playground",
        SHOPIFY_SHOP=playground.marketing_url,
        SHOPIFY_ACCESS_TOKEN="shpat_playground",
    )
    database = Database(database_url)
    campaigns_there, _ = await open_shop(database, pool, with_helpdesk=False)
    async with database.transaction() as connection:
        some = update(customers).where(customers.c.id <= IN_SHOPIFY)
        await connection.execute(some.values(source_id=cast(customers.c.id, String)))
    await bot.start()
    try:
        yield Stage(playground, bot, database, campaigns_there)
    finally:
        await bot.stop()
        await database.close()
