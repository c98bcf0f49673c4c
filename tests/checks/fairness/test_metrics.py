import fairlearn.metrics
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, precision_score, recall_score

from tests.checks.fairness.audited import asked, counted, lenders, rows_of
from trustlab.checks.fairness.metrics import metrics
from trustlab.stats.fairness import aif360_metrics


def test_by_group_is_fairlearns_metric_frame():
    frame = lenders(np.random.default_rng(0), 300, groups=("a", "b", "c"))
    functions = {
        "accuracy": accuracy_score,
        "precision": precision_score,
        "recall": recall_score,
        "selection_rate": fairlearn.metrics.selection_rate,
        "fpr": fairlearn.metrics.false_positive_rate,
        "fnr": fairlearn.metrics.false_negative_rate,
        "tnr": fairlearn.metrics.true_negative_rate,
        "count": fairlearn.metrics.count,
    }
    expected = fairlearn.metrics.MetricFrame(
        metrics=functions, y_true=frame.y, y_pred=frame.said, sensitive_features=frame.group
    )
    table = rows_of(asked(metrics, frame), "by_group", "group")
    for name in functions:
        assert table.loc[list("abc"), name].tolist() == pytest.approx(expected.by_group[name].tolist()), name
        assert table.loc["(all)", name] == pytest.approx(expected.overall[name])


def test_the_privileged_group_is_the_largest_or_the_named_one_and_the_others_are_pooled():
    cells = {"a": (40, 10, 10, 40), "b": (20, 20, 10, 30), "c": (30, 5, 20, 25)}
    pooled = np.array(cells["b"]) + np.array(cells["c"])
    found = rows_of(asked(metrics, counted(**cells)), "metrics", "library", "metric")
    for metric in aif360_metrics(pooled, cells["a"]):
        row = found.loc[("AIF360", metric.name)]
        assert row[["value", "value_lo", "value_hi"]].tolist() == pytest.approx(list(metric.found)), metric.name
    named = rows_of(asked(metrics, counted(**cells), privileged={"group": "b"}), "metrics", "library", "metric")
    expected = aif360_metrics(np.array(cells["a"]) + np.array(cells["c"]), cells["b"])[0].found.value
    assert named.loc[("AIF360", "statistical_parity_difference"), "value"] == pytest.approx(expected)


def test_wide_intervals_say_so_and_nothing_is_judged():
    result = asked(metrics, counted(a=(90, 10, 10, 90), b=(10, 90, 90, 10)))
    assert result.status == "pass"
    assert "Shown, not judged" in result.reason
    table = rows_of(result, "metrics", "library", "metric")
    assert table.loc[("fairlearn", "equalized_odds_difference"), "width"] == "wide by construction"
    assert table.loc[("AIF360", "disparate_impact"), "width"] == "nominal"


def test_without_labels_selection_is_all_there_is():
    frame = counted(a=(30, 20, 0, 0), b=(20, 30, 0, 0)).drop(columns="y")
    found = rows_of(asked(metrics, frame, named={"prediction": "said"}), "metrics", "metric")
    assert "demographic_parity_ratio" in found.index
    assert "theil_index" not in found.index


def test_unknown_groups_are_named_and_one_group_is_not_applicable():
    wrong = asked(metrics, counted(a=(9, 1, 1, 9), b=(9, 1, 1, 9)), privileged={"group": "A"})
    assert wrong.status == "error"
    assert "privileged: group must be one of its groups; got 'A'" in wrong.reason
    assert asked(metrics, counted(a=(9, 1, 1, 9))).status == "not_applicable"
    assert asked(metrics, counted(a=(1, 1, 1, 0), b=(1, 0, 0, 1))).status == "not_applicable"


def test_400_groups_and_empty_kinds_survive():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"y": rng.integers(0, 2, 3000), "said": rng.integers(0, 2, 3000)})
    frame["group"] = [f"g{place}" for place in rng.integers(0, 400, 3000)]
    assert asked(metrics, frame, min_group=5).status == "pass"
    assert asked(metrics, counted(a=(0, 0, 20, 30), b=(20, 30, 0, 0))).status == "pass"


def test_the_largest_log_ratio_is_of_the_largest_groups_where_there_are_very_many():
    rng = np.random.default_rng(5)
    large = lenders(rng, 3000, groups=[f"g{place:02}" for place in range(50)], share=0.02)
    many = pd.concat([large, lenders(rng, 400).assign(group=[f"only {place}" for place in range(400)])])
    name = ("AIF360", "smoothed_empirical_differential_fairness")
    one, two = (rows_of(asked(metrics, frame), "metrics", "library", "metric").loc[name] for frame in (large, many))
    assert two[["value", "value_lo", "value_hi"]].tolist() == one[["value", "value_lo", "value_hi"]].tolist()
