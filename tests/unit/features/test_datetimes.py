"""Features of dates and times, as pandas computes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pytest

from .conftest import Make

PERIODS = {"month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 60), "dayofweek": (0, 7), "quarter": (1, 4)}
MOMENTS = pd.date_range("1969-02-28 23:59:30", periods=300, freq="37h41min")


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Kolkata"])
def test_they_are_those_of_pandas(make: Make, zone: str | None) -> None:
    times = MOMENTS.tz_localize(zone) if zone else MOMENTS
    found = make(pl.DataFrame({"t": pl.Series(times.to_pydatetime().tolist())}))
    moment = times.tz_convert("UTC") if zone else times
    for name in ("year", *PERIODS):
        part = moment.day_of_week if name == "dayofweek" else getattr(moment, name)
        assert found[f"t__{name}"] == part.tolist()
        if name in PERIODS:
            start, period = PERIODS[name]
            angle = 2 * np.pi * (part.to_numpy() - start) / period
            np.testing.assert_allclose(found[f"t__{name}_sin"], np.sin(angle), atol=1e-9)
            np.testing.assert_allclose(found[f"t__{name}_cos"], np.cos(angle), atol=1e-9)
    assert found.frame.width == 7 + 2 * 6


def test_dates_have_no_hours(make: Make) -> None:
    days = [date(2024, 1, 31) + timedelta(days=40 * n) for n in range(20)]
    found = make(pl.DataFrame({"d": days}), datetime_cyclical=False)
    assert found.frame.columns == [f"d__{name}" for name in ("year", "month", "day", "dayofweek", "quarter")]
    assert found["d__dayofweek"] == [day.weekday() for day in days]


def test_a_missing_date_counts_as_the_first_and_is_told(make: Make) -> None:
    days = [date(2024, 5, 2), None, date(2021, 3, 4)]
    found = make(pl.DataFrame({"d": days}), datetime_components=["year", "month"], datetime_cyclical=False)
    assert found.frame.to_dict(as_series=False) == {
        "d__missing": [0, 1, 0],
        "d__year": [2024, 2021, 2021],
        "d__month": [5, 3, 3],
    }


def test_what_does_not_change_is_left_out(make: Make) -> None:
    frame = pl.DataFrame({"d": [date(2024, 1, 1), date(2024, 1, 2)], "none": pl.Series([None, None], dtype=pl.Date)})
    found = make(frame, datetime_cyclical=False)
    assert found.frame.columns == ["d__day", "d__dayofweek"]
    left_out = {(each.column, each.reason) for each in found.made.fit.left_out}
    constant = {("d", f"{name} is constant") for name in ("year", "month", "quarter")}
    assert left_out == {("none", "all missing"), *constant}


def test_new_times_may_be_in_another_zone(make: Make) -> None:
    times = [datetime(2024, 1, 1, hour, tzinfo=UTC) for hour in (0, 22)]
    found = make(pl.DataFrame({"t": times}), datetime_components=["hour"], datetime_cyclical=False)
    given = pl.DataFrame({"t": [datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=3)))]})
    assert found.client.features("rows", given)["t__hour"].to_list() == [22]
