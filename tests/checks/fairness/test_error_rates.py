import math
from pathlib import Path

import fairlearn.metrics
import numpy as np
import pandas as pd
import pytest

from trustlab.checks.fairness.error_rates import error_rates
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.intervals import proportion_ratio, wilson

COMPAS = Path(__file__).resolve().parents[4] / "shared" / "data" / "compas" / "compas.csv"
# The example of Fairlearn's user guide (assessment, "advanced usage of MetricFrame")
GUIDE = pd.DataFrame(
    {
        "y": [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1],
        "said": [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0],
        "group": list("bbabbcccaacabccbcc"),
    }
)


def checked(frame, sensitive="group", **parameters):
    subject = Subject.load(data=frame, target="y", prediction="said", sensitive=sensitive, context=Context())
    return evaluate(error_rates, {"subject": subject}, Context(), parameters=parameters)


def by_group(result):
    view = result.view("by_group")
    return pd.DataFrame(view.rows, columns=view.columns).set_index(["feature", "group"])


def counted(**cells):
    """Rows from ``group=(tn, fp, fn, tp)``."""
    outcomes = [(0, 0), (0, 1), (1, 0), (1, 1)]
    rows = [
        (group, *outcome)
        for group, four in cells.items()
        for outcome, n in zip(outcomes, four, strict=True)
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["group", "y", "said"])


def test_unequal_errors_fail_and_equal_ones_pass():
    unequal = checked(counted(a=(900, 100, 100, 900), b=(700, 300, 100, 900)))
    assert unequal.status == "fail"
    assert unequal.value == pytest.approx(3.0)
    assert "group b is predicted 1 more often than a: 3.0 times as often" in unequal.reason
    equal = checked(counted(a=(900, 100, 100, 900), b=(898, 102, 101, 899)))
    assert equal.status == "pass"
    assert equal.value == pytest.approx(1.02)


def test_a_ratio_within_noise_only_warns():
    result = checked(counted(a=(18, 2, 5, 15), b=(16, 4, 5, 15)))
    assert result.value == pytest.approx(2.0)
    assert result.interval[0] == 1.0
    assert result.status == "warn"
    assert "could be noise" in result.reason


def test_the_interval_of_two_groups_is_koopmans_at_the_level_of_two_comparisons():
    result = checked(counted(a=(900, 100, 100, 900), b=(700, 300, 100, 900)))
    expected = proportion_ratio(300, 1000, 100, 1000, 0.975).at(())
    assert result.interval == pytest.approx(expected[1:])


def test_a_sure_disparity_fails_although_a_tiny_group_has_a_larger_ratio():
    result = checked(counted(a=(900, 100, 100, 900), b=(700, 300, 100, 900), c=(8, 14, 4, 15)))
    assert result.value == pytest.approx(14 / 22 / 0.1)
    assert result.status == "fail"
    alone = checked(counted(a=(900, 100, 100, 900), c=(21, 4, 4, 30)))
    assert alone.status == "warn"


def test_small_groups_are_named_and_shown_but_not_judged():
    result = checked(counted(a=(90, 10, 10, 90), b=(90, 10, 10, 90), tiny=(0, 5, 5, 0)))
    assert result.status == "pass"
    assert "tiny (n 10)" in result.reason
    assert by_group(result).loc[("group", "tiny"), "fpr"] == 1.0
    judged = checked(counted(a=(90, 10, 10, 90), b=(90, 10, 10, 90), tiny=(0, 5, 5, 0)), min_group=10)
    assert judged.status == "fail"


def test_every_rate_of_the_table_has_wilsons_interval_and_the_all_row():
    frame = counted(a=(9, 1, 2, 8), b=(7, 3, 4, 16))
    table = by_group(checked(frame))
    assert table.index.tolist() == [("(all)", "(all)"), ("group", "a"), ("group", "b")]
    assert table.loc[("(all)", "(all)"), ["n", "tn", "fp", "fn", "tp"]].tolist() == [50, 16, 4, 6, 24]
    parts = {"fpr": (3, 10), "fnr": (4, 20), "ppv": (16, 19), "selection_rate": (19, 30)}
    for rate, (k, n) in parts.items():
        expected = wilson(k, n).at(())
        found = table.loc[("group", "b"), [rate, f"{rate}_lo", f"{rate}_hi"]].tolist()
        assert found == pytest.approx(list(expected))


