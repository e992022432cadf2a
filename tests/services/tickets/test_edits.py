"""An edit becomes one internal note with before and after; our copy of the words does not stay."""

import asyncio

from sqlalchemy import select

from bot.playground.gorgias.messages import add_message
from services.tickets.intake import Edit
from storage.models import jobs
from tests.wired import BEN, SUPPORT, Wired

END_OF_A_MINUTE = "1795385219.990000"


async def edited(wired: Wired, ts: str, before: str, *, times: int = 1) -> None:
    """Store what Slack tells of edits that were made in one minute, and work that off."""
    kept = {"channel": SUPPORT, "ts": ts, "text": before, "user": BEN}
    for _ in range(times):
        edit = Edit("T0", SUPPORT, ts, END_OF_A_MINUTE, kept)
        await wired.parts.services.intake.edit(edit, "test")
    await asyncio.sleep(1.2)
    await wired.work()


def notes(wired: Wired) -> list[str]:
    return [str(note["body_html"]) for note in wired.gorgias.desk.messages.values()]


async def test_five_edits_in_a_minute_are_one_note_with_before_and_after(wired: Wired) -> None:
    ts = await wired.say("The *red* mug broke")
    await wired.react(ts)
    await wired.work()
    await wired.person("edit", user=BEN, channel=SUPPORT, ts=ts, text="The blue mug broke")
    await edited(wired, ts, "The *red* mug broke", times=5)

    _, note = notes(wired)
    assert note.index("<b>red</b>") < note.index("The blue mug broke")


async def test_words_of_an_edit_do_not_stay_in_the_job(wired: Wired) -> None:
    ts = await wired.say("The red mug broke")
    await wired.react(ts)
    await wired.work()
    await wired.person("edit", user=BEN, channel=SUPPORT, ts=ts, text="The blue mug broke")
    await edited(wired, ts, "The red mug broke")

    async with wired.parts.database.read() as connection:
        payloads = (await connection.execute(select(jobs.c.payload))).scalars().all()
    assert "red mug" not in str(payloads)


async def test_edit_after_an_agents_answer_is_told_in_the_thread_once(wired: Wired) -> None:
    ts = await wired.say("The red mug broke")
    await wired.react(ts)
    await wired.work()
    agent = next(user for user in wired.gorgias.desk.users.values() if "Okafor" in user["name"])
    answer = {
        "channel": "email",
        "via": "helpdesk",
        "from_agent": True,
        "body_text": "A new one is on its way",
        "sender": {"id": agent["id"]},
    }
    add_message(wired.gorgias.desk, wired.tickets()[0], answer)
    await wired.person("edit", user=BEN, channel=SUPPORT, ts=ts, text="The blue mug broke")
    await edited(wired, ts, "The red mug broke", times=3)
    told = [each["text"] for each in (await wired.cards(ts))[1:]]
    assert len(told) == 1
    assert told[0].startswith("Ben Okafor edited this after Ben Okafor had answered the customer")


async def test_edit_that_was_taken_back_leaves_no_note(wired: Wired) -> None:
    ts = await wired.say("The red mug broke")
    await wired.react(ts)
    await wired.work()
    await edited(wired, ts, "The red mug broke")
    assert len(notes(wired)) == 1
