import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.checks.fairness.audited import asked, rows_of
from trustlab.checks.fairness.regression import regression


def wages(seed, n=1500, off=0.0, spread=1.0):
    rng = np.random.default_rng(seed)
    y = rng.normal(50, 10, n)
    group = rng.choice(["a", "b"], n)
    noise = rng.normal(0, 5, n) * np.where(group == "b", spread, 1)
    return pd.DataFrame({"y": y, "said": y + noise - off * (group == "b"), "group": group})


def test_one_group_understated_warns_and_a_clean_model_does_not():
    planted = asked(regression, wages(0, off=8.4))
    assert planted.status == "warn"
    assert "group b is understated against a by 0.8" in planted.reason
    assert [asked(regression, wages(seed)).status for seed in range(20)].count("pass") == 20


def test_numbers_are_those_of_scipy_and_a_hand_count():
    frame = wages(1, n=200, off=2)
    result = asked(regression, frame)
    sides = [(frame.y - frame.said)[frame.group == name] for name in "ba"]
    test = stats.ttest_ind(*sides, equal_var=False)
    assert result.value == pytest.approx((sides[0].mean() - sides[1].mean()) / frame.y.std())
    assert result.interval == pytest.approx([max(end, 0) / frame.y.std() for end in test.confidence_interval(0.95)])
    own = frame[frame.group == "a"]
    table = rows_of(result, "by_group", "group").loc["a"]
    assert table["mae"] == pytest.approx((own.y - own.said).abs().mean())
    assert table["rmse"] == pytest.approx(np.sqrt(((own.y - own.said) ** 2).mean()))
    parity = rows_of(result, "parity", "group").loc["a"]
    other = frame[frame.group == "b"]
    assert parity["ks"] == pytest.approx(stats.ks_2samp(own.said, other.said).statistic)
    assert parity["wasserstein"] == pytest.approx(stats.wasserstein_distance(own.said, other.said))
    assert parity["ks_lo"] <= parity["ks"] <= parity["ks_hi"]


def test_missing_predictions_constant_targets_and_one_group_are_not_applicable():
    assert asked(regression, wages(2).assign(group="a")).status == "not_applicable"
    constant = {"target": "y", "prediction": "said", "task": "regression"}
    assert asked(regression, wages(2).assign(y=1.0), named=constant).status == "not_applicable"
    few = asked(regression, wages(3, n=3), named=constant)
    assert few.status == "not_applicable"
