import numpy as np
import pandas as pd
import pytest

from trustlab.checks.segments.underperformance import underperformance
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.intervals import proportion_ratio


def checked(frame, **parameters):
    subject = Subject.load(data=frame, target="y", prediction="said", context=Context())
    return evaluate(underperformance, {"subject": subject}, Context(), parameters=parameters)


def regional(n=3000, bad=0.5, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"region": rng.choice(list("nsew"), n), "a": rng.normal(size=n), "y": rng.integers(0, 2, n)})
    wrong = rng.random(n) < np.where(frame.region == "n", bad, 0.1)
    return frame.assign(said=np.where(wrong, 1 - frame.y, frame.y))


def test_a_region_that_falls_short_is_named_with_numbers_counted_by_hand():
    frame = regional()
    result = checked(frame)
    right = (frame.said == frame.y).to_numpy()
    inside = (frame.region == "n").to_numpy()
    assert result.status == "warn"
    assert result.reason.startswith("region = n: accuracy")
    assert result.value == pytest.approx(1 - right[inside].mean() / right[~inside].mean())
    table = result.view("segments")
    # 4 regions and 4 quartiles, by three figures
    assert len(table.rows) == 24
    tests = len(table.rows)
    ratio = proportion_ratio(
        right[inside].sum(), inside.sum(), right[~inside].sum(), (~inside).sum(), 1 - 0.05 / tests
    ).at(())
    assert result.interval == pytest.approx((1 - ratio.hi, 1 - ratio.lo))
    assert "hold 2" in table.caption  # a quarter of the rows


def test_recall_is_shown_and_not_judged():
    frame = regional(bad=0.1)
    missed = (frame.region == "n") & (frame.y == 1)
    more = (frame.region == "n") & (frame.y == 0)
    frame["said"] = np.where(missed, np.random.default_rng(1).integers(0, 2, len(frame)), frame.said)
    frame["said"] = np.where(more, 0, frame.said)
    result = checked(frame)
    recall = next(row for row in result.view("segments").rows if row[:2] == ("region = n", "recall"))
    assert recall[3] == pytest.approx(0.5, abs=0.1)
    assert "recall" not in result.reason


def test_even_errors_pass():
    statuses = [checked(regional(n=1000, bad=0.1, seed=seed)).status for seed in range(30)]
    assert set(statuses) == {"pass"}


def test_regression_by_the_mean_absolute_error():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": rng.choice(list("uvw"), 3000), "y": rng.normal(size=3000)})
    frame["said"] = frame.y + rng.normal(size=3000) * np.where(frame.g == "w", 2.0, 1.0)
    result = checked(frame)
    assert result.status == "warn"
    assert result.value == pytest.approx(0.5, abs=0.06)  # its error is twice the others'
    assert result.reason.startswith("g = w: mean absolute error 1.")
    assert checked(frame.assign(said=frame.y)).status == "not_applicable"


def test_few_rows_many_columns_and_names_of_rows():
    assert checked(regional(n=60)).status == "not_applicable"
    frame = regional(n=2000)
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(2000, 500)), columns=[f"x{at}" for at in range(500)])
    result = checked(frame.join(wide).assign(who=[f"w{at}" for at in range(2000)]))
    assert result.status == "warn"
    assert "region = n" in result.reason
    assert "columns the 100 that seemed to matter most" in result.reason
    assert "who (names rows)" in result.reason
