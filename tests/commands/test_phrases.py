import pytest

import commands
from commands.phrases import NotUnderstood, interpret


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("who is anna@example.com?", "/customer anna@example.com"),
        ("Who's <mailto:anna@example.com|anna@example.com>", "/customer anna@example.com"),
        ("anna@example.com", "/customer anna@example.com"),
        ("+44 20 7946 0000", "/customer +44 20 7946 0000"),
        ("#1042", "/customer #1042"),
        ("order 1042", "/customer #1042"),
        ("please look up Anna Smith", "/customer Anna Smith"),
        ("hey, can you find customer 12347", "/customer 12347"),
        ("what do we know about Anna Smith?", "/customer Anna Smith"),
        ("my tickets", "/tickets mine"),
        ("What\u2019s on my plate?", "/tickets mine"),
        ("what should i do next", "/tickets mine"),
        ("what waits?", "/tickets queue"),
        ("is anything stuck", "/tickets queue"),
        ("What is waiting for Gorgias?", "/tickets queue"),
        ("show me the open tickets", "/tickets open"),
        ("what is open", "/tickets open"),
        ("tickets", "/tickets open"),
        ("what's urgent?", "/tickets urgent"),
        ("ticket 77", "/tickets 77"),
        ("show ticket #77", "/tickets 77"),
        ("help", "/regulars help"),
        ("hello!", "/regulars help"),
        ("\u200b", "/regulars help"),
        ("what can you do?", "/regulars help"),
        ("are you ok?", "/regulars status"),
        ("is everything working", "/regulars status"),
        ("who is leaving?", "/insights churn"),
        ("What is bought together with MUG-1?", "/insights affinity MUG-1"),
        ("which products are sold together", "/insights affinity"),
        ("how many customers come back?", "/insights cohorts"),
        ("show me our segments", "/insights segments"),
        ("what are the best sellers", "/insights products"),
        ("who is about to leave", "/insights churn"),
        ("which customers are at risk", "/insights churn"),
        ("Who are we losing?", "/insights churn"),
        ("which customers might churn", "/insights churn"),
        ("what sells together", "/insights affinity"),
        ("what goes well together with MUG-1", "/insights affinity MUG-1"),
        ("how loyal are March's customers?", "/insights cohorts"),
        ("what is our retention", "/insights cohorts"),
        ("what did Christmas bring?", "/insights seasonal Christmas"),
        ("How was Black Friday last year?", "/insights seasonal Black Friday"),
        ("what did Valentine\u2019s Day do for us", "/insights seasonal Valentine's Day"),
        ("the effect of easter", "/insights seasonal easter"),
        ("what did mother's day bring", "/insights seasonal mother's day"),
        ("what sells best?", "/insights products"),
        ("which products cause the most tickets?", "/insights products"),
        ("how many champions do we have", "/insights segments"),
        ("revenue next 8 weeks", "/forecast revenue next 8 weeks"),
        ("forecast of orders for the next month", "/forecast orders next month"),
        ("What will next quarter bring?", "/forecast revenue next quarter"),
        ("how many orders will we get in the next 3 months?", "/forecast orders next 3 months"),
        ("how many agents do we need?", "/forecast tickets by hour"),
        ("how good are your forecasts", "/forecast accuracy"),
        ("/tickets mine", "/tickets mine"),
        ("tickets urgent", "/tickets urgent"),
        ("Customer Anna Smith", "/customer Anna Smith"),
        ("/regulars", "/regulars"),
    ],
)
def test_plain_phrases_become_commands(said: str, command: str) -> None:
    assert interpret(said) == command
    commands.parse(command)


@pytest.mark.parametrize(
    ("said", "nearest"),
    [
        ("the coffee machine leaks", "/regulars help"),
        ("tikets that are urgnt", "/tickets urgent"),
        ("close everything urgent", "/tickets urgent"),
        ("what may we expect of sales in spring", "/forecast revenue"),
        ("will Anna leave or lose interest", "/insights churn"),
        ("was christmas any good for the champions", "/insights seasonal christmas"),
        ("which bundle would people like", "/insights affinity"),
        ("do customers from march return", "/insights cohorts"),
        ("custmer with the late parcel", "/customer anna@example.com"),
    ],
)
def test_what_is_not_understood_gets_the_nearest_commands(said: str, nearest: str) -> None:
    found = interpret(said)
    assert isinstance(found, NotUnderstood)
    assert nearest in found.suggestions
    assert "nothing was done" in found.sentence
    assert "/regulars help" in found.sentence


def test_long_nonsense_is_echoed_shortly() -> None:
    found = interpret("blah " * 2_000)
    assert isinstance(found, NotUnderstood)
    assert len(found.sentence) < 300


@pytest.mark.parametrize("name", commands.PARSERS)
def test_every_command_can_be_said_without_its_slash(name: str) -> None:
    assert interpret(f"{name} help") == f"/{name} help"
