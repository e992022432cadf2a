"""What to expect of one customer as JSON, each with why: inputs, sample, and test on the past."""

from collections.abc import Iterable

from commands.customer import suggestion_json
from commands.schemas.customers import ChurnRiskJson, LtvForecastJson, NextPurchaseJson, WhyJson
from services.customer_scores import Explanation
from services.customers import Suggestion


def churn_risk_json(customer_id: str, found: Explanation) -> ChurnRiskJson:
    scores = found.scores
    return {
        "customer_id": customer_id,
        "model_run": scores.run_id,
        "as_of": scores.as_of.isoformat(),
        "p_no_order": scores.p_no_order,
        "horizon_days": scores.horizon_days,
        "p_alive": scores.p_alive,
        "churn_band": scores.band,
        "expected_loss": float(scores.value.major) * scores.p_no_order,
        "currency": scores.value.currency,
        "segment": scores.segment,
        "segment_rule": scores.segment_rule,
        "why": _why_json(found),
    }


def ltv_forecast_json(customer_id: str, found: Explanation) -> LtvForecastJson:
    scores = found.scores
    return {
        "customer_id": customer_id,
        "model_run": scores.run_id,
        "as_of": scores.as_of.isoformat(),
        "currency": scores.value.currency,
        "expected_value_365": float(scores.value.major),
        "expected_value_365_lo80": float(scores.value_lo80.major),
        "expected_value_365_hi80": float(scores.value_hi80.major),
        "expected_orders_365": scores.orders,
        "expected_orders_365_lo80": scores.orders_lo80,
        "expected_orders_365_hi80": scores.orders_hi80,
        "why": _why_json(found),
    }


def next_purchase_json(
    customer_id: str, found: Explanation, products: Iterable[Suggestion]
) -> NextPurchaseJson:
    scores = found.scores
    return {
        "customer_id": customer_id,
        "model_run": scores.run_id,
        "as_of": scores.as_of.isoformat(),
        "next_order": scores.next_order.isoformat() if scores.next_order else None,
        "p_no_order": scores.p_no_order,
        "horizon_days": scores.horizon_days,
        "expected_orders_365": scores.orders,
        "likely_next": [suggestion_json(one) for one in products],
        "why": _why_json(found),
    }


def _why_json(found: Explanation) -> WhyJson:
    scores = found.scores
    return {
        "method": found.method,
        "customers": found.customers,
        "repeat_customers": found.repeat_customers,
        "purchase_days": scores.purchases,
        "first_to_last_days": scores.first_to_last_days,
        "days_since_first": scores.days_since_first,
        "days_since_last": scores.days_since_last,
        "repeat_value": float(scores.repeat_value.major),
        "backtest": found.backtest,
    }
