from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from services.analytics.forecasting import Frequency, History
from services.errors import WrongInputError
from services.series_files import SeriesColumns, read_series

COLUMNS = SeriesColumns("day", "units")
BY_ITEM = SeriesColumns("day", "units", "item")


def read(
    folder: Path, text: str, frequency: Frequency, columns: SeriesColumns = COLUMNS
) -> dict[str | None, History]:
    path = folder / "series.csv"
    path.write_text(text, encoding="utf-8")
    return dict(read_series(path, columns, frequency).histories())


def test_missing_dates_are_zero_and_empty_values_unknown(tmp_path: Path) -> None:
    text = "day,units\n2024-01-01,5\n2024-01-02,\n2024-01-04,7\n"
    values = read(tmp_path, text, Frequency.DAILY)[None].values
    assert values[0] == 5
    assert np.isnan(values[1])
    assert values[2:].tolist() == [0, 7]


def test_rows_of_one_day_add_up(tmp_path: Path) -> None:
    text = "day,units\n2024-01-01,5\n2024-01-01 14:30:00,2\n2024-01-02,1\n"
    assert read(tmp_path, text, Frequency.DAILY)[None].values.tolist() == [7, 1]


def test_month_ends_are_months(tmp_path: Path) -> None:
    text = "day,units\n2024-01-31,5\n2024-02-29,6\n2024-03-31,7\n"
    history = read(tmp_path, text, Frequency.MONTHLY)[None]
    assert history.start == date(2024, 1, 1)
    assert history.values.tolist() == [5, 6, 7]
    assert history.partial is None


def test_weeks_keep_the_weekday_they_are_given_on(tmp_path: Path) -> None:
    sundays = [date(2024, 1, 7) + timedelta(weeks=i) for i in range(4)]
    text = "day,units\n" + "".join(f"{day},{i}\n" for i, day in enumerate(sundays))
    history = read(tmp_path, text, Frequency.WEEKLY)[None]
    assert history.start == date(2024, 1, 7)
    assert history.values.tolist() == [0, 1, 2, 3]


def test_days_make_whole_weeks_and_the_week_under_way_is_kept_apart(tmp_path: Path) -> None:
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(17)]
    text = "day,units\n" + "".join(f"{day},1\n" for day in days)
    history = read(tmp_path, text, Frequency.WEEKLY)[None]
    assert history.values.tolist() == [7, 7]
    assert history.partial == 3


def test_series_that_skips_dates_runs_to_the_end_of_the_file(tmp_path: Path) -> None:
    text = (
        "item,day,units\n"
        + "".join(f"a,2024-01-{day:02},1\n" for day in range(1, 11))
        + "b,2024-01-01,1\nb,2024-01-04,2\n"
        + "c,2024-01-01,1\nc,2024-01-02,2\nc,2024-01-03,2\n"
    )
    found = read(tmp_path, text, Frequency.DAILY, BY_ITEM)
    assert list(found) == ["a", "b", "c"]
    assert found["b"].values.tolist() == [1, 0, 0, 2, 0, 0, 0, 0, 0, 0]
    assert found["c"].values.tolist() == [1, 2, 2]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("\ufeffday,units\n2024-01-02,2\n2024-01-01,1\n", COLUMNS),
        ("day;units\n2024/01/01;1\n2024/01/02;2\n", COLUMNS),
        ("day\tunits\n2024-01-01T00:00:00Z\t1\n2024-01-02T09:30:00Z\t2\n", COLUMNS),
        (
            "day,units\n01/01/2024,1\n02/01/2024,2\n",
            SeriesColumns("day", "units", None, "%d/%m/%Y"),
        ),
        ("day,units\n\n20240101, 1 \n 2024.01.02,2e0\n", COLUMNS),
    ],
)
def test_dates_and_delimiters_are_read_as_people_write_them(
    tmp_path: Path, text: str, columns: SeriesColumns
) -> None:
    history = read(tmp_path, text, Frequency.DAILY, columns)[None]
    assert history.start == date(2024, 1, 1)
    assert history.values.tolist() == [1, 2]


@pytest.mark.parametrize("written", ["2024-01", "2024 Jan", "January 2024", "2024M01", "2024/01"])
def test_months_are_read_without_a_day(tmp_path: Path, written: str) -> None:
    text = f"day,units\n{written},5\n2024-02,6\n"
    assert read(tmp_path, text, Frequency.MONTHLY)[None].start == date(2024, 1, 1)


def test_ids_are_taken_as_they_stand(tmp_path: Path) -> None:
    text = 'item,day,units\n"a, ""b""\n",2024-01-01,1\nä ☕,2024-01-01,2\n,2024-01-01,3\n'
    assert list(read(tmp_path, text, Frequency.DAILY, BY_ITEM)) == ['a, "b"\n', "ä ☕", ""]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("date,units\n2024-01-01,1\n", "no column 'day'; its columns are: date, units"),
        ("day,units\n", "no rows"),
        ("", "its columns are: none"),
        ("day,units\n01/02/2024,1\n", "line 2: '01/02/2024' is not a date"),
        ("day,units\n2024-01-01,many\n", "line 2: 'many' is not a number"),
        ("day,units\n2024-01-01\n", "line 2 has 1 cells, the header 2"),
        ("day,units\n9999-01-01,1\n", "line 2: the year of '9999-01-01' must be 1800 to 2200"),
        ("day,units,day\n2024-01-01,1,2\n", "has several columns 'day'"),
        ("day,units\n2024-01-01,inf\n", "line 2: 'inf' is not a finite number"),
    ],
)
def test_wrong_file_is_refused_with_the_place_and_the_reason(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(WrongInputError, match=problem):
        read(tmp_path, text, Frequency.DAILY)


def test_missing_file_and_wrong_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="cannot be read"):
        read_series(tmp_path / "none.csv", COLUMNS, Frequency.DAILY)
    latin = tmp_path / "latin.csv"
    latin.write_bytes("day,units,näme\n2024-01-01,1,é\n".encode("latin-1"))
    with pytest.raises(WrongInputError, match="UTF-8"):
        read_series(latin, COLUMNS, Frequency.DAILY)
