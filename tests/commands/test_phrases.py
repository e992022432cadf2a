import pytest

import commands
from commands import campaign, customer, forecast, insights, tickets
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
        ("what is anna@example.com worth?", "/customer anna@example.com"),
        ("When will anna@example.com's next order come?", "/customer anna@example.com"),
        ("is customer 12347 about to leave", "/customer 12347"),
        ("look up order #1042", "/customer #1042"),
        ("find order #DE-1042a", "/customer #DE-1042a"),
        ("WHO IS LEAVING?", "/insights churn"),
        ("tell me about customer 12347", "/customer 12347"),
        ("Who are our best customers?", "/insights churn by spend"),
        ("are we losing customers", "/insights churn"),
        ("which of our best customers might leave soon?", "/insights churn"),
        ("show me churn by value", "/insights churn by value"),
        ("which country has the best retention?", "/insights cohorts by country"),
        ("retention per channel in the last 12 months", "/insights cohorts by channel 12m"),
        ("how often do people buy again", "/insights cohorts"),
        ("what do people buy with the blue mug?", "/insights affinity blue mug"),
        ("what sells with MUG-1", "/insights affinity MUG-1"),
        ("best sellers last 3 months", "/insights products 3m"),
        ("top products by units", "/insights products by units"),
        ("what did we sell last year", "/insights products 1y"),
        ("how big are our segments?", "/insights segments"),
        ("how many customers do we have", "/insights segments"),
        ("was x-mas good for us", "/insights seasonal x-mas"),
        ("How much will we sell next month?", "/forecast revenue next month"),
        ("what revenue can we expect in 8 weeks", "/forecast revenue 8 weeks"),
        ("how many tickets will come next week", "/forecast tickets next week"),
        ("how many orders will we get tomorrow?", "/forecast orders 1d"),
        ("forecast next month", "/forecast revenue next month"),
        ("sales forecast by country", "/forecast revenue by country"),
        ("how many agents do we need next week", "/forecast tickets next week by hour"),
        ("whom should we write to?", "/campaign"),
        ("start a win-back campaign", "/campaign winback"),
        ("how did campaign 3 do?", "/campaign results 3"),
        ("did campaign 3 work", "/campaign results 3"),
        ("show campaign 3", "/campaign 3"),
        ("did our last campaign work?", "/campaign list"),
        ("which tickets are urgent?", "/tickets urgent"),
        ("what should we answer first", "/tickets urgent"),
        ("show my tickets", "/tickets mine"),
        ("what is assigned to me?", "/tickets mine"),
        ("how many tickets are open", "/tickets open"),
        ("Good morning, thanks!", "/regulars help"),
        ("whats anna@example.com worth", "/customer anna@example.com"),
        ("whos Anna Smith", "/customer Anna Smith"),
        ("is anna@example.com happy", "/customer anna@example.com"),
        ("which segment is anna@example.com in", "/customer anna@example.com"),
        ("which good customers are slipping away?", "/insights churn"),
        ("expected loss", "/insights churn"),
        ("who are our VIPs", "/insights churn by spend"),
        ("how many come back after the first order", "/insights cohorts"),
        ("how well do we keep customers?", "/insights cohorts"),
        ("retention by first product", "/insights cohorts by product"),
        ("which first product brings people back", "/insights cohorts by product"),
        ("which channel brings the most loyal customers", "/insights cohorts by channel"),
        ("market basket analysis", "/insights affinity"),
        ("whats bought along with MUG-1", "/insights affinity MUG-1"),
        ("what else do buyers of the blue mug buy?", "/insights affinity blue mug"),
        ("how did segments move", "/insights segments"),
        ("what happened on black friday", "/insights seasonal black friday"),
        ("how was last christmas by segment", "/insights seasonal christmas"),
        ("seasonal easter", "/insights seasonal easter"),
        ("which products have the best repeat rate", "/insights products"),
        ("which product gets the most tickets", "/insights products"),
        ("tickets per 100 orders by product", "/insights products"),
        ("open queue by money at risk", "/tickets urgent"),
        ("which open tickets cost us the most money", "/tickets urgent"),
        ("which customers should we answer first?", "/tickets urgent"),
        ("whats most important right now", "/tickets urgent"),
        ("show me insights", "/insights"),
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
        ("which tickets are not urgent", "/tickets urgent"),
        ("who isn't leaving", "/insights churn"),
        ("who will not come back", "/insights cohorts"),
        ("anna@example.com is not happy", "/regulars help"),
        ("close what's on fire", "/tickets urgent"),
        ("close my tickets", "/tickets mine"),
        ("delete anna@example.com", "/customer anna@example.com"),
        ("¿quién es eva@example.com?", "/customer eva@example.com"),
        ("erase customer 12347", "/customer anna@example.com"),
        ("approve campaign 3", "/campaign winback"),
        ("stop campaign 3", "/campaign winback"),
        ("how many orders yesterday", "/regulars help"),
        ("who are the firemen", "/regulars help"),
    ],
)
def test_what_is_not_understood_gets_the_nearest_commands(said: str, nearest: str) -> None:
    found = interpret(said)
    assert isinstance(found, NotUnderstood)
    assert nearest in found.suggestions
    assert "nothing was done" in found.sentence
    assert "/regulars help" in found.sentence


EXAMPLES = [
    topic.example
    for module in (campaign, customer, forecast, insights, tickets)
    for topic in module.HELP.topics
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_means_the_same_without_its_slash(example: str) -> None:
    said = interpret(example.removeprefix("/"))
    assert isinstance(said, str)
    assert commands.parse(said) == commands.parse(example)


def test_long_nonsense_is_echoed_shortly() -> None:
    found = interpret("blah " * 2_000)
    assert isinstance(found, NotUnderstood)
    assert len(found.sentence) < 300


@pytest.mark.parametrize("name", commands.PARSERS)
def test_every_command_can_be_said_without_its_slash(name: str) -> None:
    assert interpret(f"{name} help") == f"/{name} help"
