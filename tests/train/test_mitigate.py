import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import demographic_parity_difference
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from trustlab.models.adapt import as_predictor
from trustlab.train.mitigate import METHODS, Rows, candidates, reweighing, why_no_refit, why_no_threshold


def lender(labels=(0, 1), n=1500):
    """A lender whose labels favour group a, and a model that has learned it from a proxy."""
    rng = np.random.default_rng(0)
    group = rng.choice(["a", "b"], n)
    merit = rng.normal(size=n)
    proxy = (group == "a") + rng.normal(0, 0.3, n)
    y = (merit + 2 * (group == "a") + rng.normal(0, 0.5, n) > 1).astype(int)
    frame = pd.DataFrame({"merit": merit, "proxy": proxy, "group": group})
    told = np.asarray(labels)[y]
    model = LogisticRegression().fit(frame[["merit", "proxy"]], told)
    return as_predictor(model, name="lender"), Rows(frame=frame, labels=told, y=y, column="group", groups=group)


def gap(predictor, rows, positive):
    said = predictor.predict(rows.frame) == positive
    return demographic_parity_difference(rows.y, said.astype(int), sensitive_features=rows.groups)


def test_weights_make_group_and_label_independent():
    y, groups = np.array([0, 0, 1, 1, 1, 0]), np.array(["a", "a", "a", "b", "b", "b"])
    weights = reweighing(y, groups)
    # Kamiran and Calders: P(group) P(label) / P(group, label)
    assert weights.tolist() == pytest.approx([0.75, 0.75, 1.5, 0.75, 0.75, 1.5])
    assert np.average(y[groups == "a"], weights=weights[groups == "a"]) == pytest.approx(0.5)
    assert reweighing(np.array([1, 1]), np.array(["a", "b"])).tolist() == [1, 1]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("labels", [(0, 1), ("yes", "no")])
def test_every_method_has_a_candidate_that_narrows_the_gap_and_leaves_the_model_alone(method, labels):
    model, rows = lender(labels)
    digest, before = model.digest(), gap(model, rows, labels[1])
    found = list(candidates(model, rows, "demographic_parity", method, 0, labels[1]))
    gaps = [gap(one.predictor, rows, labels[1]) for one in found]
    assert before > 0.4
    assert min(gaps) < 0.6 * before, (before, gaps)
    assert model.digest() == digest
    accurate = [np.mean(one.predictor.predict(rows.frame) == rows.labels) for one in found]
    assert max(accurate) > 0.65


def test_what_cannot_be_trained_again_says_why():
    model, rows = lender()
    assert why_no_refit(model) is None
    neighbours = as_predictor(KNeighborsClassifier().fit(rows.frame[["merit"]], rows.y))
    assert "takes no sample weights" in why_no_refit(neighbours)
    function = as_predictor(lambda X: (X["merit"] > 0).astype(int), task="binary", classes=[0, 1], name="f")
    assert "only scikit-learn" in why_no_refit(function)
    assert "no probabilities" in why_no_threshold(function)
