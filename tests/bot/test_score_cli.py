"""`regulars score` on the CDNOW sample, imported as anyone would import it."""

import csv
import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from tests.conftest import MakeDatabase

CDNOW = Path(__file__).parents[1] / "data" / "cdnow_sample.csv"
PUBLISHED = {
    "bg_nbd": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "log_likelihood": -9582.4},
    "gamma_gamma": {"p": 6.25, "q": 3.74, "gamma": 15.44},
}
BOUNDS = ("lo80", "hi80", "lo95", "hi95")
COLUMNS = [
    "customer_id",
    "frequency",
    "recency_days",
    "age_days",
    "days_since_last",
    "monetary",
    "p_alive",
    "p_no_order",
    "expected_orders",
    *(f"expected_orders_{bound}" for bound in BOUNDS),
    "expected_value",
    *(f"expected_value_{bound}" for bound in BOUNDS),
    "next_order_q50",
    "segment",
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest,
    make_database: MakeDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """A database that holds the sample."""
    address = make_database(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("import"))
        patch.setenv("DATABASE_URL", address)
        columns = "customer_id=customer_id,placed_at=date,total=amount"
        assert main(["import", str(CDNOW), "--map", columns]) == 0
    return address


@pytest.fixture
def imported(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)


def scored(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["score", "--json", *arguments]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.usefixtures("imported")
def test_cdnow_gives_the_published_parameters_and_a_row_a_customer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = scored(
        capsys, "--as-of", "1997-09-30", "--horizon-days", "273", "--export", "scores.csv"
    )
    for model, parameters in PUBLISHED.items():
        assert found[model].keys() == parameters.keys()
        assert found[model] == pytest.approx(parameters, rel=0.01)
    assert found["run"] is None
    with Path("scores.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert reader.fieldnames == COLUMNS
    assert len(rows) == found["customers"]
    first = next(row for row in rows if row["customer_id"] == "1")
    assert (first["frequency"], first["recency_days"], first["age_days"]) == ("2", "213", "272")
    assert first["days_since_last"] == "59"
    assert float(first["monetary"]) == pytest.approx((29.73 + 14.96) / 2)
    assert first["next_order_q50"] > "1997-09-30"
    expected = sum(float(row["expected_orders"]) for row in rows)
    assert expected == pytest.approx(found["expected_orders"], rel=1e-4)


@pytest.mark.usefixtures("imported")
def test_without_a_day_the_scores_people_see_are_brought_up_to_date(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = scored(capsys)
    assert (found["as_of"], found["run"]["state"]) == ("1998-06-30", "active")
    assert scored(capsys)["run"] == found["run"]
    assert main(["score"]) == 0
    told = capsys.readouterr().out
    assert "as of 1998-06-30" in told
    assert found["recalibration"] is None
    assert "chances    as the models have them" in told


@pytest.mark.usefixtures("imported")
def test_too_little_history_is_one_sentence_and_exit_code_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["score", "--as-of", "1997-03-01"]) == 1
    assert "60 days of orders, at least 180 are needed" in capsys.readouterr().err


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("imported")
def test_who_is_told_to_stop_ends_with_one_sentence_and_leaves_nothing_behind(
    database_url: str, tmp_path: Path, told: signal.Signals
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "score"],
        cwd=tmp_path,
        env={**os.environ, "DATABASE_URL": database_url, "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        text=True,
        # A shell may have started us with interrupts ignored.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "reading orders\n"
        process.send_signal(told)
        said = process.stderr.read()
    assert process.returncode == 130
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert not list(scratch.iterdir())


@pytest.mark.usefixtures("imported")
def test_a_place_where_no_file_can_be_is_refused_before_anything_is_scored(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for place, why in (("missing/scores.csv", "There is no folder"), (".", "is a folder")):
        assert main(["score", "--export", place]) == 2
        told = capsys.readouterr().err
        assert why in told
        assert str(tmp_path) in told
        assert told.count("\n") == 1
