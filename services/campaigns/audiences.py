"""From the rules of a plan to the people: a dry run, a look at one reason, the frozen audience."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from services import days
from services.analytics.sample_size import people_needed, smallest_lift
from services.campaigns import work
from services.campaigns.figures import (
    Overlap,
    Power,
    Preview,
    ReasonCount,
    of_total,
    split,
    tenths,
    total,
    window_weights,
)
from services.campaigns.learning import Lessons
from services.campaigns.plan import SEGMENT_NAMES, Plan
from services.campaigns.ranking import Learned, Ranking
from services.errors import NotFoundError
from services.insights import Insights
from services.insights.request import AffinityRequest
from services.money import Money
from services.scoring.standing import why_not_scored
from services.scoring.storing import KIND
from services.scoring.task import CHURN_BANDS
from storage import purchases, scores, series
from storage.cache import Cache, Namespace
from storage.campaigns import audience, plans
from storage.campaigns.audience import ReasonFigures
from storage.campaigns.audience_conditions import AudienceQuery, Reason
from storage.customers import Customer
from storage.database import Connection, Database, Lane
from storage.scores import ModelRun

UNHAPPY_DAYS = 90
OVERLAP_CAMPAIGNS = 5
SHOWN = 20
PARTNERS = 20
"""So many products at most speak for another."""
REMEMBERED_SECONDS = 3600
TWINS: Namespace[tuple[int, ...]] = Namespace("campaign_twins", REMEMBERED_SECONDS, most=1)
BUYERS: Namespace[tuple[int, ...]] = Namespace("campaign_buyers", REMEMBERED_SECONDS, most=6)
PARTNER_SKUS: Namespace[tuple[str, ...]] = Namespace(
    "campaign_partners", REMEMBERED_SECONDS, most=PARTNERS
)
UNTESTED_ERROR = 0.25
"""Share by which the model may be off where there was too little history to test it."""


class UnknownSkuError(NotFoundError):
    """A rule names a product by an SKU that there is not."""

    def __init__(self, sku: str) -> None:
        super().__init__(f"There is no product with the SKU “{sku[:80]}”.")
        self.sku = sku


@dataclass(frozen=True, slots=True)
class Question:
    """A plan in the terms of the tables, and the scores it is asked of."""

    run: ModelRun
    query: AudienceQuery
    ranking: Ranking | None = None


@dataclass(frozen=True, slots=True)
class Audiences:
    """Looks for people in one shop. Raises ExpectedError.

    `internal_domains` are the e-mail domains of the shop's own people.
    """

    database: Database
    insights: Insights
    internal_domains: tuple[str, ...] = ()
    cache: Cache = field(default_factory=Cache)
    lessons: Lessons = field(default_factory=Lessons)

    async def preview(self, plan: Plan) -> Preview:
        """Count who is in and who is out, and tell what to expect; nothing is stored."""
        asked = await self.question(plan)
        async with self.database.read(Lane.JOBS) as connection:
            rules = await audience.count_rules(connection, asked.query)
            found = await audience.figures(connection, asked.query)
            last = [
                each
                for each in await plans.newest(connection, OVERLAP_CAMPAIGNS * 4)
                if each.started_at is not None
            ][:OVERLAP_CAMPAIGNS]
            again = (
                await audience.overlap(connection, asked.query, [each.id for each in last])
                if last
                else {}
            )
        kept = [row for row in found if row.reason == Reason.IN]
        size = sum(row.customers for row in kept)
        treated, held_out = split(size, plan.holdout)
        share = treated / size if size else 0.0
        error = _model_error(asked.run)
        orders = total(_sum(kept, "orders"), _sum(kept, "orders_variance"), error)
        spend = total(_sum(kept, "spend"), _sum(kept, "spend_variance"), error)
        of_treated = of_total(spend, share)
        currency = self.insights.currency
        return Preview(
            plan=plan,
            rules=rules,
            reasons=_reasons(found),
            size=size,
            treated=treated,
            held_out=held_out,
            orders=of_total(orders, share),
            spend=of_treated,
            margin=of_total(of_treated, plan.offer.margin),
            cost=Money(round(plan.offer.contact_cost * treated), currency),
            discount=Money(round(plan.offer.discount * of_treated.mean), currency),
            tenths=tenths([(row.customers, row.value) for row in kept], currency),
            overlap=tuple(
                Overlap(each.id, each.name, again[each.id]) for each in last if each.id in again
            ),
            power=_power(plan, kept, size),
            ranking=asked.ranking,
            currency=currency,
            as_of=days.to_date(asked.run.as_of_day),
            model_run_id=asked.run.id,
        )

    async def some_with(self, plan: Plan, reason: Reason) -> list[Customer]:
        """List the most valuable customers with a reason, or of those who are in."""
        asked = await self.question(plan)
        async with self.database.read(Lane.JOBS) as connection:
            return await audience.some_with(connection, asked.query, reason, SHOWN)

    async def question(self, plan: Plan) -> Question:
        """Translate a plan, and find the best where it wants only them.

        Raises NotEnoughHistoryError without scores, NotFoundError for unknown products.
        """
        asked = await self._translated(plan)
        if plan.rules.best is None:
            return asked
        learned = await self.lessons.of(self.database, self.insights.pool, plan.goal)
        kept = await self._best(asked.query, plan.rules.best, learned)
        return replace(asked, query=replace(asked.query, kept=kept), ranking=learned.ranking)

    async def _best(self, query: AudienceQuery, most: int, learned: Learned) -> tuple[int, ...]:
        async with self.database.read(Lane.JOBS) as connection:
            if learned.ranking.used == "value":
                return tuple(await audience.most_valuable(connection, query, most))
            people = await audience.insiders(connection, query)
        return await self.insights.pool.run(work.best_of, people, most, learned)

    async def _translated(self, plan: Plan) -> Question:
        """Translate a plan, but for whom to rank.

        Raises NotEnoughHistoryError without scores, NotFoundError for unknown products.
        """
        rules, suppression = plan.rules, plan.suppression
        bought, speaks_for, owners = None, None, None
        async with self.database.read(Lane.JOBS) as connection:
            run = await scores.active_run(connection, KIND)
            if run is None:
                raise await why_not_scored(connection, days.today(self.insights.zone))
            version = await purchases.data_version(connection)
        twins = await self.cache.get(TWINS, "", self._twins, version=version)
        if rules.bought:
            bought = await self._buyers(version, rules.bought)
        if wanted := rules.likely_next:
            find_partners = partial(self._partners, wanted)
            partners = await self.cache.get(PARTNER_SKUS, wanted, find_partners, version=version)
            owners = await self._buyers(version, (wanted,))
            speaks_for = await self._buyers(version, partners)
        now = datetime.now(UTC)
        return Question(
            run,
            AudienceQuery(
                run_id=run.id,
                window=window_weights(plan.window_days),
                segments=tuple(SEGMENT_NAMES.index(name) for name in rules.segments),
                churn_bands=tuple(CHURN_BANDS.index(name) for name in rules.churn_bands),
                min_value=rules.min_value,
                max_value=rules.max_value,
                min_days_since=rules.ordered_days_ago_min,
                max_days_since=rules.ordered_days_ago_max,
                bought=bought,
                speaks_for=speaks_for,
                owners=owners,
                countries=rules.countries,
                tags=rules.tags,
                twins=twins,
                open_ticket=suppression.open_ticket,
                unhappy_since=now - timedelta(days=UNHAPPY_DAYS)
                if suppression.unhappy_ticket
                else None,
                open_return=suppression.open_return,
                in_experiment=suppression.in_experiment,
                contacted_since=now - timedelta(days=suppression.contacted_days)
                if suppression.contacted_days
                else None,
                internal=suppression.internal,
                internal_domains=self.internal_domains,
            ),
        )

    async def _twins(self) -> tuple[int, ...]:
        async with self.database.read(Lane.JOBS) as connection:
            return tuple(await audience.twins(connection))

    async def _buyers(self, version: str, skus: Sequence[str]) -> tuple[int, ...]:
        async with self.database.read(Lane.JOBS) as connection:
            ids = await _product_ids(connection, skus)

        async def load() -> tuple[int, ...]:
            async with self.database.read(Lane.JOBS) as connection:
                return tuple(await audience.buyers(connection, ids))

        return await self.cache.get(BUYERS, str(ids), load, version=version)

    async def _partners(self, sku: str) -> tuple[str, ...]:
        """Find the products whose buyers take this one more often than everybody does."""
        found = await self.insights.affinity(AffinityRequest(product=sku, top=PARTNERS))
        if found.product is None:
            raise NotFoundError(f"There is no product “{sku[:80]}”. Try its SKU.")
        partners = tuple(
            pair.left.sku if pair.right.sku == found.product.sku else pair.right.sku
            for pair in found.pairs
            if pair.lift_lower > 1
        )
        if not partners:
            raise NotFoundError(
                f"Nothing that is bought speaks for {found.product.sku} yet: no product is bought "
                "together with it more often than by chance. Choose buyers of a product instead."
            )
        return partners


async def _product_ids(connection: Connection, skus: Sequence[str]) -> tuple[int, ...]:
    ids = []
    for sku in skus:
        found = await series.find_products(connection, sku, 2)
        if len(found) != 1:
            raise UnknownSkuError(sku)
        ids.append(found[0].id)
    return tuple(ids)


def _reasons(found: Sequence[ReasonFigures]) -> tuple[ReasonCount, ...]:
    counts: Counter[int] = Counter()
    for row in found:
        counts[row.reason] += row.customers
    return tuple(
        ReasonCount(Reason(reason), count)
        for reason, count in sorted(counts.items())
        if reason != Reason.IN
    )


def _sum(rows: Sequence[ReasonFigures], figure: str) -> float:
    return float(sum(getattr(row, figure) for row in rows))


def _model_error(run: ModelRun) -> float:
    """By which share the orders of all customers were missed on the hold-out."""
    test = run.backtest
    if not test or not test.get("orders_seen"):
        return UNTESTED_ERROR
    return abs(float(test["orders_predicted"]) / float(test["orders_seen"]) - 1)


def _power(plan: Plan, kept: Sequence[ReasonFigures], size: int) -> Power | None:
    """Tell what the experiment can see, from the rates and amounts that the model expects."""
    if not size or not plan.holdout:
        return None
    buyers, orders, spend = (_sum(kept, name) for name in ("buyers", "orders", "spend"))
    rate = min(buyers / size, 0.99)
    worth_having = plan.offer.smallest_lift
    if worth_having is None and buyers > 0 and orders > 0:
        worth_having = _break_even(plan, rate, spend / buyers)
    needed = None
    if worth_having and rate + worth_having <= 1:
        needed = people_needed(rate, worth_having, plan.holdout)
    return Power(rate, worth_having, needed, smallest_lift(rate, size, plan.holdout))


def _break_even(plan: Plan, rate: float, spend_of_buyer: float) -> float | None:
    """Find the lift whose margin pays for the contact and the discount; None: nothing to pay."""
    offer = plan.offer
    cost = offer.contact_cost + offer.discount * rate * spend_of_buyer
    earned = offer.margin_left * spend_of_buyer
    return cost / earned if cost > 0 and earned > 0 else None
