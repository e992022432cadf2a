from services.campaigns.remembered import Remembered


class LookUp:
    """Counts how often it was asked."""

    def __init__(self, answer: str) -> None:
        self.answer, self.asked = answer, 0

    async def __call__(self) -> str:
        self.asked += 1
        return self.answer


async def test_answer_is_looked_up_once_for_each_state_of_the_data() -> None:
    remembered, first = Remembered[str, str](most=4), LookUp("a")
    assert [await remembered.of("1", "mug", first) for _ in range(3)] == ["a"] * 3
    assert first.asked == 1
    assert await remembered.of("2", "mug", LookUp("b")) == "b"
    assert await remembered.of("2", "hat", LookUp("c")) == "c"


async def test_oldest_answer_makes_room() -> None:
    remembered, first = Remembered[str, str](most=2), LookUp("a")
    for key in ("mug", "hat", "cap"):
        await remembered.of("1", key, first)
    assert len(remembered.answers) == 2
    await remembered.of("1", "cap", first)
    assert first.asked == 3
    await remembered.of("1", "mug", first)
    assert first.asked == 4
