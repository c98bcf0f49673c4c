"""Group counts against published tables, fairlearn, scikit-learn and a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn import metrics as fairlearn_metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from trustlab.core.errors import InputError
from trustlab.stats import counts
from trustlab.stats.counts import RATES, group_confusion

# Larson et al. (2016), "How we analyzed the COMPAS recidivism algorithm": TN, FP, FN, TP
COMPAS = {"African-American": (990, 805, 532, 1369), "Caucasian": (1139, 349, 461, 505)}


def rows_of(cells):
    truth = np.repeat([0, 0, 1, 1], cells)
    decision = np.repeat([0, 1, 0, 1], cells)
    return truth, decision


def test_compas_by_hand():
    parts = {name: rows_of(cells) for name, cells in COMPAS.items()}
    truth = np.concatenate([part[0] for part in parts.values()])
    decision = np.concatenate([part[1] for part in parts.values()])
    group = np.repeat(list(parts), [len(part[0]) for part in parts.values()])
    order = np.random.default_rng(0).permutation(len(truth))
    counted = group_confusion(truth[order], decision[order], group[order])
    assert counted.groups.tolist() == list(COMPAS)
    assert counted.cells.tolist() == [list(cells) for cells in COMPAS.values()]
    assert np.round(100 * counts.fpr(counted.cells), 2).tolist() == [44.85, 23.45]
    assert np.round(100 * counts.fnr(counted.cells), 2).tolist() == [27.99, 47.72]
    assert counted.n.tolist() == [3696, 2454]
    assert counted.overall.tolist() == [2129, 1154, 993, 1874]
    assert (counted.tn[0], counted.fp[0], counted.fn[0], counted.tp[0]) == COMPAS["African-American"]


def test_fairlearn_documented_example():
    truth = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0]
    rng = np.random.default_rng(1)
    decision, group = rng.integers(0, 2, 18), rng.choice(list("abc"), 18)
    frame = fairlearn_metrics.MetricFrame(
        metrics={
            "selection_rate": fairlearn_metrics.selection_rate,
            "tpr": fairlearn_metrics.true_positive_rate,
            "fpr": fairlearn_metrics.false_positive_rate,
            "fnr": fairlearn_metrics.false_negative_rate,
            "tnr": fairlearn_metrics.true_negative_rate,
            "accuracy": sklearn_metrics.accuracy_score,
        },
        y_true=truth,
        y_pred=decision,
        sensitive_features=group,
    ).by_group
    counted = group_confusion(truth, decision, group)
    for name in frame.columns:
        assert RATES[name](counted.cells) == pytest.approx(frame[name].to_numpy(), nan_ok=True), name


rows = st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from(["x", "y", "z"])), max_size=40)


@given(rows)
@settings(max_examples=200, deadline=None)
def test_counts_equal_a_plain_loop(triples):
    truth, decision, group = ([triple[place] for triple in triples] for place in range(3))
    counted = group_confusion(np.array(truth, bool), np.array(decision, float), np.array(group, object), list("xyz"))
    for place, name in enumerate("xyz"):
        pairs = [(y, yhat) for y, yhat, label in triples if label == name]
        assert counted.cells[place].tolist() == [
            pairs.count(pair) for pair in ((False, False), (False, True), (True, False), (True, True))
        ]


def test_every_rate_by_hand():
    cells = np.array([10, 20, 30, 40])
    expected = {
        "fpr": 20 / 30,
        "fnr": 30 / 70,
        "tpr": 40 / 70,
        "tnr": 10 / 30,
        "ppv": 40 / 60,
        "npv": 10 / 40,
        "fdr": 20 / 60,
        "for": 30 / 40,
        "selection_rate": 0.6,
        "accuracy": 0.5,
        "error_rate": 0.5,
        "base_rate": 0.7,
    }
    assert {name: float(rate(cells)) for name, rate in RATES.items()} == pytest.approx(expected)
    assert all(name == rate.name for name, rate in RATES.items())


def test_empty_and_one_class_groups_have_nan_where_nothing_can_be_said():
    counted = group_confusion([1, 1], [1, 0], ["b", "b"], groups=["a", "b"])
    assert counted.cells.tolist() == [[0, 0, 0, 0], [0, 0, 1, 1]]
    assert np.isnan([rate(counted.cells)[0] for rate in RATES.values()]).all()
    assert np.isnan(counts.fpr(counted.cells)[1])
    assert counts.tpr(counted.cells)[1] == 0.5
    none = group_confusion([], [], [])
    assert none.cells.shape == (0, 4)
    assert counts.fpr(none.cells).shape == (0,)


def test_rates_take_any_leading_axes():
    cells = np.arange(24).reshape(2, 3, 4)
    assert counts.ppv(cells).shape == (2, 3)
    assert counts.ppv(cells)[1, 2] == counts.ppv(cells[1, 2])
    with pytest.raises(InputError, match="tn, fp, fn, tp"):
        counts.ppv(np.zeros(3))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([0, 2], [0, 1], ["a", "b"]), "y_true must hold only 0 and 1; got 2"),
        (([0, np.nan], [0, 1], ["a", "b"]), "y_true must hold no missing values"),
        (([0, 1], ["no", "yes"], ["a", "b"]), "y_pred must hold numbers"),
        (([0, 1], [0, 1], ["a"]), "group 1"),
        (([0, 1], [0, 1], np.array(["a", None], object)), "label in every row"),
        (([0, 1], [0, 1], [0.5, np.nan]), "label in every row"),
        (([[0, 1]], [0, 1], ["a", "b"]), "one dimension"),
        (([0, 1], [0, 1], ["white", "blakc"], ["white", "black"]), "Did you mean 'black'"),
    ],
)
def test_bad_input_is_named(arguments, said):
    with pytest.raises(InputError, match=said):
        group_confusion(*arguments)
