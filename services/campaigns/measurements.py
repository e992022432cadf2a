"""What a campaign brought, counted and kept: each peek, and the final result once."""

from dataclasses import asdict
from datetime import UTC, datetime

from services.campaigns import work
from services.campaigns.plan import State
from services.campaigns.records import SPOKEN, Person, plan_of, stored_campaign
from services.campaigns.results import Results
from services.errors import WrongInputError
from services.money import Money
from services.pool import ProcessPool
from storage import shop_figures
from storage.campaigns import members, outcomes, plans
from storage.campaigns.members import Arm
from storage.campaigns.plans import StoredResult
from storage.database import Database, Lane


async def has_closed(database: Database, campaign_id: int) -> bool:
    """Tell whether the window is over and the orders of all of it are imported."""
    async with database.read(Lane.JOBS) as connection:
        stored = await stored_campaign(connection, campaign_id)
        known = await shop_figures.data_as_of(connection)
    if stored.ends_at is None or known is None:
        return False
    return stored.ends_at <= min(known, datetime.now(UTC))


async def measure(
    database: Database, pool: ProcessPool, currency: str, campaign_id: int
) -> Results:
    """Compare treated and held out until now, or until the window closed.

    Raises WrongInputError before anything was delivered.
    """
    async with database.read(Lane.JOBS) as connection:
        stored = await stored_campaign(connection, campaign_id)
        if stored.started_at is None or stored.ends_at is None:
            raise WrongInputError(
                f"Campaign {campaign_id} has no results, for its list never left. It is "
                f"{SPOKEN[State(stored.state)]}."
            )
        known = await shop_figures.data_as_of(connection)
        until = min(stored.ends_at, datetime.now(UTC), known or stored.started_at)
        bought = await outcomes.buyers(connection, campaign_id, stored.started_at, until)
        people = await members.count_arms(connection, campaign_id)
        reached = await members.count_contacted(connection, campaign_id)
        others = await outcomes.contaminated(
            connection, campaign_id, stored.started_at, stored.ends_at
        )
        peeks = await plans.count_peeks(connection, campaign_id)
    plan = plan_of(stored)
    compared = await pool.run(work.compare, people, bought, plan.offer, campaign_id)
    is_final = until >= stored.ends_at
    return Results(
        campaign_id=campaign_id,
        plan=plan,
        started_at=stored.started_at,
        ends_at=stored.ends_at,
        until=until,
        is_final=is_final,
        peeks=peeks + (not is_final),
        treated=compared.treated,
        held_out=compared.held_out,
        buying=compared.buying,
        revenue=compared.revenue,
        margin=compared.margin,
        paid=compared.paid,
        cost=Money(round(plan.offer.contact_cost * reached), currency),
        reached=reached,
        contaminated=others[Arm.HELD_OUT],
        currency=currency,
    )


async def keep(database: Database, found: Results, by: Person) -> None:
    """Keep what was seen; the final result also ends the campaign."""
    figures = {
        "treated": asdict(found.treated),
        "held_out": asdict(found.held_out),
        **{
            name: asdict(difference) if difference else None
            for name in ("buying", "revenue", "margin")
            for difference in (getattr(found, name),)
        },
        "paid": found.paid,
    }
    result = StoredResult(datetime.now(UTC), by.id, found.is_final, figures)
    async with database.transaction() as connection:
        await plans.find(connection, found.campaign_id, lock=True)
        if found.is_final and await plans.final_result(connection, found.campaign_id):
            return
        await plans.add_result(connection, found.campaign_id, result)
        if found.is_final:
            await plans.change(
                connection,
                found.campaign_id,
                [State.RUNNING],
                state=str(State.FINISHED),
                ended_at=datetime.now(UTC),
            )
