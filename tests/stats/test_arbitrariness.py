from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.stats.arbitrariness import ambiguity, churn, discrepancy, row_disagreement, spread


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 6), st.integers(1, 12), st.integers(0, 10**6))
def test_every_number_is_a_count_over_pairs(models, rows, seed):
    rng = np.random.default_rng(seed)
    table, base = rng.integers(0, 3, (models, rows)), rng.integers(0, 3, rows)
    pairs = [np.mean(table[one] != table[two]) for one, two in combinations(range(models), 2)]
    assert churn(table).value == pytest.approx(np.mean(pairs))
    per_row = [np.mean([table[a, r] != table[b, r] for a, b in combinations(range(models), 2)]) for r in range(rows)]
    assert row_disagreement(table) == pytest.approx(per_row)
    assert ambiguity(table, base) == np.mean([any(table[:, r] != base[r]) for r in range(rows)])
    assert discrepancy(table, base) == max(np.mean(table[m] != base) for m in range(models))
    assert spread(table) == pytest.approx(np.std(table, axis=0, ddof=1))


def test_the_interval_covers_the_churn_of_all_trainings():
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(400):
        lean = rng.normal(0, 2, 300)
        shift = rng.normal(0, 0.5, 8)  # each training leans another way
        table = (lean + shift[:, None] + rng.normal(0, 0.3, (8, 300)) > 0).astype(int)
        found = churn(table)
        big = rng.normal(0, 2, 4000)
        covered.append((found.lo, found.hi))
    shift = rng.normal(0, 0.5, 300)
    truth = churn((big + shift[:, None] + rng.normal(0, 0.3, (300, 4000)) > 0).astype(int)).value
    inside = [lo <= truth <= hi for lo, hi in covered]
    assert np.mean(inside) > 0.9


def test_too_few_models_say_so():
    assert np.isnan(churn([[0, 1]]).value)
    two = churn([[0, 1], [0, 0]])
    assert two.value == 0.5
    assert np.isnan(two.lo)
    assert np.isnan(ambiguity(np.zeros((0, 0)), []))
