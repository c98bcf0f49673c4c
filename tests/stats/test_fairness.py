"""fairlearn's metrics against fairlearn, AIF360's against its definitions written out row by row."""

import fairlearn.metrics
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.core.errors import InputError
from trustlab.stats.counts import group_confusion
from trustlab.stats.fairness import aif360_metrics, fairlearn_metrics, smoothed_edf
from trustlab.stats.intervals import newcombe

TABLES = st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=2, max_size=5)


def rows(cells):
    """Rows of truth, decision and group that count to ``cells``."""
    y, said, group = [], [], []
    for place, (tn, fp, fn, tp) in enumerate(cells):
        y += [0] * (tn + fp) + [1] * (fn + tp)
        said += [0] * tn + [1] * fp + [0] * fn + [1] * tp
        group += [place] * (tn + fp + fn + tp)
    return np.array(y), np.array(said), np.array(group)


@given(TABLES)
@settings(max_examples=200, deadline=None)
def test_fairlearns_metrics_equal_fairlearn(cells):
    y, said, group = rows(cells)
    full = [row for row in cells if row[0] + row[1] and row[2] + row[3]]
    if len(full) < len(cells) or len(y) == 0:
        return  # fairlearn counts a rate without rows as 0: see below
    for metric in fairlearn_metrics(group_confusion(y, said, group).cells):
        expected = getattr(fairlearn.metrics, metric.name)(y, said, sensitive_features=group)
        value, lo, hi = metric.found
        if np.isnan(value):
            assert metric.scale == "ratio"
            continue
        if metric.name == "equalized_odds_ratio" and np.isnan(expected):
            continue  # one of the two rates is 0 everywhere: ours is that of the other
        assert value == pytest.approx(expected, abs=1e-12), metric.name
        assert lo - 1e-9 <= value <= hi + 1e-9, metric.name


def test_a_group_without_a_kind_of_row_is_left_out():
    found = {metric.name: metric.found for metric in fairlearn_metrics([[5, 5, 5, 5], [6, 4, 0, 0], [4, 6, 2, 8]])}
    assert found["equal_opportunity_difference"].value == pytest.approx(0.3)
    assert found["equalized_odds_difference"].value == pytest.approx(0.3)
    alone = {metric.name: metric.found for metric in fairlearn_metrics([[5, 5, 5, 5], [6, 4, 0, 0]])}
    assert np.isnan(alone["equal_opportunity_difference"].value)


def aif360_by_hand(unprivileged, privileged):
    """AIF360's definitions, from rows."""
    y, said, group = rows([unprivileged, privileged])
    one, two = group == 0, group == 1

    def share(event, among, side):
        return event[among & side].mean()

    def pair(event, among):
        return share(event, among, one), share(event, among, two)

    everyone = np.ones(len(y), bool)
    rates = {
        "true_positive_rate": pair(said == 1, y == 1),
        "false_positive_rate": pair(said == 1, y == 0),
        "false_negative_rate": pair(said == 0, y == 1),
        "false_discovery_rate": pair(y == 0, said == 1),
        "false_omission_rate": pair(y == 1, said == 0),
        "error_rate": pair(y != said, everyone),
    }
    selected = pair(said == 1, everyone)
    found = {"statistical_parity_difference": selected[0] - selected[1], "disparate_impact": selected[0] / selected[1]}
    for name, (a, b) in rates.items():
        found[f"{name}_difference"] = a - b
        if name != "true_positive_rate" and b > 0:
            found[f"{name}_ratio"] = a / b
    fpr, tpr = found["false_positive_rate_difference"], found["true_positive_rate_difference"]
    ppv = -found["false_discovery_rate_difference"]
    found["average_odds_difference"] = 0.5 * (fpr + tpr)
    found["average_abs_odds_difference"] = 0.5 * (abs(fpr) + abs(tpr))
    found["equalized_odds_difference"] = max(abs(fpr), abs(tpr))
    found["average_predictive_value_difference"] = 0.5 * (ppv + found["false_omission_rate_difference"])
    benefit = 1.0 + said - y
    between = np.where(one, benefit[one].mean(), benefit[two].mean())
    for prefix, b in (("", benefit), ("between_group_", between)):
        relative = b / b.mean()
        squared = np.mean(relative**2 - 1) / 2
        found[f"{prefix}generalized_entropy_index"] = squared
        found[f"{prefix}theil_index"] = np.mean(np.log(relative**relative))
        found[f"{prefix}coefficient_of_variation"] = 2 * np.sqrt(max(squared, 0))
    return found


CELL = st.tuples(*[st.integers(1, 40)] * 4)


@given(CELL, CELL)
@settings(max_examples=200, deadline=None)
def test_aif360s_metrics_equal_its_definitions(unprivileged, privileged):
    expected = aif360_by_hand(unprivileged, privileged)
    found = {metric.name: metric.found for metric in aif360_metrics(unprivileged, privileged)}
    assert set(found) == set(expected)
    for name, (value, lo, hi) in found.items():
        assert value == pytest.approx(expected[name], abs=1e-7), name
        assert lo - 1e-9 <= value <= hi + 1e-9, name


def test_without_labels_only_selection_is_compared():
    names = {metric.name for metric in aif360_metrics([5, 5, 0, 0], [3, 7, 0, 0], labels=False)}
    assert names == {"statistical_parity_difference", "disparate_impact"}
    found = fairlearn_metrics([[5, 5, 0, 0], [3, 7, 0, 0]], labels=False)
    assert [metric.name for metric in found] == ["demographic_parity_difference", "demographic_parity_ratio"]
    lo, hi = newcombe(7, 10, 5, 10).at(())[1:]
    assert found[0].found.value == pytest.approx(0.2)
    assert found[0].found[1:] == (max(lo, 0), pytest.approx(max(hi, -lo)))


@given(TABLES)
@settings(max_examples=200, deadline=None)
def test_nothing_breaks_on_empty_groups(cells):
    for metric in [*fairlearn_metrics(cells), *aif360_metrics(cells[0], cells[1])]:
        value, lo, hi = metric.found
        assert np.isnan(value) or np.isnan(lo) or lo - 1e-9 <= value <= hi + 1e-9, metric


def test_differential_fairness_is_the_largest_smoothed_log_ratio_of_either_outcome():
    hits, trials = np.array([8, 3, 5]), np.array([10, 10, 12])
    share = (hits + 0.5) / (trials + 1)
    expected = max(max(abs(np.log(a / b)), abs(np.log((1 - a) / (1 - b)))) for a in share for b in share)
    value, lo, hi = smoothed_edf(hits, trials)
    assert value == pytest.approx(expected)
    assert 0 <= lo <= value <= hi
    assert np.isnan(smoothed_edf([3], [5]).value)
    assert np.isinf(smoothed_edf([0, 5], [10, 10]).hi)


def test_cells_must_be_a_table():
    with pytest.raises(InputError, match="a row of tn, fp, fn, tp"):
        fairlearn_metrics([1, 2, 3])
