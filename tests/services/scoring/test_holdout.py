from typing import Any

import numpy as np
import pytest

from services.analytics.arrays import IntArray
from services.scoring.holdout import test_on_hold_out as hold_out_tested
from services.scoring.purchase_days import OrderHistory
from services.scoring.shop import hold_out_of
from services.scoring.task import CHURN_DAYS
from storage.shop_orders import OrderColumns
from tests.services.scoring.drawn_shop import restless_shop


def line_learnt(numbered: IntArray) -> dict[str, Any] | None:
    """What the last two quarters teach where the drawn customers have these numbers."""
    shop = restless_shop()
    seen = shop.day <= shop.as_of
    bought = np.stack([numbered[shop.customer], shop.day, np.round(shop.value * 100)])[:, seen]
    customer, day, spend = bought.astype(np.int64)
    orders = OrderHistory.of(OrderColumns(customer, day, np.ones_like(day), spend))
    latest, earlier = (
        hold_out_of(orders, shop.as_of - ago * CHURN_DAYS, CHURN_DAYS, 2) for ago in (1, 2)
    )
    return hold_out_tested(latest, earlier, CHURN_DAYS, None).recalibration


def test_what_the_past_teaches_does_not_depend_on_how_customers_are_numbered() -> None:
    size = int(restless_shop().customer.max()) + 1
    as_drawn = line_learnt(np.arange(size))
    assert as_drawn is not None
    shuffled = np.random.default_rng(5).permutation(size)
    assert line_learnt(shuffled) == pytest.approx(as_drawn, abs=1e-4)
