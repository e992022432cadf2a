import asyncio

from bot.precedence import LONGEST_SECONDS, Precedence


async def test_who_gives_way_waits_until_the_last_who_goes_first_is_done() -> None:
    precedence, ends = Precedence(), [asyncio.Event(), asyncio.Event()]

    async def envelope(end: asyncio.Event) -> None:
        with precedence.go_first():
            await end.wait()

    envelopes = [asyncio.create_task(envelope(end)) for end in ends]
    await asyncio.sleep(0)
    call = asyncio.create_task(precedence.give_way())
    ends[0].set()
    await envelopes[0]
    await asyncio.sleep(0)
    assert not call.done()
    ends[1].set()
    await envelopes[1]
    async with asyncio.timeout(LONGEST_SECONDS / 2):
        await call


async def test_nobody_gives_way_for_ever() -> None:
    precedence = Precedence()
    with precedence.go_first():
        async with asyncio.timeout(20 * LONGEST_SECONDS):
            await precedence.give_way()


async def test_nobody_waits_for_nothing() -> None:
    precedence = Precedence()
    with precedence.go_first():
        pass
    async with asyncio.timeout(0):
        await precedence.give_way()
