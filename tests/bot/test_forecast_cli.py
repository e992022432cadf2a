import argparse
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.forecast_cli import add_forecast_commands

STEP_KEYS = ["id", "step", "date", "point", "lo80", "hi80", "lo95", "hi95"]


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_forecast_commands(parser.add_subparsers(required=True))
    parsed = parser.parse_args(arguments)
    return int(parsed.act(parsed))


def series_file(folder: Path, lengths: dict[str, int]) -> Path:
    rng = np.random.default_rng(1)
    lines = ["item,day,units"]
    for item, length in lengths.items():
        for i in range(length):
            day = date(2024, 1, 1) + timedelta(days=i)
            lines.append(f"{item},{day},{20 + 5 * (i % 7) + rng.integers(0, 4)}")
    path = folder / "series.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def options(path: Path, horizon: int = 7) -> list[str]:
    columns = ["--date", "day", "--value", "units", "--id", "item"]
    rest = ["--horizon", str(horizon), "--frequency", "D", "--country", "GB", "--json"]
    return ["--csv", str(path), *columns, *rest]


def test_forecast_prints_one_line_a_series_and_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = series_file(tmp_path, {"tea": 60, "salt": 13})
    assert run("forecast", *options(path)) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    steps = [line for line in lines if line["id"] == "tea"]
    assert [list(line) for line in steps] == [STEP_KEYS] * 7
    assert [line["step"] for line in steps] == [1, 2, 3, 4, 5, 6, 7]
    assert steps[0]["date"] == "2024-03-01"
    assert all(s["lo95"] <= s["lo80"] <= s["point"] <= s["hi80"] <= s["hi95"] for s in steps)
    refused = [line for line in lines if line["id"] == "salt"]
    assert [list(line) for line in refused] == [["id", "error"]]
    assert "2024-01-15" in refused[0]["error"]


def test_reader_that_has_enough_ends_the_command_without_a_traceback(tmp_path: Path) -> None:
    path = series_file(tmp_path, {f"item{i}": 20 for i in range(40)})
    command = [sys.executable, "-m", "bot", "forecast", *options(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"item0" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_many_series_come_in_the_order_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"item{i}" for i in range(12)]
    path = series_file(tmp_path, dict.fromkeys(names, 20))
    assert run("forecast", *options(path, horizon=1)) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == names


def test_backtest_prints_errors_beside_the_naive_and_their_mean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = series_file(tmp_path, {"tea": 90, "milk": 80, "salt": 5})
    assert run("backtest", *options(path)) == 0
    tea, milk, salt, summary = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    figures = {"wape", "mase", "smape", "coverage80", "coverage95", "msis"}
    assert figures | {f"naive_{name}" for name in figures} <= set(tea)
    assert list(salt) == ["id", "error"]
    assert summary["series"] == 2
    assert summary["refused"] == 1
    assert summary["wape"] == pytest.approx((tea["wape"] + milk["wape"]) / 2)


def test_wrong_input_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = series_file(tmp_path, {"tea": 30})
    for wrong, problem in (
        ([*options(path), "--value", "price"], "has no column 'price'"),
        ([*options(path), "--horizon", "0"], "--horizon must be at least 1, not 0."),
        ([*options(path), "--country", "XX"], "no public holidays known for 'XX'"),
        ([*options(path), "--csv", str(tmp_path / "none.csv")], "cannot be read"),
    ):
        assert run("forecast", *wrong) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert problem in captured.err
        assert captured.err.count("\n") == 1
