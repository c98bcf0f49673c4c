import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from trustlab.models.adapt import as_predictor
from trustlab.train.mitigated import GroupThresholds, Vote, group_of_values


def fitted(n=200, classes=(0, 1)):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=n), "group": rng.choice(["a", "b"], n)})
    y = np.asarray(classes)[(X.x + rng.normal(size=n) > 0).astype(int)]
    return X, y, LogisticRegression().fit(X[["x"]], y)


def test_a_vote_says_what_most_of_the_weight_says():
    X, _, model = fitted()

    class Always:
        def __init__(self, code):
            self.code = code

        def predict(self, rows):
            return np.full(len(rows), self.code)

    vote = Vote([model, Always(1), Always(0)], [0.4, 0.35, 0.25], ["no", "yes"], ["x"])
    expected = 0.4 * model.predict(X[["x"]]) + 0.35
    assert vote.predict_proba(X)[:, 1] == pytest.approx(expected)
    assert vote.predict(X).tolist() == np.where(expected >= 0.5, "yes", "no").tolist()
    alone = Vote([model], [1.0], [0, 1], ["x"])
    assert alone.predict_proba(X) == pytest.approx(model.predict_proba(X[["x"]]))


def test_thresholds_are_those_of_the_group_and_unknown_values_keep_the_models_rule():
    X, _, model = fitted(classes=("no", "yes"))
    told = as_predictor(model, name="m")
    groups = group_of_values(X.group, X.group.to_numpy())
    rules = {"a": [(1.0, ">", 0.3), (0.0, ">", 0.9)], "b": [(0.5, ">", 0.8), (0.5, ">", 0.2)]}
    native = GroupThresholds(told, ["no", "yes"], "group", groups, rules, {"a": (0.0, 0.0), "b": (0.0, 0.0)})
    p = model.predict_proba(X[["x"]])[:, 1]
    found = native.predict_proba(X)[:, 1]
    a = (X.group == "a").to_numpy()
    assert found[a].tolist() == (p[a] > 0.3).astype(float).tolist()
    assert found[~a].tolist() == ((p[~a] > 0.8) / 2 + (p[~a] > 0.2) / 2).tolist()
    assert set(native.predict(X)) <= {"no", "yes"}
    new = native.predict_proba(X.assign(group="c"))[:, 1]
    assert new.tolist() == (p >= 0.5).astype(float).tolist()


def test_values_of_every_kind_have_their_group():
    assert group_of_values(pd.Series([1, 2, 1]), ["1", "2", "1"]) == {1: "1", 2: "2"}
    assert group_of_values(pd.Series(["x", None]), ["x", "(missing)"]) == {"x": "x", None: "(missing)"}
    assert group_of_values(pd.Series([1.5, np.nan]), ["1.5", "(missing)"]) == {1.5: "1.5", None: "(missing)"}
