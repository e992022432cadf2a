"""Questions in people's own words, recognised by what each word can mean.

which country has the best retention?    → /insights cohorts by country
how many orders will we get tomorrow?    → /forecast orders 1d
is anna@example.com about to leave?      → /customer anna@example.com

A question is understood when every word of it is. A word that nobody foresaw, such as “not”, has it
asked again rather than answered wrongly.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EMAIL = r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+"
_EVENT = (
    r"black ?friday|cyber monday|bfcm|christmas|x-?mas|easter|valentine'?s?(?: day)?|"
    r"mother'?s'? day|mothering sunday"
)
_UNITS = "(?:day|week|month|quarter|year)s?"
_EACH = r"\b(?:by|per|(?:for|in|of) each)"
_SLOTS: Sequence[tuple[str, str, str]] = (
    ("WHO", rf"(?:customer )?({EMAIL})", r"\1"),
    ("WHO", r"(\+\d[\d ().-]{6,}\d)", r"\1"),
    ("WHO", r"(?:\border )?(?:\bnumber )?(#[\w-]+)", r"\1"),
    ("WHO", r"\border (?:number |no\.? )?([\w-]*\d[\w-]*)", r"#\1"),
    ("WHO", r"\bcustomer (?:number |no\.? )?(\d+)\b", r"\1"),
    ("CAMPAIGN", r"\bcampaign (?:number |no\.? )?#?(\d+)\b", r"\1"),
    ("EVENT", rf"\b({_EVENT})\b", r"\1"),
    ("AHEAD", rf"\b((?:next|coming) (?:\d+ )?{_UNITS})\b", r"\1"),
    ("AHEAD", rf"\bin (\d+ {_UNITS})\b", r"\1"),
    ("AHEAD", r"\btomorrow\b", "1d"),
    ("MONTHS", r"\b(?:last|past) (\d+) (m|y)(?:onth|ear)s?\b", r"\1\2"),
    ("MONTHS", r"\b(?:last|past) (m|y)(?:onth|ear)\b", r"1\1"),
    ("COUNTRY", rf"(?:{_EACH}|\bwhich) countr(?:y|ies)\b", "by country"),
    ("CHANNEL", rf"(?:{_EACH}|\bwhich) channels?\b", "by channel"),
    ("PRODUCT", rf"(?:{_EACH} (?:first )?|\bwhich first )products?\b", "by product"),
    ("SEGMENT", rf"{_EACH} segments?\b", "by segment"),
    ("SIZE", r"\bby (revenue|orders|units|buyers)\b", r"by \1"),
    ("STAKE", r"\bby (value|spend|loss|probability)\b", r"by \1"),
)
"""What a question says by name or number: its mark, how it is said, how a command says it."""

_COMPILED = [(mark, re.compile(pattern, re.IGNORECASE), told) for mark, pattern, told in _SLOTS]
_WORD = re.compile(r"[\w-]+")
_ENDINGS = re.compile(r"'(?:s|re|ll|ve|d|m)\b|(?<=\bwhat)s\b|(?<=\bwho)s\b|(?<=\bhow)s\b")
"""Also “whats”, as it is typed in a hurry."""


def _words(said: str) -> frozenset[str]:
    return frozenset(said.split())


_FILLERS = _words(
    "a about all am an and any are at be been being can could did do does doing for from get give "
    "going had has have having how i in is it just let list look looking many me much my now of on "
    "our please right see should show so tell that the their them there these they this to today "
    "us was we were what when where which who whom will with would you your"
)
"""Words that never change what is asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """A command, and the words it is asked by; what is written in capitals is a slot.

    Of each set in `about` at least one word must be said; those in `beside` may be.
    """

    command: str
    about: tuple[frozenset[str], ...]
    beside: frozenset[str] = frozenset()

    def fits(self, said: frozenset[str]) -> bool:
        slots = filter(str.isupper, self.command.split())
        known = self.beside.union(_FILLERS, slots, *self.about)
        return said <= known and all(said & needed for needed in self.about)

    def told(self, slots: Mapping[str, str]) -> str:
        """Write the command; a slot that was not filled leaves nothing behind."""
        parts = (slots.get(part, "") if part.isupper() else part for part in self.command.split())
        return " ".join(filter(None, parts))


def recognise(question: str) -> str | None:
    """Return the command for a question, or None if no command knows all its words."""
    text, slots = question, dict[str, str]()
    for mark, pattern, told in _COMPILED:
        found = None if mark in slots else pattern.search(text)
        if found:
            slots[mark] = found.expand(told)
            text = f"{text[: found.start()]} {text[found.end() :]}"
    said = frozenset(_WORD.findall(_ENDINGS.sub("", text.lower()))) | slots.keys()
    return next((known.told(slots) for known in _QUESTIONS if known.fits(said)), None)


def _asks(command: str, *about: str, beside: str = "") -> Question:
    return Question(command, tuple(map(_words, about)), _words(beside))


