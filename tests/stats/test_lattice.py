"""Slices of up to three features, against counts one by one and against scipy."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import trustlab.stats.lattice as lattice
from trustlab.core.errors import InputError
from trustlab.stats.lattice import search_lattice, upper_bound
from trustlab.stats.multiplicity import benjamini_hochberg


def by_hand(errors, features, min_rows, order):
    """Every slice, one by one: its rows, and the mean error inside and outside."""
    found = {}
    for size in range(1, order + 1):
        for columns in combinations(range(features.shape[1]), size):
            for values in product(*(np.unique(features[:, column]) for column in columns)):
                inside = (features[:, list(columns)] == values).all(axis=1)
                n = int(inside.sum())
                if n < min_rows or errors.size - n < min_rows or errors[inside].mean() <= errors[~inside].mean():
                    continue
                cells = list(zip(columns, values, strict=True))
                fewer = [[cell for cell in cells if cell != gone] for gone in cells]
                smaller = [
                    np.all([features[:, column] == value for column, value in some], axis=0).sum() for some in fewer
                ]
                if size > 1 and n in smaller:
                    continue
                key = tuple(zip(columns, map(int, values), strict=True))
                found[key] = (n, errors[inside].mean(), errors[~inside].mean(), inside)
    return found


def as_dict(found):
    slices = {}
    for at in range(len(found)):
        pairs = zip(found.feature[at].tolist(), found.code[at].tolist(), strict=True)
        slices[tuple(sorted(pair for pair in pairs if pair[0] >= 0))] = at
    return slices


tables = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@settings(max_examples=200, deadline=None)
@given(tables, st.integers(30, 120), st.integers(1, 4), st.booleans())
def test_each_slice_is_what_counting_one_by_one_finds(rng, n, d, binary):
    features = rng.integers(0, rng.integers(1, 4), (n, d))
    errors = (rng.random(n) < 0.3).astype(float) if binary else rng.exponential(size=n)
    found = search_lattice(errors, features, min_rows=4, order=3)
    hand, ours = by_hand(errors, features, 4, 3), as_dict(found)
    # slices below a pair without hope are not looked at: what is missing has three features and could not matter
    assert set(ours) <= set(hand)
    for key, (count, mean, rest, inside) in hand.items():
        if key not in ours:
            assert len(key) == 3
            parents = [hand.get(pair) for pair in combinations(key, 2)]
            assert found.pruned or any(parent is None for parent in parents)
            continue
        at = ours[key]
        assert found.n[at] == count
        assert found.mean[at] == pytest.approx(mean, rel=1e-5)
        assert found.rest[at] == pytest.approx(rest, rel=1e-5)
        if binary:
            wrong = round(mean * count)
            assert found.p_value[at] == pytest.approx(stats.binom.sf(wrong - 1, count, errors.mean()), rel=1e-6)
        elif errors[inside].std() > 0:
            test = stats.ttest_ind(errors[inside], errors[~inside], equal_var=False, alternative="greater")
            assert found.p_value[at] == pytest.approx(test.pvalue, rel=1e-3, abs=1e-9)
    assert (np.diff(found.p_value) >= 0).all()


@settings(max_examples=200, deadline=None)
@given(tables)
def test_no_slice_within_rows_scores_more_than_the_bound(rng):
    errors = rng.choice([0.0, 1.0], 200, p=[0.8, 0.2]) if rng.random() < 0.5 else rng.gamma(1, 1, 200)
    parent = rng.choice(200, 60, replace=False)
    (bound,) = upper_bound(np.array([60]), np.array([errors[parent].sum()]), errors, 5)
    for size in (5, 10, 20, 40, 60):
        worst = np.sort(errors[parent])[::-1][:size]  # the most errors that so many of its rows can hold
        score = (worst.sum() - size * errors.mean()) / (np.sqrt(size) * errors.std())
        assert score <= bound + 1e-9


def test_every_slice_that_the_codes_allow_counts_as_tried():
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.integers(0, size, 500) for size in (2, 3, 5)])
    for order, possible in ((1, 2 + 3 + 5), (2, 10 + 6 + 10 + 15), (3, 41 + 30)):
        found = search_lattice((rng.random(500) < 0.2).astype(float), features, 2, order)
        assert found.possible == possible
        full = np.concatenate([found.p_value, np.ones(possible - len(found))])
        np.testing.assert_allclose(found.adjusted(), benjamini_hochberg(full)[: len(found)])


def test_a_planted_slice_of_three_comes_first_and_chance_alone_is_not_significant():
    rng = np.random.default_rng(1)
    features = rng.integers(0, 4, (8000, 6))
    inside = (features[:, [1, 3, 4]] == [2, 0, 1]).all(axis=1)
    errors = (rng.random(8000) < np.where(inside, 0.6, 0.1)).astype(float)
    found = search_lattice(errors, features, 20)
    assert (found.feature[0].tolist(), found.code[0].tolist()) == ([1, 3, 4], [2, 0, 1])
    assert found.adjusted()[0] < 1e-6
    false = [
        search_lattice((rng.random(3000) < 0.1).astype(float), features[:3000], 20).adjusted().min() < 0.05
        for _ in range(20)
    ]
    assert sum(false) <= 3


def test_work_is_bounded_and_said(monkeypatch):
    rng = np.random.default_rng(2)
    features, errors = rng.integers(0, 4, (2000, 8)), (rng.random(2000) < 0.1).astype(float)
    full = search_lattice(errors, features, 20)
    monkeypatch.setattr(lattice, "WORK", 20_000)
    short = search_lattice(errors, features, 20)
    assert full.unexpanded == 0
    assert short.unexpanded > 0
    assert short.tried < full.tried


def test_rows_in_pieces_give_the_same_counts(monkeypatch):
    rng = np.random.default_rng(3)
    features, errors = rng.integers(0, 3, (1000, 4)), rng.gamma(1, 50, 1000)
    whole = search_lattice(errors, features, 10)
    monkeypatch.setattr(lattice, "ROWS_AT_ONCE", 77)
    pieces = search_lattice(errors, features, 10)
    assert as_dict(whole).keys() == as_dict(pieces).keys()
    np.testing.assert_allclose(np.sort(whole.score), np.sort(pieces.score), rtol=1e-4)


def test_nothing_to_find_and_bad_input():
    assert len(search_lattice([], np.zeros((0, 3), int))) == 0
    assert len(search_lattice([1.0, 0.0], np.zeros((2, 0), int))) == 0
    assert len(search_lattice(np.zeros(100), np.zeros((100, 2), int))) == 0
    assert len(search_lattice(np.ones(100), np.tile([0, 1], (100, 1)))) == 0
    assert len(search_lattice(np.zeros(100), np.arange(200).reshape(100, 2) % 2)) == 0
    with pytest.raises(InputError, match="0 or more"):
        search_lattice([-1.0], [[0]])
    with pytest.raises(InputError, match="rows and columns"):
        search_lattice([1.0], [0])
    with pytest.raises(InputError):
        search_lattice([np.nan], [[0]])
