"""Classification metrics against scikit-learn, and their behaviour where a class is missing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from trustlab.core.errors import InputError, UsageError
from trustlab.stats import classification as ours

pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


@given(pairs)
@settings(max_examples=200, deadline=None)
def test_macro_metrics_equal_scikit_learn(rows):
    truth, decision = np.array(rows).T
    matrix = ours.confusion_matrix(truth, decision, 4)
    assert matrix.tolist() == metrics.confusion_matrix(truth, decision, labels=range(4)).tolist()
    assert ours.accuracy(matrix) == pytest.approx(metrics.accuracy_score(truth, decision))
    seen = np.unique(rows)
    for mine, theirs in (
        (ours.macro_precision, metrics.precision_score),
        (ours.macro_recall, metrics.recall_score),
        (ours.macro_f1, metrics.f1_score),
    ):
        reference = theirs(truth, decision, average="macro", labels=seen, zero_division=0)
        assert mine(matrix) == pytest.approx(reference)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of classes that are only predicted
        assert ours.balanced_accuracy(matrix) == pytest.approx(metrics.balanced_accuracy_score(truth, decision))


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_binary_metrics_equal_scikit_learn(rows):
    truth, decision = np.array(rows).T
    matrix = ours.confusion_matrix(truth, decision, 2)
    for mine, theirs in (
        (ours.precision, metrics.precision_score),
        (ours.recall, metrics.recall_score),
        (ours.f1, metrics.f1_score),
    ):
        assert mine(matrix) == pytest.approx(theirs(truth, decision, zero_division=np.nan), nan_ok=True)


@given(pairs)
@settings(max_examples=200, deadline=None)
def test_agreement_and_weighted_means_equal_scikit_learn(rows):
    truth, decision = np.array(rows).T
    matrix = ours.confusion_matrix(truth, decision, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn divides by 0 where all is one class
        assert ours.matthews(matrix) == pytest.approx(metrics.matthews_corrcoef(truth, decision), abs=1e-12)
        kappa = metrics.cohen_kappa_score(truth, decision, labels=range(4))
    assert ours.cohen_kappa(matrix) == pytest.approx(kappa, nan_ok=True, abs=1e-12)
    for mine, theirs in ((ours.weighted_precision, metrics.precision_score), (ours.weighted_f1, metrics.f1_score)):
        assert mine(matrix) == pytest.approx(theirs(truth, decision, average="weighted", zero_division=0))


def test_specificity_is_the_recall_of_the_other_class():
    truth, decision = [0, 0, 0, 1, 1], [0, 1, 0, 1, 0]
    found = ours.specificity(ours.confusion_matrix(truth, decision, 2))
    assert found == pytest.approx(metrics.recall_score(truth, decision, pos_label=0))


def test_no_rows_and_absent_classes():
    empty = ours.confusion_matrix([], [], 3)
    macros = (ours.macro_precision, ours.macro_recall, ours.macro_f1, ours.weighted_f1, ours.matthews, ours.cohen_kappa)
    for metric in (ours.accuracy, ours.balanced_accuracy, *macros):
        assert np.isnan(metric(empty)), metric.__name__
    matrix = ours.confusion_matrix([0, 0, 1], [0, 1, 1], 3)
    assert ours.class_recall(matrix) == pytest.approx([0.5, 1, np.nan], nan_ok=True)
    assert ours.class_precision(matrix) == pytest.approx([1, 0.5, np.nan], nan_ok=True)
    assert ours.class_f1(matrix) == pytest.approx([2 / 3, 2 / 3, np.nan], nan_ok=True)


def test_draws_come_in_front():
    matrix = np.arange(8).reshape(2, 2, 2)
    assert ours.f1(matrix).tolist() == [float(ours.f1(part)) for part in matrix]
    assert ours.balanced_accuracy(matrix)[1] == pytest.approx((4 / 9 + 7 / 13) / 2)


def test_probability_scores_equal_scikit_learn():
    rng = np.random.default_rng(0)
    truth, chance = rng.integers(0, 2, 50), rng.random(50)
    assert ours.log_loss(truth, chance) == pytest.approx(metrics.log_loss(truth, chance))
    assert ours.brier(truth, chance) == pytest.approx(metrics.brier_score_loss(truth, chance))
    table = rng.dirichlet(np.ones(4), 50)
    classes = rng.integers(0, 4, 50)
    losses = ours.multiclass_log_losses(classes, table)
    assert losses.mean() == pytest.approx(metrics.log_loss(classes, table, labels=range(4)))
    by_hand = ((table - np.eye(4)[classes]) ** 2).sum(axis=1)
    assert ours.multiclass_brier_scores(classes, table) == pytest.approx(by_hand)


def test_a_sure_mistake_stays_finite_and_no_rows_are_unknown():
    assert ours.log_loss([1, 0], [0.0, 0.0]) == pytest.approx(-np.log(np.finfo(float).eps) / 2)
    assert ours.log_loss([1], [1.0]) == 0
    assert np.isnan(ours.log_loss([], []))
    assert np.isnan(ours.brier([], []))


def test_bad_input_is_named():
    with pytest.raises(InputError, match="below 2; got 2"):
        ours.confusion_matrix([0, 2], [0, 1], 2)
    with pytest.raises(InputError, match="0 upward; got -1"):
        ours.confusion_matrix([0, -1], [0, 1], 2)
    with pytest.raises(InputError, match="fraction"):
        ours.confusion_matrix([0, 0.5], [0, 1], 2)
    with pytest.raises(UsageError, match="n_classes"):
        ours.confusion_matrix([], [], 0)
    with pytest.raises(InputError, match="two equal axes"):
        ours.accuracy([1, 2, 3, 4])
    with pytest.raises(InputError, match="two classes; got 3"):
        ours.f1(np.eye(3))
    with pytest.raises(InputError, match=r"between 0 and 1; got 1\.5"):
        ours.brier([1], [1.5])
    with pytest.raises(InputError, match="sum to 1"):
        ours.multiclass_log_losses([0], [[0.5, 0.6]])
    with pytest.raises(InputError, match="rows and classes"):
        ours.multiclass_log_losses([0], [0.5])
