import fairlearn.metrics
import pandas as pd
import pytest

from trustlab.checks.fairness.selection_rate import selection_rate
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.intervals import proportion_ratio

SAID = [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0]
TRUE = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]
GROUP = list("bbabbcccaacabccbcc")


def frame_of(**groups):
    """Rows from ``group=(selected, not selected)``; half of each are truly positive."""
    rows = [
        (name, said) for name, pair in groups.items() for said, n in zip((1, 0), pair, strict=True) for _ in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["group", "said"])
    return frame.assign(y=[place % 2 for place in range(len(frame))])


def checked(frame, **parameters):
    subject = Subject.load(data=frame, target="y", prediction="said", sensitive="group", context=Context())
    return evaluate(selection_rate, {"subject": subject}, Context(), parameters=parameters)


def test_a_ratio_below_four_fifths_fails_and_one_above_passes():
    low = checked(frame_of(a=(600, 400), b=(300, 700)))
    assert low.status == "fail"
    assert low.value == pytest.approx(0.5)
    assert "group b is predicted 1 less often than a: 0.50 times as often" in low.reason
    fine = checked(frame_of(a=(600, 400), b=(560, 440)))
    assert fine.status == "pass"
    assert fine.value == pytest.approx(560 / 600)


def test_below_four_fifths_within_noise_only_warns():
    result = checked(frame_of(a=(16, 14), b=(11, 19)))
    assert result.value < 0.8 < result.interval[1]
    assert result.status == "warn"


def test_the_interval_of_two_groups_is_koopmans():
    result = checked(frame_of(a=(600, 400), b=(300, 700)))
    assert result.interval == pytest.approx(proportion_ratio(300, 1000, 600, 1000).at(())[1:])


def test_fairlearns_documented_example():
    result = checked(pd.DataFrame({"y": TRUE, "said": SAID, "group": GROUP}), min_group=1)
    view = result.view("by_group")
    assert view.column("group") == ["(all)", "a", "b", "c"]
    assert view.column("selection_rate")[1:] == [0.75, 0.5, 0.5]
    frame = fairlearn.metrics.MetricFrame(
        metrics=fairlearn.metrics.selection_rate, y_true=TRUE, y_pred=SAID, sensitive_features=GROUP
    )
    assert view.column("selection_rate")[1:] == pytest.approx(frame.by_group.tolist())
    assert result.value == pytest.approx(frame.ratio())


def test_a_group_nobody_of_which_is_selected_has_ratio_zero():
    result = checked(frame_of(a=(60, 40), b=(0, 100)))
    assert result.value == 0.0
    assert result.interval[0] == 0.0
    assert result.status == "fail"


def test_nobody_selected_and_one_group_are_not_applicable():
    assert checked(frame_of(a=(0, 40), b=(0, 100))).status == "not_applicable"
    alone = checked(frame_of(a=(20, 40), b=(2, 3)))
    assert alone.status == "not_applicable"
    assert "b (n 5)" in alone.reason
    assert len(alone.view("by_group").rows) == 3
