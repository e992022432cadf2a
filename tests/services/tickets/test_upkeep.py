"""Second looks: what was once uncertain is audited, and nobody waits for the audit."""

import asyncio

from sqlalchemy import update

from storage.models import jobs
from tests.wired import Wired


async def settle(wired: Wired, root_ts: str) -> None:
    """Work until the thread has its ticket, whatever has to be waited for."""
    async with asyncio.timeout(30):
        await wired.work()
        while (await wired.link(root_ts)).ticket_id is None:
            await asyncio.sleep(0.05)
            await wired.work()


async def make_uncertain(wired: Wired) -> str:
    """Make a ticket whose creation was answered by a cut connection."""
    ts = await wired.say("Mug arrived broken")
    await wired.react(ts)
    await wired.parts.services.people.get("U0OLIVIA")
    wired.gorgias_faults(lose_reply_rate=1.0)
    await wired.work()
    wired.gorgias_faults(lose_reply_rate=0.0)
    await settle(wired, ts)
    return ts


async def test_ticket_whose_answer_was_lost_is_adopted_not_doubled(wired: Wired) -> None:
    ts = await make_uncertain(wired)
    [ticket] = wired.tickets()
    link = await wired.link(ts)
    assert (link.ticket_id, link.was_ambiguous) == (ticket["id"], True)


async def test_thread_does_not_wait_for_its_audit(wired: Wired) -> None:
    ts = await make_uncertain(wired)
    assert ("ticket.audit", "ready") in await wired.parts.ledger.counts()
    await wired.react(ts, "resolve")
    await wired.work()
    assert [ticket["status"] for ticket in wired.tickets()] == ["closed"]


async def test_audit_closes_what_is_one_too_many_and_keeps_ours(wired: Wired) -> None:
    ts = await make_uncertain(wired)
    link = await wired.link(ts)
    [kept] = wired.tickets()
    note = {
        "channel": "internal-note",
        "via": "api",
        "from_agent": True,
        "public": False,
        "sender": {"email": "bot@playground.test"},
        "body_text": "Late",
    }
    late = {"external_id": link.external_id, "channel": "internal-note", "via": "api"}
    await wired.parts.gorgias.create_ticket({**late, "from_agent": True, "messages": [note]})
    async with wired.parts.database.transaction() as connection:
        await connection.execute(update(jobs).where(jobs.c.kind == "ticket.audit").values(run_at=0))
    await wired.work()
    states = {ticket["id"]: ticket["status"] for ticket in wired.tickets()}
    assert states.pop(kept["id"]) == "open"
    assert list(states.values()) == ["closed"]
