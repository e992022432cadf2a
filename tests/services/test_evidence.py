import pytest

from services.evidence import Evidence, find_evidence


def found(text: str) -> dict[str, tuple[str, ...]]:
    evidence: Evidence = find_evidence(text, "GB")
    kinds = {
        "emails": evidence.emails,
        "phones": evidence.phones,
        "orders": evidence.orders,
        "customers": evidence.customers,
        "bare": evidence.bare,
    }
    return {kind: values for kind, values in kinds.items() if values}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order 1042 arrived broken", {"orders": ("1042",)}),
        ("see #1042 of anna@Example.com", {"orders": ("1042",), "emails": ("anna@example.com",)}),
        ("orders 1042, 1043 and #1044", {"orders": ("1042", "1043", "1044")}),
        ("Order no. 1042: where is it?", {"orders": ("1042",)}),
        ("invoice C536379", {"orders": ("C536379",)}),
        ("customer 12347 wants money back", {"customers": ("12347",)}),
        ("account no: 12347", {"customers": ("12347",)}),
        ("536365 please", {"bare": ("536365",)}),
        ("ticket #77 about #1002", {"orders": ("1002",)}),
        ("call +44 20 7946 0000", {"phones": ("+442079460000",)}),
        ("call 020 7946 1042 today", {"phones": ("+442079461042",)}),
        ("https://shop.example/orders/1042", {}),
        ("order 3 days ago", {}),
    ],
)
def test_identifiers_are_told_apart(text: str, expected: dict[str, tuple[str, ...]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-11-22 at 14:05",
        "on 22/11/2026, 22.11.2026 or 11/22/2026",
        "12 November 2026, Nov 12, 2026, since 2019",
        "it cost £1042.00, 1042 EUR, $1,042, 1042 pounds or 1042.50",
        "20% off 1500g",
        "",
    ],
)
def test_dates_prices_and_years_are_no_order_numbers(text: str) -> None:
    assert found(text) == {}


def test_long_text_of_digits_is_read_in_bounded_time() -> None:
    assert len(find_evidence("1 234 567-89 " * 20_000, "GB").phones) <= 50


@pytest.mark.parametrize("piece", ["x", "x.", "1", "+", "@", "(1", "#1,"])
def test_forty_thousand_characters_without_a_blank_are_read_at_once(piece: str) -> None:
    """Without a bound on either part of an address this takes minutes."""
    text = (piece * 40_000)[:40_000]
    assert find_evidence(f"{text} ann@example.com", "GB").emails in {("ann@example.com",), ()}
    assert find_evidence(text, "GB").emails == ()
