"""Is lift reproduced on a real experiment, and does estimated uplift beat plain propensity?

`python -m benchmarks.uplift FOLDER` wants `hillstrom.csv` or `hillstrom.csv.gz` there: Kevin
Hillstrom's e-mail challenge of 2008, 64,000 customers drawn by lot to one of two mailings or none,
and who visited within two weeks. Lifts are printed beside their published values. Rankings are
fitted on one half and compared on the other, in three random splits.
"""

import argparse
import csv
import gzip
import io
from pathlib import Path

import numpy as np

from services.analytics.experiments import Arm, difference_of_rates
from services.analytics.uplift import (
    Comparison,
    Experiment,
    compare_rankings,
    cross_fitted,
    fit_propensity,
    fit_t_learner,
    pooled,
)

PUBLISHED = {"Mens E-Mail": 7.66, "Womens E-Mail": 4.52}
SPLITS = 3
Rows = list[dict[str, str]]


def read(folder: Path) -> Rows:
    packed = folder / "hillstrom.csv.gz"
    content = gzip.decompress(packed.read_bytes()) if packed.exists() else None
    text = (content or (folder / "hillstrom.csv").read_bytes()).decode()
    return list(csv.DictReader(io.StringIO(text)))


def experiment(rows: Rows, mailing: str) -> Experiment:
    kept = [row for row in rows if row["segment"] in {mailing, "No E-Mail"}]
    columns = [
        [float(row["recency"]) for row in kept],
        [np.log1p(float(row["history"])) for row in kept],
        *([float(row[name]) for row in kept] for name in ("mens", "womens", "newbie")),
        *([float(row["zip_code"] == name) for row in kept] for name in ("Urban", "Rural")),
        *([float(row["channel"] == name) for row in kept] for name in ("Phone", "Web")),
    ]
    return Experiment(
        np.array(columns).T,
        np.array([row["segment"] == mailing for row in kept]),
        np.array([row["visit"] == "1" for row in kept]),
    )


def measure(rows: Rows, mailing: str) -> None:
    people = experiment(rows, mailing)
    arms = [
        Arm(int(side.sum()), np.ones(int((people.bought & side).sum())))
        for side in (people.treated, ~people.treated)
    ]
    lift = difference_of_rates(*arms)
    assert lift is not None
    print(
        f"{mailing}: lift {lift.estimate * 100:+.2f} points ({lift.low * 100:+.2f} to "
        f"{lift.high * 100:+.2f}), published {PUBLISHED[mailing]:+.2f}"
    )
    for seed in range(SPLITS):
        half = np.random.default_rng(seed).random(people.bought.size) < 0.5
        halves = [people.only(half), people.only(~half)]
        seen, unseen = halves
        alone = compare_rankings(
            fit_t_learner(seen).uplift(unseen.features),
            fit_propensity(seen).probability(unseen.features),
            unseen,
            seed,
        )
        tell(f"split {seed}, fitted on one half, compared on the other", alone)
        both = compare_rankings(
            cross_fitted(halves, lambda each: fit_t_learner(each).uplift),
            cross_fitted(halves, lambda each: fit_propensity(each).probability),
            pooled(halves),
            seed,
        )
        tell(f"split {seed}, each half by the other", both)


def tell(what: str, found: Comparison) -> None:
    parts = (
        ("uplift", found.uplift),
        ("propensity", found.propensity),
        ("random", found.random),
        ("uplift over propensity", found.gain),
    )
    figures = ", ".join(
        f"{name} {part.estimate:.4f} ({part.low:.4f} to {part.high:.4f})" for name, part in parts
    )
    print(f"  {what}: Qini {figures}; would use {found.best}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    found = read(parser.parse_args().folder)
    for name in PUBLISHED:
        measure(found, name)
