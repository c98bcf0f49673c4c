"""Measures against scikit-learn, and that the paired test of each holds its level."""

import numpy as np
import pytest
from sklearn import metrics

from trustlab.checks.measures import Answers, measures_of

REFERENCE = {
    "accuracy": lambda a: metrics.accuracy_score(a.y, a.y_pred),
    "balanced_accuracy": lambda a: metrics.balanced_accuracy_score(a.y, a.y_pred),
    "roc_auc": lambda a: metrics.roc_auc_score(a.y, a.proba[:, 1]),
    "average_precision": lambda a: metrics.average_precision_score(a.y, a.proba[:, 1]),
    "f1": lambda a: metrics.f1_score(a.y, a.y_pred),
    "macro_f1": lambda a: metrics.f1_score(a.y, a.y_pred, average="macro"),
    "matthews": lambda a: metrics.matthews_corrcoef(a.y, a.y_pred),
    "log_loss": lambda a: metrics.log_loss(a.y, a.proba),
    "r2": lambda a: metrics.r2_score(a.y, a.y_pred),
    "rmse": lambda a: metrics.root_mean_squared_error(a.y, a.y_pred),
    "mae": lambda a: metrics.mean_absolute_error(a.y, a.y_pred),
}


def answers(task, seed, n=300):
    rng = np.random.default_rng(seed)
    if task == "regression":
        y = rng.normal(size=n)
        return [Answers(y, y + rng.normal(size=n), None, 0) for _ in range(2)]
    k = 2 if task == "binary" else 3
    y, found = rng.integers(0, k, n), []
    for _ in range(2):
        odds = rng.normal(size=(n, k)) + 1.2 * np.eye(k)[y]
        proba = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
        found.append(Answers(y, proba.argmax(axis=1), proba, k))
    return found


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_values_are_scikit_learns(task):
    one, two = answers(task, 0)
    for measure in measures_of(task, scores=task != "regression"):
        found = measure.compare(one, two, np.random.default_rng(0), 0.95)
        assert found.difference.value == pytest.approx(measure.value(one) - measure.value(two))
        if measure.name in REFERENCE:
            assert measure.value(one) == pytest.approx(REFERENCE[measure.name](one)), measure.name


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_equally_good_models_are_told_apart_in_one_of_twenty(task):
    measures = measures_of(task, scores=task != "regression")
    alarms = dict.fromkeys((measure.name for measure in measures), 0)
    for seed in range(150):
        one, two = answers(task, seed)
        for measure in measures:
            rng = np.random.default_rng(seed)
            alarms[measure.name] += measure.compare(one, two, rng, 0.95).p_value < 0.05
    assert max(alarms.values()) / 150 <= 0.1, alarms


def test_a_task_without_measures_has_none_and_scores_are_asked_for():
    assert measures_of("clustering", scores=True) == []
    assert [measure.name for measure in measures_of("ranking", scores=True)] == ["ndcg"]
    assert not [measure for measure in measures_of("binary", scores=False) if measure.scores]
    assert [measures_of(task, scores=True)[0].words for task in ("binary", "multiclass", "regression")] == [
        "ROC AUC",
        "balanced accuracy",
        "R2",
    ]
