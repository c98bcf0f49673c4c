import numpy as np
import pandas as pd
import pytest
from scipy import stats

from trustlab.checks.quality.missing_patterns import missing_patterns
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    frame = frame.assign(word=rng.choice(["x", "y", "z"], n), group=rng.choice(["u", "v"], n), y=rng.integers(0, 2, n))
    frame.loc[rng.random(n) < 0.1, "a"] = np.nan
    frame.loc[rng.random(n) < 0.2, "b"] = np.nan
    return frame


def checked(frame):
    subject = Subject.load(data=frame, target="y", sensitive="group", drop=["group"], context=Context())
    return evaluate(missing_patterns, {"subject": subject}, Context())


def test_gaps_at_random_pass():
    statuses = [checked(rows(seed=seed)).status for seed in range(20)]
    assert statuses.count("pass") >= 19


@pytest.mark.parametrize("cause", ["number", "category", "group", "gap"])
def test_gaps_with_a_pattern_are_found(cause):
    frame = rows()
    where = {"number": frame.d > 1, "category": frame.word == "x", "group": frame.group == "u", "gap": frame.b.isna()}
    frame.loc[where[cause] & (np.arange(1000) % 2 == 0), "c"] = np.nan
    result = checked(frame)
    assert result.status == "warn"
    named = {"number": "d", "category": "word = x", "group": "group = u", "gap": "b is missing"}[cause]
    assert ("c", named) in [row[:2] for row in result.view("patterns").rows]


def test_the_p_value_is_wilcoxons():
    frame = rows()[["a", "c", "y"]].assign(group="u")
    result = checked(frame)
    gone = frame.a.isna()
    expected = stats.mannwhitneyu(frame.c[gone], frame.c[~gone], use_continuity=False, method="asymptotic").pvalue
    assert result.p_value == pytest.approx(expected, rel=1e-6)


def test_too_few_gaps_do_not_apply():
    assert checked(rows().assign(a=1.0, b=2.0)).status == "not_applicable"
    assert checked(rows().assign(a=np.nan, b=np.nan)).status == "not_applicable"
