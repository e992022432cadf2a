import asyncio
from dataclasses import dataclass, field

from services.tickets.counts import MOST_SPARE, SpareGorgiasTickets
from storage.customers import Customer

ANNA = Customer(1, "501", None, "anna@example.com", None, "Anna", None)


@dataclass
class SlowTickets:
    """Answers when told to."""

    answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def count_open(self, _customer: Customer) -> int | None:
        self.asked += 1
        await self.answer.wait()
        return 3


@dataclass
class Silent:
    """Never knows."""

    asked: int = 0

    async def count_open(self, _customer: Customer) -> None:
        self.asked += 1


async def test_programs_ask_two_questions_at_a_time_and_the_rest_is_unknown_at_once() -> None:
    tickets = SlowTickets()
    spare = SpareGorgiasTickets(tickets)
    first = [asyncio.create_task(spare.count_open(ANNA)) for _ in range(MOST_SPARE)]
    await asyncio.sleep(0)
    assert await spare.count_open(ANNA) is None
    assert tickets.asked == MOST_SPARE
    tickets.answer.set()
    assert await asyncio.gather(*first) == [3] * MOST_SPARE
    assert await spare.count_open(ANNA) == 3


async def test_programs_ask_nothing_for_a_moment_after_a_question_without_an_answer() -> None:
    tickets = Silent()
    spare = SpareGorgiasTickets(tickets, rest_seconds=0.05)
    assert [await spare.count_open(ANNA) for _ in range(10)] == [None] * 10
    assert tickets.asked == 1
    await asyncio.sleep(0.06)
    await spare.count_open(ANNA)
    assert tickets.asked == 2
