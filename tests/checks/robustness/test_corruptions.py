"""Corruptions of rules whose losses follow by arithmetic."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

from trustlab.checks.robustness._table_corruptions import NOISE, SHARES, STEPS, mistyped
from trustlab.checks.robustness.corruptions import corruptions
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject

N = 4000


def judged(model, X, y, **parameters):
    before = X.copy(deep=True)
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    result = evaluate(corruptions, {"subject": subject}, Context(), parameters={"max_rows": N, **parameters})
    pd.testing.assert_frame_equal(X, before)
    return result


def rule(function):
    return as_predictor(lambda rows: np.asarray(function(rows)).astype(int), task="binary", classes=[0, 1])


def drops(result):
    return {row[0]: row[1:] for row in result.view("drop").rows}


def test_a_threshold_loses_what_arithmetic_says():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N)})
    sign = lambda rows: rows["a"] > 0  # noqa: E731
    found = drops(judged(rule(sign), X, sign(X).astype(int)))
    assert set(found) == {"noise", "missing", "unit_10", "unit_1000", "swapped", "rounded", "stale"}
    shares = np.array(SHARES)
    # a normal number and its noisy copy of correlation r differ in sign with chance arccos(r) / pi
    assert found["noise"] == pytest.approx(np.arccos(1 / np.sqrt(1 + np.array(NOISE) ** 2)) / np.pi, abs=0.02)
    assert found["unit_10"] == pytest.approx([0] * 5)
    # an independent value has the other sign half of the time; a gap is not above 0
    for name in ("swapped", "stale", "missing"):
        assert found[name] == pytest.approx(shares / 2, abs=0.02), name
    a = X["a"] / X["a"].std(ddof=0)
    assert found["rounded"] == pytest.approx([((a > 0) & (a <= step / 2)).mean() for step in STEPS], abs=0.002)


def test_categories_and_texts():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"town": pd.Categorical(rng.choice(["here", "there"], N)), "flag": rng.random(N) < 0.5})
    told = lambda rows: rows["town"].astype(str) == "here"  # noqa: E731
    found = drops(judged(rule(told), X, told(X).astype(int)))
    shares = np.array(SHARES)
    assert found["category"] == pytest.approx(shares / 2, abs=0.02)
    # only a mistyped "here" stops being "here"; the other was never it
    assert found["typo"] == pytest.approx(shares / 2, abs=0.03)
    assert "noise" not in found


def test_what_the_model_refuses_is_said_and_not_counted():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 3)), columns=list("abc"))
    y = (X.a > 0).astype(int)
    result = judged(LogisticRegression().fit(X, y), X, y)
    table = result.view("by_corruption")
    state = dict(zip(table.column("corruption"), table.column("model"), strict=True))
    assert state["missing"] == "refused by the model"
    assert "refuses missing values" in result.reason
    assert result.value == pytest.approx(np.mean([row[2] for row in table.rows if row[2] is not None]))
    assert result.provenance["mean corruption error"] == pytest.approx(
        np.mean([row[6] for row in table.rows if row[6] is not None])
    )
    assert result.interval[0] < result.value < result.interval[1]


def test_regression_counts_squared_errors_over_the_variance():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=N)})
    y = 2 * X.a
    found = drops(judged(LinearRegression().fit(X, y), X, y))
    assert found["noise"] == pytest.approx(np.array(NOISE) ** 2, rel=0.1)


@pytest.mark.parametrize("rows", [3, 60])
def test_odd_tables_survive(rows):
    X = pd.DataFrame(
        {
            "a": np.arange(rows) * 1.0,
            "gap": [np.nan] * rows,
            "blank": [None] * rows,
            "many": [f"c{at}" for at in range(rows)],
            "when": pd.date_range("2020", periods=rows),
        }
    )
    y = np.arange(rows) % 2
    model = rule(lambda frame: frame["a"].fillna(0) > 1)
    assert judged(model, X, y).status == "pass"
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3000)))
    wide.columns = [f"x{at}" for at in range(3000)]
    labels = np.arange(30) % 2
    assert judged(HistGradientBoostingClassifier(max_iter=1).fit(wide, labels), wide, labels).status == "pass"


def test_a_typing_error_is_one_edit():
    rng = np.random.default_rng(0)
    words = [mistyped("street", rng) for _ in range(200)]
    assert {len(word) for word in words} == {5, 6, 7}
    assert len(set(words)) > 30
    assert mistyped("", rng) == ""
