"""What Klaviyo and Mailchimp import, cell by cell."""

import csv
from io import StringIO

import pytest

from services.campaigns.files import Layout, begins_formula, header, lines
from storage.campaigns.deliveries import Recipient


def recipient(name: str = "Zoë Smith-Müller", phone: str | None = "+4915100000001") -> Recipient:
    return Recipient(
        customer_id=7,
        source_id="5521",
        email="zoe@example.org",
        phone=phone,
        name=name,
        country="DE",
        consent="subscribed",
        segment=3,
        value=19_050,
    )


def row(layout: Layout, person: Recipient, campaign: str = "Back, 2026") -> dict[str, str]:
    text = header(layout) + lines(layout, [person], campaign, "EUR")
    (only,) = csv.DictReader(StringIO(text, newline=""))
    return only


def test_klaviyo_gets_its_own_column_names_and_a_whole_phone_number() -> None:
    assert row(Layout.KLAVIYO, recipient()) == {
        "Email": "zoe@example.org",
        "First Name": "Zoë",
        "Last Name": "Smith-Müller",
        "Phone Number": "+4915100000001",
        "Country": "DE",
        "External ID": "5521",
        "Regulars Campaign": "Back, 2026",
        "Regulars Segment": "champion",
        "Regulars Expected Value": "190.50",
    }


def test_mailchimp_gets_tags_in_one_column() -> None:
    found = row(Layout.MAILCHIMP, recipient())
    assert found["Email Address"] == "zoe@example.org"
    assert found["Tags"] == "Back  2026,champion".replace("  ", " ")
    long = row(Layout.MAILCHIMP, recipient("Ä" * 400))
    assert len(long["First Name"].encode()) <= 255


HIDDEN = ["", "\t", "\r", "\n", "\x00", "\u200b", "\ufeff", " \x00\t"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])  # noqa: RUF001
@pytest.mark.parametrize("hidden", HIDDEN)
def test_cell_that_a_spreadsheet_would_calculate_is_kept_from_it(start: str, hidden: str) -> None:
    name = f'{hidden}{start}cmd|"/c calc"!A1 Smith'
    for layout in Layout:
        assert row(layout, recipient(name))["First Name"].startswith(f"'{start}")
    assert begins_formula(f"{hidden}{start}1@example.org")


def test_line_breaks_and_commas_in_names_stay_in_their_cell() -> None:
    found = row(Layout.KLAVIYO, recipient('O"Brien,\r\n=1+1 Anna'))
    assert found["First Name"] == 'O"Brien, =1+1'
    assert found["Last Name"] == "Anna"


@pytest.mark.parametrize("phone", [None, "020 7946", "+1;DROP", "=1+1"])
def test_what_is_no_phone_number_is_left_out(phone: str | None) -> None:
    assert row(Layout.KLAVIYO, recipient(phone=phone))["Phone Number"] == ""
