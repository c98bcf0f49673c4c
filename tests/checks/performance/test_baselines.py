from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from trustlab.checks.measures import Answers, measures_of
from trustlab.checks.performance.baselines import Rival, _result, baselines
from trustlab.checks.performance.baselines import Test as Comparison
from trustlab.core.context import Context
from trustlab.core.execute import evaluate, run
from trustlab.models.subject import Subject
from trustlab.stats.intervals import Interval


def rows(seed=0, n=800, bent=False):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    odds = 3 * np.sign(X.a * X.b) if bent else 1.5 * X.a - X.b
    return X, (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)


def judged(**named):
    subject = Subject.load(**named, context=Context())
    return evaluate(baselines, {"subject": subject}, Context())


def table(result):
    view = result.view("baselines")
    return pd.DataFrame(view.rows, columns=view.columns).set_index(["baseline", "measure"])


def test_a_model_that_sees_more_than_lines_is_surely_better():
    (X, y), (Z, z) = rows(0, bent=True), rows(1, bent=True)
    model = HistGradientBoostingClassifier(random_state=0).fit(X, y)
    result = judged(model=model, data=Z, target=z, train=(X, y))
    assert result.status == "pass"
    assert "surely better" in result.reason
    found = table(result)
    own = roc_auc_score(z, model.predict_proba(Z)[:, 1])
    assert found.loc[("constant guess", "ROC AUC"), "model"] == pytest.approx(own)
    assert found.loc[("constant guess", "ROC AUC"), "value"] == 0.5
    assert found.loc[("constant guess", "accuracy"), "value"] == pytest.approx((z == np.bincount(y).argmax()).mean())
    line = found.loc[("linear model", "ROC AUC"), "value"]
    assert line == pytest.approx(0.5, abs=0.1)
    assert result.value == pytest.approx(own - max(line, 0.5))


def test_the_linear_baseline_is_a_logistic_regression_on_the_training_rows():
    (X, y), (Z, z) = rows(0), rows(1)
    model = LogisticRegression().fit(X, y)
    result = judged(model=model, data=Z, target=z, train=(X, y))
    found = table(result)
    assert found.loc[("linear model", "ROC AUC"), "value"] == pytest.approx(
        result.value * -1 + roc_auc_score(z, model.predict_proba(Z)[:, 1])
    )
    assert abs(result.value) < 0.01
    assert "could be noise" in result.reason
    assert result.status == "pass"


@pytest.mark.parametrize("seed", range(5))
def test_a_tree_that_a_line_beats_warns(seed):
    from sklearn.tree import DecisionTreeClassifier

    (X, y), (Z, z) = rows(seed), rows(100 + seed)
    result = judged(model=DecisionTreeClassifier(random_state=0).fit(X, y), data=Z, target=z, train=(X, y))
    assert result.status == "warn"
    assert "linear model: surely worse" in result.reason


@pytest.mark.parametrize("seed", range(5))
def test_answers_no_better_than_a_guess_do_not_pass_and_wrong_ones_fail(seed):
    X, y = rows(seed)
    rng = np.random.default_rng(seed)
    frame = X.assign(y=y, said=rng.permutation(y))
    random = judged(data=frame, target="y", prediction="said")
    assert random.status in {"warn", "fail"}
    assert table(random).loc[("constant guess", "balanced accuracy"), "model"] == pytest.approx(
        balanced_accuracy_score(y, frame.said)
    )
    assert judged(data=frame.assign(said=1 - y), target="y", prediction="said").status == "fail"
    assert judged(data=frame.assign(said=0), target="y", prediction="said").status == "fail"


def test_without_training_rows_the_line_answers_for_rows_it_has_not_seen():
    y = rows(3)[1]
    noise = pd.DataFrame(np.random.default_rng(4).normal(size=(800, 60))).add_prefix("n")
    frame = pd.concat([noise, pd.Series(y, name="y")], axis=1).assign(said=y)
    result = judged(data=frame, target="y", prediction="said")
    assert abs(table(result).loc[("linear model", "balanced accuracy"), "value"] - 0.5) < 0.08
    assert "in turn" in result.view("baselines").caption


def test_regression_with_text_dates_and_gaps():
    rng = np.random.default_rng(5)
    X = pd.DataFrame({"a": rng.normal(size=500), "when": pd.date_range("2020", periods=500)})
    X["town"] = rng.choice(["x", "y", "z"], 500)
    X.loc[::7, "a"] = np.nan
    y = np.nan_to_num(X.a) ** 2 + (X.town == "x") + rng.normal(size=500) / 4
    frame = X.assign(y=y, said=np.nan_to_num(X.a) ** 2 + (X.town == "x"))
    result = judged(data=frame, target="y", prediction="said")
    assert (result.status, result.unit) == ("pass", "difference in R2")
    assert table(result).loc[("constant guess", "R2"), "value"] == pytest.approx(0)
    bare = HistGradientBoostingRegressor(random_state=0).fit(X[["a"]], y)
    assert judged(model=bare, data=X[["a"]], target=y).status in {"pass", "warn"}


def test_many_classes_wide_tables_and_few_rows():
    rng = np.random.default_rng(6)
    wide = pd.DataFrame(rng.normal(size=(200, 3000)).astype("float32")).add_prefix("f")
    frame = wide.assign(y=rng.choice(list("abcde"), 200))
    result = judged(data=frame.assign(said=frame.y), target="y", prediction="said")
    assert result.status == "pass"
    few = pd.DataFrame({"x": [1, 2, 3], "y": list("aba"), "said": list("aba")})
    assert judged(data=few, target="y", prediction="said").status == "not_applicable"
    empty = pd.DataFrame({"x": [None] * 40, "y": list("ab") * 20, "said": list("ab") * 20})
    assert judged(data=empty, target="y", prediction="said").status == "pass"


@pytest.mark.usefixtures("playground")
def test_the_version_before_is_a_baseline():
    context = Context(progress=False)
    first = run("performance.baselines", {"model": "lender@1", "data": "loans@main"}, context).results[0]
    assert "version before (lender@1 is the first)" in first.reason
    run("train", {"data": "loans@main", "target": "approved", "name": "lender", "recipe": "forest"}, context)
    found = table(run("performance.baselines", {"model": "lender@2", "data": "loans@main"}, context).results[0])
    assert ("lender@1", "ROC AUC") in found.index
    alone = table(first)
    assert found.loc[("lender@1", "ROC AUC"), "value"] == pytest.approx(
        alone.loc[("constant guess", "ROC AUC"), "model"]
    )


def test_a_difference_that_cannot_be_told_is_no_pass():
    class Untold(NamedTuple):
        difference: Interval = Interval(float("nan"), float("nan"), float("nan"))
        p_value: float = float("nan")

    measure = next(one for one in measures_of("binary", scores=False) if one.name == "balanced_accuracy")
    answers = Answers(np.array([0, 1]), np.array([0, 1]), None, 2)
    rival = Rival(name="constant guess", how="always 0", model=answers, answers=answers)
    test = Comparison(rival=rival, measure=measure, own=1.0, other=0.5, found=Untold())
    assert _result([test], [test], [], 0.95).status == "warn"
