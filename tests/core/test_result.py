"""Judging: value, interval and threshold decide the status, by hand-worked cases."""

import pytest

from trustlab.core.result import Result, Status, Threshold, judge, worst
from trustlab.core.views import Table, clean

LIMITS = Threshold(1.1, 1.25, "a source")


@pytest.mark.parametrize(
    ("value", "interval", "expected"),
    [
        (1.0, (0.9, 1.05), Status.PASS),
        (1.2, (1.15, 1.3), Status.WARN),
        (1.2, (1.0, 1.3), Status.WARN),
        (1.5, (1.3, 1.7), Status.FAIL),
        (1.5, (1.2, 1.7), Status.FAIL),
        (1.5, (1.0, 2.5), Status.WARN),
        (1.5, None, Status.FAIL),
        (float("nan"), None, Status.ERROR),
        (None, None, Status.ERROR),
    ],
)
def test_lower_is_better(value: float, interval: tuple[float, float], expected: Status) -> None:
    assert judge(Result(value=value, interval=interval), LIMITS, "lower").status == expected


@pytest.mark.parametrize(
    ("value", "interval", "expected"),
    [
        (0.9, None, Status.PASS),
        (0.85, None, Status.WARN),
        (0.7, (0.6, 0.75), Status.FAIL),
        (0.7, (0.5, 0.95), Status.WARN),
    ],
)
def test_higher_is_better(value: float, interval: tuple[float, float], expected: Status) -> None:
    assert judge(Result(value=value, interval=interval), Threshold(0.9, 0.8, "s"), "higher").status == expected


def test_noise_is_said() -> None:
    judged = judge(Result(value=1.5, interval=(1.0, 2.5), reason="Twice as often"), LIMITS, "lower")
    assert "could be noise" in str(judged.reason)


def test_a_status_that_is_set_stays() -> None:
    assert judge(Result(status=Status.SKIPPED, value=9.0), LIMITS, "lower").status == Status.SKIPPED


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["pass", "warn", "fail"], "fail"),
        (["pass", "error", "warn"], "error"),
        (["pass", "skipped"], "pass"),
        (["skipped", "not_applicable"], "skipped"),
        (["not_applicable"], "not_applicable"),
        ([], "pass"),
    ],
)
def test_the_whole_is_its_worst_part(parts: list[str], whole: str) -> None:
    assert worst(parts) == whole


def test_clean_knows_the_libraries_numbers() -> None:
    import numpy as np
    import pandas as pd

    assert clean(np.float32("nan")) is None
    assert clean(np.int64(3)) == 3
    assert type(clean(np.True_)) is bool
    assert clean(pd.NA) is None
    assert clean(pd.NaT) is None
    assert clean(float("inf")) is None
    assert clean({"a": np.array([1.0, np.nan])}) == {"a": [1.0, None]}
    assert clean(pd.Timestamp("2026-01-02")) == "2026-01-02T00:00:00"


def test_a_row_that_does_not_fit_is_refused() -> None:
    from trustlab.core.errors import UsageError

    with pytest.raises(UsageError, match="each row must have 2 cells; got 1"):
        Table(name="t", columns=("a", "b"), rows=[(1,)])
