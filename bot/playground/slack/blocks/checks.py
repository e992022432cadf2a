"""Small checks that describe a shape: each adds its problems with a JSON pointer.

The wording is Slack's: `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Problems = list[str]
Check = Callable[[object, str, Problems], None]


def text(longest: int, *kinds: str) -> Check:
    """Describe a text object of one of `kinds` (`plain_text`, `mrkdwn`; both if none)."""
    allowed = kinds or ("plain_text", "mrkdwn")

    def check(value: object, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(f"must provide an object [json-pointer:{at}]")
            return
        if value.get("type") not in allowed:
            problems.append(f"must be one of: {', '.join(allowed)} [json-pointer:{at}/type]")
        known = (
            {"type", "text", "emoji"}
            if value.get("type") == "plain_text"
            else {"type", "text", "verbatim"}
        )
        _no_others(value, known, at, problems)
        string(longest)(value.get("text"), f"{at}/text", problems)

    return check


def string(longest: int, *, shortest: int = 1) -> Check:
    def check(value: object, at: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.append(f"must be a string [json-pointer:{at}]")
        elif len(value) < shortest:
            problems.append(f"must be more than {shortest - 1} characters [json-pointer:{at}]")
        elif len(value) > longest:
            problems.append(f"must be less than {longest + 1} characters [json-pointer:{at}]")

    return check


def boolean(value: object, at: str, problems: Problems) -> None:
    if not isinstance(value, bool):
        problems.append(f"must be a boolean [json-pointer:{at}]")


def integer(value: object, at: str, problems: Problems) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        problems.append(f"must be a number [json-pointer:{at}]")


def anything(_value: object, _at: str, _problems: Problems) -> None:
    """Accept whatever is there; for parts whose inside is not described here."""


def one_of(*allowed: str) -> Check:
    def check(value: object, at: str, problems: Problems) -> None:
        if value not in allowed:
            problems.append(f"must be one of: {', '.join(allowed)} [json-pointer:{at}]")

    return check


def many(each: Check, most: int, *, least: int = 1) -> Check:
    """Describe a list of `least` to `most` things."""

    def check(value: object, at: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.append(f"must be an array [json-pointer:{at}]")
            return
        if len(value) > most:
            problems.append(f"no more than {most} items allowed [json-pointer:{at}]")
        if len(value) < least:
            problems.append(f"no fewer than {least} items allowed [json-pointer:{at}]")
        for index, item in enumerate(value):
            each(item, f"{at}/{index}", problems)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Describe an object with these fields and no others."""
    known = {**required, **(optional or {})}

    def check(value: object, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(f"must provide an object [json-pointer:{at}]")
            return
        for name in required:
            if value.get(name) is None:
                problems.append(f"missing required field: {name} [json-pointer:{at}]")
        _no_others(value, {*known, "type"}, at, problems)
        for name, field in known.items():
            if value.get(name) is not None:
                field(value[name], f"{at}/{name}", problems)

    return check


def typed(kinds: Mapping[str, Check]) -> Check:
    """Describe an object whose `type` says which of `kinds` it is."""

    def check(value: object, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(f"must provide an object [json-pointer:{at}]")
        elif "type" not in value:
            problems.append(f"missing required field: type [json-pointer:{at}]")
        elif value["type"] not in kinds:
            problems.append(f"unsupported type: {value['type']} [json-pointer:{at}/type]")
        else:
            kinds[value["type"]](value, at, problems)

    return check


def and_also(check: Check, rule: Callable[[dict[str, Any]], Iterable[str]]) -> Check:
    """Describe an object by `check` and by what `rule` complains about."""

    def check_both(value: object, at: str, problems: Problems) -> None:
        check(value, at, problems)
        if isinstance(value, dict):
            problems += [f"{complaint} [json-pointer:{at}]" for complaint in rule(value)]

    return check_both


def _no_others(value: Mapping[str, Any], known: set[str], at: str, problems: Problems) -> None:
    problems += [
        f"invalid additional property: {name} [json-pointer:{at}]"
        for name in value
        if name not in known
    ]