def test_fairlearns_documented_example():
    result = checked(GUIDE, min_group=1)
    table = by_group(result).loc["group"]
    assert (1 - table["fnr"]).tolist() == pytest.approx([0.5, 0.6, 0.4])
    assert table["fpr"].tolist() == pytest.approx([1, 0, 2 / 3])
    assert table["selection_rate"].tolist() == [0.75, 0.5, 0.5]
    metrics = {
        "fpr": fairlearn.metrics.false_positive_rate,
        "fnr": fairlearn.metrics.false_negative_rate,
        "selection_rate": fairlearn.metrics.selection_rate,
    }
    frame = fairlearn.metrics.MetricFrame(
        metrics=metrics, y_true=GUIDE.y, y_pred=GUIDE.said, sensitive_features=GUIDE.group
    )
    for name in metrics:
        assert table[name].tolist() == pytest.approx(frame.by_group[name].tolist())
        assert by_group(result).loc[("(all)", "(all)"), name] == pytest.approx(frame.overall[name])
    assert checked(GUIDE).status == "not_applicable"


@pytest.mark.skipif(not COMPAS.is_file(), reason="the COMPAS data are not beside the repository")
def test_propublicas_published_table():
    subject = Subject.load(
        data=str(COMPAS), target="two_year_recid", prediction="high_risk", sensitive="race",
        derive=["high_risk = score_text != 'Low'"], context=Context(),
    )  # fmt: skip
    result = evaluate(error_rates, {"subject": subject}, Context())
    table = by_group(result)
    black = table.loc[("race", "African-American")]
    assert black[["tn", "fp", "fn", "tp"]].tolist() == [990, 805, 532, 1369]
    assert black[["fpr", "fnr"]].tolist() == pytest.approx([0.4485, 0.2799], abs=5e-5)
    assert table.loc[("race", "Caucasian"), ["fpr", "fnr"]].tolist() == pytest.approx([0.2345, 0.4772], abs=5e-5)
    assert table.loc[("(all)", "(all)"), ["fpr", "fnr"]].tolist() == pytest.approx([0.3235, 0.3740], abs=5e-5)
    assert result.status == "fail"
    assert "Native American (n 18)" in result.reason


def test_a_group_without_a_kind_of_row_has_no_rate_and_no_part_in_the_comparison():
    result = checked(counted(a=(50, 10, 10, 50), b=(50, 10, 10, 50), positive_only=(0, 0, 10, 50)))
    assert result.status == "pass"
    row = by_group(result).loc[("group", "positive_only")]
    assert math.isnan(row["fpr"])
    assert math.isnan(row["fpr_lo"])
    assert row["fnr"] == pytest.approx(1 / 6)


def test_no_errors_at_all_pass_and_none_in_one_group_has_an_open_interval():
    perfect = checked(counted(a=(50, 0, 0, 50), b=(50, 0, 0, 50)))
    assert perfect.status == "pass"
    assert perfect.value == 1.0
    assert "No judged group meets a wrong prediction" in perfect.reason
    one = checked(counted(a=(500, 0, 50, 450), b=(300, 200, 50, 450)))
    assert one.status == "fail"
    assert math.isfinite(one.value)
    assert one.to_dict()["interval"][0] > 1.25
    assert one.to_dict()["interval"][1] is None


def test_one_group_only_is_not_applicable_but_shown():
    result = checked(counted(a=(50, 10, 10, 50)))
    assert result.status == "not_applicable"
    assert len(result.view("by_group").rows) == 2


def test_several_attributes_share_one_verdict_and_missing_is_a_group():
    frame = counted(a=(900, 100, 100, 900), b=(700, 300, 100, 900))
    frame["sex"] = np.where(np.arange(len(frame)) % 2 == 0, "f", None)
    result = checked(frame, sensitive=["sex", "group"])
    assert result.value == pytest.approx(3.0)
    assert ("sex", "(missing)") in by_group(result).index
    assert result.view("error_rates").group == "feature"


def test_a_column_of_many_groups_stays_bounded():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"y": rng.integers(0, 2, 9000), "said": rng.integers(0, 2, 9000)})
    frame["group"] = [f"g{place:03d}" for place in rng.integers(0, 300, 9000)]
    result = checked(frame)
    assert len(result.view("by_group").rows) == 51
    assert "50 largest" in result.reason


def test_row_order_does_not_matter():
    frame = counted(a=(30, 10, 12, 50), b=(40, 20, 10, 50))
    one, two = checked(frame), checked(frame.sample(frac=1, random_state=1))
    assert one.value == two.value
    assert one.interval == two.interval
    assert one.view("by_group") == two.view("by_group")
