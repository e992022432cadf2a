import pytest

from services.masking import mask_email, mask_emails_in, mask_name, mask_phone
from services.money import Money
from services.phones import phone_e164


def test_masks_keep_enough_to_recognise() -> None:
    assert mask_email("anna@example.com") == "a•••@example.com"
    assert mask_phone("+442079460000") == "+44 •••• 000"
    assert mask_name("Anna Maria Smith") == "Anna S."
    assert mask_name("Cher") == "C•••"
    assert mask_emails_in("write to anna@example.com now") == "write to a•••@example.com now"


def test_masking_nothing_shows_nothing() -> None:
    assert (mask_name(""), mask_email("")) == ("", "•••")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123450, "GBP", "£1,234.50"),
        (-300, "EUR", "-€3.00"),
        (1200, "CHF", "CHF 12.00"),
        (1200, "JPY", "¥1,200"),
        (1234, "KWD", "KWD 1.234"),
    ],
)
def test_money_is_read_as_people_write_it(minor: int, currency: str, text: str) -> None:
    assert str(Money(minor, currency)) == text


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("020 7946 0000", "+442079460000"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("'+442079460000", "+442079460000"),
        ("+49 151 00000001", "+4915100000001"),
        ("call me", None),
        ("12", None),
    ],
)
def test_phone_numbers_are_compared_in_one_form(written: str, number: str | None) -> None:
    assert phone_e164(written, "GB") == number
