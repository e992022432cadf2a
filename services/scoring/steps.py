"""The steps of a run, in the process that computes them."""

from pathlib import Path

import numpy as np

from services.analytics.scores import LEVELS, ScoreTable, fit_models, score_customers
from services.asking import ask
from services.scoring.columns import STORED_LEVEL, history_columns, score_columns
from services.scoring.export import write_csv
from services.scoring.folder import save_columns
from services.scoring.holdout import test_on_hold_out
from services.scoring.parameters import Parameters, from_json, to_json
from services.scoring.purchase_days import OrderHistory
from services.scoring.shop import Shop, every_for, hold_out_of, read_orders, whole_shop
from services.scoring.task import HORIZONS, Base, Task, Tested, Totals
from storage.customers import shop_ids
from storage.database import Database

HOLD_OUT_SAMPLE = 100_000
"""So many customers, about, tell how true the models are."""
HOLD_OUT_FILE = "hold_out.npz"


def read(task: Task) -> Base:
    """See `stages`, as for all others."""
    orders = ask(task.database_url, lambda database: read_orders(database, task.as_of_day))
    shop = whole_shop(orders, task.as_of_day, task.minor_digits)
    shop.save(task.folder)
    history = shop.history
    orders.one_of(every_for(HOLD_OUT_SAMPLE, history.size)).save(task.folder / HOLD_OUT_FILE)
    paying = np.count_nonzero((history.frequency > 0) & (history.monetary > 0))
    return Base(history.size, history.repeat_customers, int(paying))


def fit(task: Task) -> Parameters:
    shop = Shop.load(task.folder)
    return to_json(fit_models(shop.history, shop.repeats))


def hold_out(task: Task, horizon_days: int, previous: Parameters | None) -> Tested:
    orders = OrderHistory.load(task.folder / HOLD_OUT_FILE)
    latest, earlier = (
        hold_out_of(orders, task.as_of_day - ago * horizon_days, horizon_days, task.minor_digits)
        for ago in (1, 2)
    )
    return test_on_hold_out(latest, earlier, horizon_days, previous)


def total(task: Task, parameters: Parameters, horizon_days: int) -> Totals:
    return _totals(_score(Shop.load(task.folder), parameters, horizon_days, levels=()))


def tabulate(task: Task, parameters: Parameters, horizon_days: int) -> None:
    shop = Shop.load(task.folder)
    if horizon_days == HORIZONS[0]:
        save_columns(task.folder, history_columns(shop, task.minor_digits))
    scores = _score(shop, parameters, horizon_days, (STORED_LEVEL,))
    save_columns(task.folder, score_columns(scores, task.as_of_day, task.minor_digits))


def export(task: Task, parameters: Parameters, horizon_days: int, path: Path) -> Totals:
    shop = Shop.load(task.folder)
    scores = _score(shop, parameters, horizon_days)
    names = ask(task.database_url, lambda database: _names(database, shop.customer_id.tolist()))
    unfinished = path.with_name(f"{path.name}.part")
    write_csv(unfinished, shop, scores, names)
    unfinished.replace(path)
    return _totals(scores)


def _score(
    shop: Shop, parameters: Parameters, horizon_days: int, levels: tuple[float, ...] = LEVELS
) -> ScoreTable:
    models = from_json(parameters, shop.as_of, shop.history)
    return score_customers(models, shop.history, horizon_days, levels)


def _totals(scores: ScoreTable) -> Totals:
    return Totals(
        scores.horizon_days,
        float(scores.expected_orders.sum()),
        float(scores.expected_value.sum()),
    )


async def _names(database: Database, customer_ids: list[int]) -> list[str]:
    """Name customers by the shop's own id, by ours where it has none."""
    async with database.read() as connection:
        known = await shop_ids(connection)
    return [known.get(customer_id) or str(customer_id) for customer_id in customer_ids]
