import numpy as np
import pandas as pd
import pytest

from trustlab.checks.segments.worst_slice import worst_slice
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def people(n=4000, bad=0.45, base=0.1, seed=0):
    """Predictions that err more often for the self-employed in debt, and nowhere else."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "income": rng.gamma(2, 1000, n),
            "debt_ratio": rng.uniform(0, 1, n),
            "self_employed": rng.choice(["yes", "no"], n, p=[0.3, 0.7]),
            "region": rng.choice(["north", "south", None], n),
            "y": rng.integers(0, 2, n),
        }
    )
    hard = (frame.debt_ratio > 0.75) & (frame.self_employed == "yes")
    wrong = rng.random(n) < np.where(hard, bad, base)
    return frame.assign(said=np.where(wrong, 1 - frame.y, frame.y))


def checked(frame, context=None, **parameters):
    around = context or Context()
    subject = Subject.load(data=frame, target="y", prediction="said", context=around)
    return evaluate(worst_slice, {"subject": subject}, around, parameters=parameters)


def test_a_planted_slice_is_found_confirmed_and_named():
    frame = people()
    result = checked(frame)
    assert result.status == "warn"
    assert "debt_ratio > 0.7" in result.reason
    assert "self_employed = yes" in result.reason
    assert "confirmed on the held-out half" in result.reason
    assert result.interval[0] > 0
    assert result.p_value < 0.05
    assert result.value == pytest.approx(0.35, abs=0.12)
    assert result.view("slices").column("confirmed")[0] is True


def test_even_errors_pass():
    false_alarms = sum(checked(people(n=1200, bad=0.1, seed=seed)).status != "pass" for seed in range(20))
    assert false_alarms <= 3  # 5 % of 20, and two standard deviations
    result = checked(people(n=1200, bad=0.1))
    assert result.status == "pass"
    assert "No slice" in result.reason


def test_the_numbers_of_a_slice_can_be_counted_by_hand():
    frame = people(n=3000)
    result = checked(frame, order=1)
    row = dict(zip(result.view("slices").columns, result.view("slices").rows[0], strict=True))
    assert row["difference"] == pytest.approx(row["error"] - row["error_outside"])
    wrong = frame.said != frame.y
    mask = frame.self_employed == "yes" if row["slice"] == "self_employed = yes" else frame.debt_ratio > 0.74
    assert row["error"] == pytest.approx(wrong[mask].mean(), abs=0.06)
    assert row["n"] == pytest.approx(mask.sum() / 2, rel=0.15)


def test_regression_errors_are_in_the_units_of_the_target():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.normal(size=2000), "g": rng.choice(list("uvw"), 2000), "y": rng.normal(size=2000)})
    frame["said"] = frame.y + rng.normal(size=2000) * np.where(frame.g == "w", 5.0, 1.0)
    result = checked(frame)
    assert result.status == "warn"
    assert "g = w" in result.reason
    assert "mean absolute error" in result.reason
    # the mean of |N(0, s)| is s * sqrt(2 / pi)
    assert result.value == pytest.approx(4 * np.sqrt(2 / np.pi), rel=0.15)


def test_too_few_rows_are_not_applicable_and_perfect_predictions_pass():
    assert checked(people(n=70)).status == "not_applicable"
    frame = people()
    result = checked(frame.assign(said=frame.y))
    assert result.status == "pass"
    assert result.value is None


def test_many_features_and_odd_names_are_bounded_text():
    frame = people(n=1000)
    rng = np.random.default_rng(2)
    noise = pd.DataFrame(rng.normal(size=(1000, 60)), columns=[f"<img src=x onerror=alert({i})>" for i in range(60)])
    result = checked(frame.join(noise), max_features=10, candidates=5)
    assert result.status in {"pass", "warn"}
    assert len(result.view("slices").rows) <= 5


def test_same_seed_same_result():
    frame = people(n=1500)
    assert checked(frame, Context(seed=3)).value == checked(frame, Context(seed=3)).value


def test_sensitive_attributes_are_sliced_by_too():
    frame = people(n=2000, bad=0.1)
    group = pd.Series(np.random.default_rng(5).choice(["x", "y"], 2000), name="group")
    wrong = np.random.default_rng(6).random(2000) < np.where(group == "x", 0.5, 0.1)
    frame["said"] = np.where(wrong, 1 - frame.y, frame.y)
    subject = Subject.load(data=frame, target="y", prediction="said", sensitive=group, context=Context())
    result = evaluate(worst_slice, {"subject": subject}, Context())
    assert result.reason.startswith("group = x")
