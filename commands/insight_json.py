"""Parts of insights as JSON: amounts in major units, unknown figures null, never zero."""

from collections.abc import Callable, Iterable

from commands.schemas.insights import (
    AgeJson,
    AtRiskJson,
    CohortJson,
    ComparedJson,
    GroupJson,
    LiftJson,
    PairJson,
    ProductJson,
    RuleJson,
    SaleJson,
    SegmentJson,
    SourceJson,
    StakeJson,
)
from services.analytics.lifts import Lift
from services.insights.results import (
    Cohort,
    CohortGroup,
    Compared,
    CustomerAtRisk,
    DataAge,
    Product,
    ProductPair,
    ProductRule,
    ProductSale,
    ScoreSource,
    SegmentSize,
    Stake,
)
from services.money import Money


def group_json(group: CohortGroup) -> GroupJson:
    return {
        "customers": group.customers,
        "usual_retention": list(group.usual_retention),
        "cohorts": [_cohort_json(cohort) for cohort in group.cohorts],
    }


def _cohort_json(cohort: Cohort) -> CohortJson:
    return {
        "cohort": f"{cohort.month:%Y-%m}",
        "customers": cohort.customers,
        "left_censored": cohort.is_left_censored,
        "active": list(cohort.active),
        "retention": list(cohort.retention),
        "orders": list(cohort.orders),
        "value": _majors(cohort.value),
        "value_per_customer": _majors(cohort.value_per_customer),
    }


def _majors(amounts: Iterable[Money | None]) -> list[float | None]:
    return [None if money is None else major(money) for money in amounts]


def pair_json(pair: ProductPair) -> PairJson:
    return {
        "left": product_json(pair.left),
        "right": product_json(pair.right),
        "count": pair.count,
        "left_orders": pair.left_orders,
        "right_orders": pair.right_orders,
        "support": pair.support,
        "confidence": pair.confidence,
        "confidence_back": pair.confidence_back,
        "lift": pair.lift,
        "lift_lower": pair.lift_lower,
    }


def rule_json(rule: ProductRule) -> RuleJson:
    return {
        "antecedent": [product_json(product) for product in rule.antecedent],
        "consequent": product_json(rule.consequent),
        "count": rule.count,
        "antecedent_orders": rule.antecedent_count,
        "consequent_orders": rule.consequent_count,
        "support": rule.support,
        "confidence": rule.confidence,
        "confidence_lower": rule.confidence_lower,
        "lift": rule.lift,
    }


def segment_json(segment: SegmentSize) -> SegmentJson:
    return {
        "segment": segment.name,
        "rule": segment.rule,
        "customers": segment.customers,
        "customers_before": segment.customers_before,
        "share": segment.share,
        "spend": major(segment.spend),
        "expected_value_365": major(segment.value),
        "p_no_order": segment.p_no_order if segment.customers else None,
    }


def risk_json(one: CustomerAtRisk) -> AtRiskJson:
    return {
        "customer_id": one.customer_id,
        "name": one.name,
        "email": one.email,
        "segment": one.segment,
        "churn_band": one.band,
        "p_no_order": one.p_no_order,
        "spend": major(one.spend),
        "expected_value_365": major(one.value),
        "expected_loss": major(one.loss),
    }


def stake_json(stake: Stake) -> StakeJson:
    return {
        "segment": stake.segment,
        "churn_band": stake.band,
        "customers": stake.customers,
        "expected_loss": major(stake.loss),
    }


def sale_json(sale: ProductSale) -> SaleJson:
    return {
        **product_json(sale.product),
        "revenue": major(sale.revenue),
        "orders": sale.orders,
        "units": sale.units,
        "buyers": sale.buyers,
        "repeat_buyers": sale.repeat_buyers,
        "repeat_rate": sale.repeat_rate,
        "tickets": sale.tickets,
        "tickets_per_100_orders": sale.tickets_per_100_orders,
    }


def product_json(product: Product) -> ProductJson:
    return {"sku": product.sku, "title": product.title}


def source_json(source: ScoreSource) -> SourceJson:
    return {
        "model_run": source.run_id,
        "as_of": source.as_of.isoformat(),
        "horizon_days": source.horizon_days,
        "customers": source.customers,
    }


def lift_json(lift: Lift | None) -> LiftJson | None:
    return None if lift is None else {"ratio": lift.ratio, "lo95": lift.low, "hi95": lift.high}


def compared_json(compared: Compared, unit: Callable[[float], float]) -> ComparedJson:
    usual = compared.usual
    return {
        "event": unit(compared.event),
        "usual": None if usual is None else unit(usual),
        "lift": lift_json(compared.lift),
    }


def age_json(age: DataAge) -> AgeJson:
    return {
        "data_until": age.until.isoformat(),
        "data_as_of": age.as_of.isoformat() if age.as_of else None,
    }


def major(money: Money) -> float:
    return float(money.major)