_CUSTOMERS = "buyers client clients customer customers people"
_BEST = "best biggest important most top valuable"
_LEAVING = (
    "at-risk churn churned churning churns defecting gone inactive lapsed lapsing leave leaves "
    "leaving lose losing loss lost risk slipping"
)
_COME_BACK = (
    "again back cohort cohorts keep loyal loyalty repeat retention return returned returning"
)
_BUY = "bought buy buys order ordered orders purchase purchases"
_WENT = (
    "bring brought effect go good impact lift perform performed result results success successful "
    "went work worked"
)
_FUTURE = "AHEAD coming expect expected forecast forecasts predict predicted prediction will"
_QUESTIONS: Sequence[Question] = (
    _asks(
        "/customer WHO",
        "WHO",
        beside=(
            f"{_CUSTOMERS} {_LEAVING} {_COME_BACK} {_BUY} active angry card clv come coming "
            "details else everything expect expected find happy history info know last lifetime "
            "like likely ltv next open product products profile satisfied search segment soon "
            "spend spent still tickets unhappy up value want worth"
        ),
    ),
    _asks("/insights churn by spend", _BEST, _CUSTOMERS, beside="spend spending"),
    _asks("/insights churn by spend", "vip vips", beside=_CUSTOMERS),
    _asks(
        "/insights churn STAKE",
        _LEAVING,
        beside=(
            f"{_CUSTOMERS} {_BEST} away could expected good likely matter matters may might money "
            "rate soon that"
        ),
    ),
    _asks("/campaign results CAMPAIGN", "CAMPAIGN", f"{_WENT} do"),
    _asks("/campaign CAMPAIGN", "CAMPAIGN", beside="far open state status"),
    _asks("/campaign winback", "win-back winback", beside="campaign make new plan start"),
    _asks("/campaign winback", "win", "back", beside=_CUSTOMERS),
    _asks(
        "/campaign list",
        "campaign campaigns mailing mailings",
        beside=f"{_WENT} current last latest recent running",
    ),
    _asks(
        "/campaign",
        "address approach contact coupon discount e-mail email mail message target voucher write",
        beside=f"{_CUSTOMERS} next offer",
    ),
    _asks(
        "/insights cohorts COUNTRY CHANNEL PRODUCT MONTHS",
        _COME_BACK,
        beside=(
            f"{_CUSTOMERS} {_BUY} after best bring brings came come comes first heat-map heatmap "
            "highest lowest month monthly months most often rate rates share well worst"
        ),
    ),
    _asks(
        "/insights affinity MONTHS",
        "affinity basket baskets bundle bundles pairs together",
        beside=(
            f"{_BUY} analysis best common go goes goods items market most often pair people "
            "customers product products sell sells sold things usually well"
        ),
    ),
    _asks(
        "/insights seasonal EVENT",
        "EVENT",
        beside=(
            f"{_WENT} MONTHS SEGMENT any bad business happen happened help helped last orders "
            "revenue sales season seasonal usual well year"
        ),
    ),
    _asks(
        "/forecast tickets AHEAD by hour",
        "agents shift shifts staff staffing",
        beside="enough hour hourly hours need needed plan schedule week",
    ),
    _asks(
        "/forecast accuracy",
        "accuracy accurate exact good reliable right trust",
        "figures forecast forecasts numbers predictions",
        beside="past",
    ),
    _asks(
        "/forecast revenue AHEAD COUNTRY CHANNEL PRODUCT SEGMENT",
        "business earn income make money revenue sales sell turnover",
        _FUTURE,
        beside="bring like over",
    ),
    _asks(
        "/forecast orders AHEAD COUNTRY CHANNEL SEGMENT",
        "order orders",
        _FUTURE,
        beside="come over receive",
    ),
    _asks(
        "/forecast customers AHEAD COUNTRY CHANNEL SEGMENT",
        "buyers customers",
        _FUTURE,
        beside="buy new order over",
    ),
    _asks("/forecast tickets AHEAD", "ticket tickets", _FUTURE, beside="come over receive"),
    _asks(
        "/forecast revenue AHEAD",
        "AHEAD",
        "bring coming expect forecast happen happens like look predict",
    ),
    _asks(
        "/insights products SIZE MONTHS",
        (
            "best-seller best-sellers bestseller bestsellers item items product products sell "
            "seller sellers selling sells sold"
        ),
        beside=(
            "again best bought bring brings cause causes gets make makes most popular rate repeat "
            "revenue tickets top trouble well"
        ),
    ),
    _asks("/insights products", "ticket tickets", "PRODUCT", beside="100 most orders per rate"),
    _asks(
        "/tickets urgent",
        "queue ticket tickets",
        "STAKE cost costs money risk valuable value",
        beside=f"{_CUSTOMERS} by most open urgent",
    ),
    _asks(
        "/insights segments COUNTRY",
        "champion champions segment segmentation segments",
        beside=f"{_CUSTOMERS} big change changed grow growing large move moved size sizes",
    ),
    _asks("/insights segments COUNTRY", "customers", "many"),
    _asks(
        "/tickets urgent",
        "burning critical fire first important priorities priority urgent urgently",
        beside=f"{_CUSTOMERS} answer call handle most on open ticket tickets",
    ),
    _asks("/tickets mine", "mine my", "tickets work queue plate list", beside="open"),
    _asks("/tickets mine", "me", "assigned", beside="open ticket tickets"),
    _asks("/tickets mine", "i", "do work", beside="must next on"),
    _asks("/tickets mine", "mine"),
    _asks(
        "/tickets queue",
        "pending queue queued stuck wait waiting waits",
        beside="anything gorgias still",
    ),
    _asks("/tickets open", "ticket tickets", beside="current open unresolved"),
    _asks("/tickets open", "open unresolved"),
)
"""The first that fits is meant."""
