import pytest

from listeners import forms
from listeners.views import forms as view
from tests.listeners.slack_side import Ack


@pytest.mark.parametrize(
    "metadata", ["", "{}", '{"version": 0}', "[1]", "not json", '{"version": "1; drop"}']
)
async def test_11_form_of_another_version_says_so_and_saves_nothing(metadata: str) -> None:
    ack = Ack()
    body = {"view": {"private_metadata": metadata, "state": {"values": {}}}}
    # Without services nothing can be saved, and nobody can be asked.
    await forms.send_new_ticket(ack, body, None, None)  # type: ignore[arg-type]
    ((_, answer),) = ack.calls
    assert answer["response_action"] == "update"
    assert "This form is out of date" in str(answer["view"])
    assert "nothing was saved" in str(answer["view"])


def test_form_knows_its_own_version() -> None:
    form = view.new_ticket_form()
    assert view.read_new_ticket(form["private_metadata"]) == view.NewTicketForm()
