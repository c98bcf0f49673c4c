import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.checks.fairness.audited import asked, lenders, rows_of
from trustlab.checks.fairness.intersectional import intersectional
from trustlab.stats.intervals import clopper_pearson

BOTH = ["group", "sex"]


def crossed(seed, n=4000):
    rng = np.random.default_rng(seed)
    return lenders(rng, n, sex=rng.choice(["f", "m"], n))


def gerrymandered(seed, n=4000):
    """Each group and each sex is selected alike, the crossings are not (Kearns et al. 2018)."""
    frame = crossed(seed, n)
    odd = (frame.group == "a") == (frame.sex == "f")
    rng = np.random.default_rng(seed + 1000)
    return frame.assign(said=(rng.random(n) < np.where(odd, 0.6, 0.3)).astype(int))


def test_crossings_that_fare_worse_than_their_groups_fail_and_a_clean_lender_passes():
    planted = asked(intersectional, gerrymandered(0), BOTH)
    assert planted.status == "fail"
    assert planted.interval[0] > 1.25
    assert "Surely different from all other rows" in planted.reason
    statuses = [asked(intersectional, crossed(seed), BOTH).status for seed in range(20)]
    assert statuses.count("fail") == 0


def test_a_crossing_is_tested_exactly_against_all_other_rows():
    frame = crossed(1, 300)
    table = rows_of(asked(intersectional, frame, BOTH), "crossings", "rate", "group")
    own = (frame.group == "a") & (frame.sex == "f")
    hits, trials = int(frame.said[own].sum()), int(own.sum())
    row = table.loc[("selection_rate", "group a & sex f")]
    assert row[["value", "value_lo", "value_hi"]].tolist() == pytest.approx(list(clopper_pearson(hits, trials).at(())))
    p_values = []
    for _, part in frame.groupby(BOTH):
        rest = frame.drop(part.index)
        square = [[part.said.sum(), len(part) - part.said.sum()], [rest.said.sum(), len(rest) - rest.said.sum()]]
        p_values.append(stats.fisher_exact(square).pvalue)
    assert table.loc["selection_rate", "p_value"].min() == pytest.approx(min(1, 4 * min(p_values)))


def test_small_crossings_are_shrunk_and_named():
    frame = pd.concat([gerrymandered(2), pd.DataFrame({"y": [1] * 5, "said": [1] * 5, "group": "c", "sex": "f"})])
    result = asked(intersectional, frame, BOTH)
    assert "group c & sex f (n 5)" in result.reason
    row = rows_of(result, "crossings", "rate", "group").loc[("selection_rate", "group c & sex f")]
    assert row["value"] == 1
    assert frame.said.mean() < row["shrunk"] < 0.8


def test_one_attribute_is_not_applicable_and_labels_are_not_needed():
    assert asked(intersectional, crossed(3)).status == "not_applicable"
    bare = gerrymandered(4).drop(columns="y")
    assert asked(intersectional, bare, BOTH, named={"prediction": "said"}).status == "fail"


def test_20_by_400_values_stay_bounded():
    rng = np.random.default_rng(0)
    frame = lenders(rng, 5000, sex=[f"s{place}" for place in rng.integers(0, 400, 5000)])
    result = asked(intersectional, frame, BOTH)
    assert len(result.view("crossings").rows) <= 30
