"""Who is erased is in no list, and no import brings them back."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, func, select

from services.campaigns.files import Layout
from services.customer_search import CustomerNotFoundError
from services.customers import Customers
from services.errors import NotAllowedError, NotFoundError
from services.imports import Importer, ImportOptions
from services.pool import ProcessPool
from services.privacy import Erased, Privacy
from storage.cache import Cache
from storage.campaigns.members import Arm
from storage.customer_writes import Person
from storage.database import Database
from storage.imports import write_customers
from storage.models import (
    audit_log,
    campaign_members,
    campaign_outcomes,
    customer_scores,
    customer_words,
    customers,
    erasures,
    orders,
    tickets,
)
from tests.services.campaigns.campaign_shop import ADMIN, open_shop
from tests.services.campaigns.test_campaigns import approved, arms, exported
from tests.services.shop import Helpdesk

MAPPED = ImportOptions(
    mapping={"email": "mail", "placed_at": "date", "total": "amount", "name": "name"}
)
NUMBERLESS = (
    "mail,name,date,amount\n"
    "ida@example.com,Ida Holm,2026-10-01,10\n"
    "ida@example.com,Ida Holm,2026-10-02,20\n"
    "bo@example.com,Bo Ek,2026-10-02,30\n"
)


def privacy_of(database: Database) -> Privacy:
    return Privacy(database, Customers(database, Helpdesk(), Cache(), currency="GBP", country="GB"))


async def erase(database: Database, who: str) -> Erased:
    privacy = privacy_of(database)
    found = await privacy.find(who)
    return await privacy.erase(found.customer_id, "terminal", is_admin=True)


async def count(database: Database, table: Table, customer_id: int) -> int:
    async with database.read() as connection:
        query = select(func.count()).select_from(table)
        return int(await connection.scalar(query.where(table.c.customer_id == customer_id)) or 0)


async def test_erased_customer_leaves_every_campaign_and_its_records_of_exports(
    database: Database, pool: ProcessPool
) -> None:
    campaigns, _ = await open_shop(database, pool)
    found = await approved(campaigns)
    first = await exported(campaigns, found.id)
    treated = [one for one, arm in (await arms(database, found.id)).items() if arm == Arm.TREATED]
    gone = treated[0]
    assert f"p{gone}@example.com" in first
    before = await campaigns.results(found.id, ADMIN)
    erased = await erase(database, f"p{gone}@example.com")
    assert erased.customer_id == gone
    for table in (
        *(campaign_members, campaign_outcomes, customer_scores, customer_words, tickets),
        orders,
    ):
        assert await count(database, table, gone) == 0
    again = await exported(campaigns, found.id, Layout.MAILCHIMP)
    assert f"p{gone}@example.com" not in again
    assert again.count("\n") == first.count("\n") - 1
    after = await campaigns.results(found.id, ADMIN)
    assert after.treated.people == before.treated.people - 1
    async with database.read() as connection:
        (row,) = (
            await connection.execute(
                select(audit_log.c.subject, audit_log.c.detail).where(
                    audit_log.c.action == "customer.erase"
                )
            )
        ).all()
    assert row.subject == f"customer:{gone}"
    with pytest.raises(CustomerNotFoundError):
        await erase(database, f"p{gone}@example.com")


async def test_no_import_brings_an_erased_customer_back_or_counts_an_order_twice(
    database: Database, tmp_path: Path
) -> None:
    importer = Importer(database, currency="GBP", zone=ZoneInfo("Europe/London"), country="GB")
    file = tmp_path / "orders.csv"
    file.write_text(NUMBERLESS, encoding="utf-8")
    await importer.run(file, MAPPED)
    erased = await erase(database, "ida@example.com")
    assert erased.orders == 2
    report = await importer.run(file, MAPPED)
    assert (report.orders_new, report.orders_unchanged) == (0, 3)
    file.write_text(NUMBERLESS + "ida@example.com,Ida Holm,2026-10-09,40\n", encoding="utf-8")
    await importer.run(file, MAPPED)
    people = tmp_path / "customers.csv"
    people.write_text(
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Phone,Tags\n"
        "7,Ida,Holm,IDA@example.com,yes,,\n8,Una,New,una@example.com,no,,\n",
        encoding="utf-8",
    )
    report = await importer.run(people)
    assert report.customers_new == 1
    async with database.read() as connection:
        emails = set(await connection.scalars(select(customers.c.email)))
        stored = (
            await connection.execute(
                select(orders.c.identity, orders.c.customer_id, orders.c.total)
            )
        ).all()
        marks = await connection.scalar(select(func.count()).select_from(erasures))
    assert emails == {"bo@example.com", "una@example.com"}
    assert sorted(row.total for row in stored) == [1_000, 2_000, 3_000, 4_000]
    assert sum(row.customer_id is None for row in stored) == 3
    assert not [row for row in stored if "ida" in row.identity]
    assert marks == 1


async def test_who_is_no_admin_erases_nobody_and_who_is_gone_is_not_erased_again(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        person = Person("1", "ida@example.com", None, "Ida Holm", "GB")
        await connection.run_sync(write_customers, [person])
    privacy = privacy_of(database)
    found = await privacy.find("ida@example.com")
    with pytest.raises(NotAllowedError):
        await privacy.erase(found.customer_id, "U1", is_admin=False)
    await privacy.erase(found.customer_id, "U1", is_admin=True)
    with pytest.raises(NotFoundError, match="not there any more"):
        await privacy.erase(found.customer_id, "U1", is_admin=True)
