import numpy as np
import pandas as pd
import pytest
from scipy import stats

from trustlab.checks.quality.feature_correlation import feature_correlation
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.association import correlation_ratio, cramers_v


def rows(n=800, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    return pd.DataFrame(
        {
            "a": a,
            "b": a + rng.normal(size=n),
            "u": rng.choice(["x", "y"], n),
            "v": np.where(a + rng.normal(size=n) > 0, "p", "q"),
            "y": rng.integers(0, 2, n),
        }
    )


def checked(frame):
    subject = Subject.load(data=frame, target="y", context=Context())
    return evaluate(feature_correlation, {"subject": subject}, Context())


def test_the_numbers_are_spearman_v_and_eta():
    frame = rows()
    result = checked(frame)
    assert result.status == "pass"
    found = {frozenset(row[:2]): row[2] for row in result.view("pairs").rows}
    assert found[frozenset("ab")] == pytest.approx(stats.spearmanr(frame.a, frame.b).statistic)
    assert found[frozenset("uv")] == pytest.approx(cramers_v(frame.u, frame.v))
    assert found[frozenset("av")] == pytest.approx(correlation_ratio(frame.v, stats.rankdata(frame.a)), abs=0.005)
    assert result.interval[0] < result.value < result.interval[1]


def test_the_same_said_twice_warns():
    frame = rows().assign(twice=lambda f: np.exp(f.a), code=lambda f: f.u.map({"x": "1", "y": "2"}))
    result = checked(frame)
    assert result.status == "warn"
    assert result.value == 1
    closest = {frozenset(row[:2]) for row in result.view("pairs").rows[:2]}
    assert closest == {frozenset({"a", "twice"}), frozenset({"u", "code"})}


def test_constants_gaps_and_few_columns():
    assert checked(rows().assign(same=1, gone=np.nan, endless=np.inf)).status == "pass"
    assert checked(rows()[["a", "y"]]).status == "not_applicable"
    assert checked(rows().assign(a=1, b=2, u="x", v="y")).status == "not_applicable"
