import numpy as np
import pandas as pd
import pytest

from tests.checks.fairness.audited import asked
from trustlab.checks.fairness.multiclass import multiclass
from trustlab.stats.counts import group_confusion


def graded(seed, n=3000, spoilt=0.0):
    """Three grades; ``spoilt`` of group b's good are called fair."""
    rng = np.random.default_rng(seed)
    y = rng.choice(["bad", "fair", "good"], n)
    said = np.where(rng.random(n) < 0.8, y, rng.choice(["bad", "fair", "good"], n))
    group = rng.choice(["a", "b"], n)
    wrong = (group == "b") & (y == "good") & (rng.random(n) < spoilt)
    return pd.DataFrame({"y": y, "said": np.where(wrong, "fair", said), "group": group})


def test_a_class_withheld_from_one_group_fails_and_a_clean_model_passes():
    planted = asked(multiclass, graded(0, spoilt=0.4))
    assert planted.status == "fail"
    assert "Where y is good, group a is predicted good" in planted.reason
    statuses = [asked(multiclass, graded(seed)).status for seed in range(20)]
    assert statuses.count("fail") == 0


def test_the_value_is_the_largest_difference_of_one_class_against_the_rest():
    frame = graded(1, n=400)
    gaps = []
    for name in ("bad", "fair", "good"):
        cells = group_confusion(frame.y == name, frame.said == name, frame.group).cells
        for hits, trials in ((3, [2, 3]), (1, [0, 1])):
            rate = cells[:, hits] / cells[:, trials].sum(axis=1)
            gaps.append(np.ptp(rate))
    result = asked(multiclass, frame)
    assert result.value == pytest.approx(max(gaps))
    assert result.interval[0] <= result.value <= result.interval[1]


def test_one_group_is_not_applicable():
    assert asked(multiclass, graded(2).assign(group="a")).status == "not_applicable"
