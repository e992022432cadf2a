"""Who may leave, as a CSV file."""

from services.insights.results import Churn
from services.spreadsheets import safe, to_csv

HEAD = (
    *("customer_id", "name", "email", "segment", "churn_band", "p_no_order"),
    *("spend", "expected_value_365", "expected_loss", "currency"),
)


def churn_csv(churn: Churn) -> bytes:
    """Write one row a customer, in the order asked for; amounts in major units."""
    rows = (
        (
            safe(one.customer_id),
            safe(one.name),
            safe(one.email or ""),
            one.segment,
            one.band,
            f"{one.p_no_order:.4f}",
            str(one.spend.major),
            str(one.value.major),
            str(one.loss.major),
            churn.currency,
        )
        for one in churn.customers
    )
    return to_csv([HEAD, *rows])
