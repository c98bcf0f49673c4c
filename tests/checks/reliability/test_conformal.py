import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from trustlab.checks.reliability.conformal import conformal
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=4000, seed=0, noisy=0.0):
    """Half of the rows belong to group b; their labels are noise with a chance of ``noisy``."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, n)
    group = np.where(rng.random(n) < 0.5, "a", "b")
    y = (rng.random(n) < p).astype(int)
    y = np.where((group == "b") & (rng.random(n) < noisy), 1 - (p >= 0.5), y)
    return pd.DataFrame({"x": rng.normal(size=n), "p": p, "group": group, "y": y})


def checked(frame, seed=0, **parameters):
    subject = Subject.load(data=frame, target="y", score="p", sensitive="group", context=Context())
    return evaluate(conformal, {"subject": subject}, Context(seed=seed), parameters=parameters)


def test_the_promise_is_kept_and_counted_by_hand():
    covered = []
    for seed in range(40):
        row = checked(rows(1000, seed=seed), seed=seed).view("overall").rows[0]
        covered.append(row[2])
        assert row[3] <= row[2] <= row[4]
        assert 1 <= row[5] <= 2
    assert np.mean(covered) == pytest.approx(0.9, abs=0.012)


def test_alike_groups_pass_and_one_that_is_not_warns():
    clean = [checked(rows(2000, seed=seed), seed=seed).status for seed in range(20)]
    assert clean.count("pass") >= 18
    planted = [checked(rows(2000, seed=seed, noisy=0.3), seed=seed) for seed in range(20)]
    assert sum(result.status == "warn" for result in planted) == 20
    assert all("group is b" in result.reason for result in planted)
    by_group = planted[0].view("by_group")
    line = dict(zip(by_group.columns, by_group.rows[by_group.column("group").index("b")], strict=True))
    assert line["covered"] < 0.87 < line["mondrian"]
    assert line["mondrian size"] > line["size"]


def test_a_regression_has_ranges():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(3000, 2)), columns=["a", "b"])
    y = X.a + rng.normal(size=3000)
    model = LinearRegression().fit(X[:1000], y[:1000])
    subject = Subject.load(model=model, data=X[1000:], target=y[1000:], task="regression", context=Context())
    result = evaluate(conformal, {"subject": subject}, Context())
    row = result.view("overall").rows[0]
    assert row[2] == pytest.approx(0.9, abs=0.03)
    assert row[5] == pytest.approx(2 * 1.645, rel=0.08)  # the central 90% of a standard normal
    assert result.status == "pass"


def test_several_classes_have_sets():
    rng = np.random.default_rng(2)
    X = pd.DataFrame(rng.normal(size=(3000, 3)), columns=list("abc"))
    y = np.argmax(X.to_numpy() + rng.gumbel(size=(3000, 3)), axis=1)
    model = LogisticRegression().fit(X[:1000], y[:1000])
    subject = Subject.load(model=model, data=X[1000:], target=y[1000:], task="multiclass", context=Context())
    views = [evaluate(conformal, {"subject": subject}, Context(seed=seed)).view("overall") for seed in range(30)]
    assert np.mean([view.rows[0][2] for view in views]) == pytest.approx(0.9, abs=0.01)
    assert all(sum(row[5] for row in view.rows[1:]) == pytest.approx(1) for view in views)


def test_few_rows_or_labels_alone_are_not_applicable():
    assert checked(rows(4000).head(40)).status == "not_applicable"
    frame = rows(500).assign(told=1)
    subject = Subject.load(data=frame, target="y", prediction="told", drop=["p"], context=Context())
    result = evaluate(conformal, {"subject": subject}, Context())
    assert result.status == "not_applicable"
    assert "probabilities" in result.reason
    one = rows(300).assign(group="a")
    assert checked(one).status in {"pass", "warn"}


def test_groups_that_cannot_be_compared_are_no_pass():
    frame = rows(300).assign(group="a", p=lambda f: f.p / 2)  # every row is predicted 0
    result = checked(frame)
    assert result.status == "not_applicable"
    assert "no group" in result.reason
    assert result.view("overall").rows
