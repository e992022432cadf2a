"""Fitted models as JSON, as a run keeps them, and back."""

from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from services.analytics.bg_nbd import BgNbd
from services.analytics.gamma_gamma import GammaGamma
from services.analytics.history import CustomerHistory
from services.analytics.recalibration import STRAIGHT, Recalibration
from services.analytics.scores import CustomerModels
from services.analytics.seasonality import ModelTime

Parameters = dict[str, Any]


def to_json(models: CustomerModels) -> Parameters:
    """Time in weeks (seasonal weeks, if there is a season), money in major units."""
    orders, spend, season = models.orders, models.spend, models.time.index
    return {
        "bg_nbd": {
            "r": orders.r,
            "alpha": orders.alpha,
            "a": orders.a,
            "b": orders.b,
            "log_likelihood": orders.log_likelihood,
        },
        "gamma_gamma": {"p": spend.p, "q": spend.q, "gamma": spend.gamma},
        "season": None if season is None else season.tolist(),
        "fitted_on": {
            "customers": orders.customers,
            "repeat_customers": spend.customers,
            "spend_log_likelihood": spend.log_likelihood,
        },
        "recalibration": line_to_json(models.recalibration),
    }


def line_to_json(line: Recalibration) -> dict[str, float] | None:
    return None if line.is_straight else asdict(line)


def from_json(parameters: Parameters, as_of: date, history: CustomerHistory) -> CustomerModels:
    """Make the models ready to score a history as of a day."""
    fitted = parameters["fitted_on"]
    season, line = parameters["season"], parameters["recalibration"]
    oldest = int(history.age_days.max(initial=0))
    return CustomerModels(
        BgNbd(**parameters["bg_nbd"], customers=fitted["customers"]),
        GammaGamma(
            **parameters["gamma_gamma"],
            log_likelihood=fitted["spend_log_likelihood"],
            customers=fitted["repeat_customers"],
        ),
        ModelTime.plain()
        if season is None
        else ModelTime.seasonal(np.array(season), as_of, oldest),
        STRAIGHT if line is None else Recalibration(**line),
    )
