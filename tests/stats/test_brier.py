import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.stats.brier import classwise_ece, corrected_parts
from trustlab.stats.calibration import brier_parts, debiased_ece, reliability_bins


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.4, 0.8, 1.0]), st.booleans()), min_size=1, max_size=80))
def test_the_parts_still_add_up(rows):
    probability, truth = (np.array(part, float) for part in zip(*rows, strict=True))
    parts = corrected_parts(reliability_bins(truth, probability, 40))
    raw = brier_parts(truth, probability, 40)
    binned = raw.reliability - raw.resolution + raw.uncertainty
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(binned)


def test_right_probabilities_have_no_reliability_on_average():
    rng = np.random.default_rng(2)
    levels = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    found, raw = [], []
    for _ in range(2000):
        probability = np.repeat(levels, 10)
        truth = rng.random(50) < probability
        bins = reliability_bins(truth, probability, 5)
        found.append(corrected_parts(bins))
        raw.append(brier_parts(truth, probability, 5).reliability)
    reliability, resolution, uncertainty = np.mean(found, axis=0)
    assert np.mean(raw) > 0.015  # what noise alone adds
    assert reliability == pytest.approx(0, abs=0.002)
    assert resolution == pytest.approx(np.var(levels), abs=0.003)
    assert uncertainty == pytest.approx(0.25, abs=0.002)
    assert np.isnan(corrected_parts(reliability_bins([], []))).all()


def test_each_class_is_one_against_the_rest():
    rng = np.random.default_rng(3)
    proba = rng.dirichlet([2, 1, 1], 2000)
    y = np.array([rng.choice(3, p=row) for row in proba])
    wrong = proba[:, [1, 0, 2]]  # two columns swapped
    found = classwise_ece(wrong, y)
    assert found[1] == debiased_ece(reliability_bins(y == 1, wrong[:, 1]))
    assert min(found[:2]) > 0.1 > 0.03 > found[2]
