import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from tests.checks.explanation.subjects import judged, linear
from trustlab.checks.explanation.group_difference import _welch, group_difference


def subject_of(shift, groups=2, n=600):
    rng = np.random.default_rng(0)
    sex = rng.integers(0, groups, n)
    X = pd.DataFrame({"pay": rng.normal(size=n) + shift * (sex == 0), "debt": rng.normal(size=n)})
    names = np.array([f"group {at}" for at in range(groups)])[sex]
    return linear([2.0, 1.0], X, sensitive=pd.Series(names, name="sex"))


def test_the_parts_add_up_to_the_difference_and_name_its_source():
    result = judged(group_difference, subject_of(1.5))
    rows = result.view("by_input")
    assert rows.column("feature")[0] == "pay"
    assert sum(rows.column("difference")) == pytest.approx(result.value, abs=1e-9)
    assert result.interval[0] < 3.0 < result.interval[1]
    assert rows.column("p_adjusted")[0] < 0.01
    assert "sex = group 0" in result.reason


def test_groups_alike_could_be_noise():
    result = judged(group_difference, subject_of(0.0))
    assert "could be noise" in result.reason


def test_many_groups_and_tiny_ones():
    result = judged(group_difference, subject_of(1.0, groups=4))
    assert len(result.view("by_group").rows) == 4
    assert judged(group_difference, subject_of(1.0, groups=400)).status == "not_applicable"


def test_welch_is_scipys():
    rng = np.random.default_rng(0)
    values, inside = rng.normal(size=80), np.arange(80) < 30
    expected = ttest_ind(values[inside], values[~inside], equal_var=False)
    value, lo, hi, p_value = _welch(values, inside, 0.95)
    assert p_value == pytest.approx(expected.pvalue)
    assert (lo, hi) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert value == pytest.approx(values[inside].mean() - values[~inside].mean())
