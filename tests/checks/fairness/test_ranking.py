import numpy as np
import pandas as pd

from tests.checks.fairness.audited import asked, rows_of
from trustlab.checks.fairness.ranking import ranking

NAMED = {"target": "y", "score": "s", "query": "q"}


def shortlists(seed, queries=80, bias=0.0):
    rng = np.random.default_rng(seed)
    n = queries * 12
    group = rng.choice(["a", "b"], n)
    return pd.DataFrame(
        {
            "y": rng.integers(0, 3, n),
            "q": np.repeat(np.arange(queries), 12),
            "group": group,
            "s": rng.random(n) - bias * (group == "b"),
        }
    )


def test_a_group_kept_down_warns_and_a_fair_order_passes():
    planted = asked(ranking, shortlists(0, bias=0.5), named=NAMED)
    assert planted.status == "warn"
    assert planted.interval[1] < 0.8
    assert "group b is seen 0." in planted.reason
    statuses = [asked(ranking, shortlists(seed), named=NAMED).status for seed in range(10)]
    assert statuses.count("pass") == 10


def test_prefixes_of_a_biased_order_are_further_from_the_whole_than_chance():
    row = rows_of(asked(ranking, shortlists(1, bias=0.5), named=NAMED), "ndkl").iloc[0]
    assert row.ndkl_lo > row.by_chance > 0
    fair = rows_of(asked(ranking, shortlists(2), named=NAMED), "ndkl").iloc[0]
    assert fair.ndkl_lo < fair.by_chance < fair.ndkl_hi


def test_groups_that_never_compete_are_not_applicable():
    frame = shortlists(3)
    frame["group"] = np.where(frame.q % 2, "a", "b")
    result = asked(ranking, frame, named=NAMED)
    assert result.status == "not_applicable"
    assert len(result.view("by_group").rows) == 2


def test_a_place_that_nobody_else_has_is_said_in_words():
    frame = shortlists(4)
    frame["s"] = np.where(frame.group == "a", 1.0, 0.0) + frame.s / 10
    result = asked(ranking, frame, named=NAMED, top=1)
    assert "nan" not in result.reason
