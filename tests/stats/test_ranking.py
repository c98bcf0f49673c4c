"""Ranking figures against scikit-learn, and against every order that ties allow, counted one by one."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, dcg_score, ndcg_score

from trustlab.core.errors import InputError, UsageError
from trustlab.stats import ranking


@st.composite
def lists(draw: st.DrawFn, grades: int = 3, scores: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return relevances, scores with ties, and queries of 1 to 6 items in any order."""
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    n = sum(sizes)
    y = np.array(draw(st.lists(st.integers(0, grades), min_size=n, max_size=n)), float)
    score = np.array(draw(st.lists(st.integers(0, scores), min_size=n, max_size=n)), float)
    query = np.repeat(np.arange(len(sizes)), sizes)
    order = np.array(draw(st.permutations(range(n))))
    return y[order], score[order], query[order]


def orders(y: np.ndarray, score: np.ndarray) -> list[np.ndarray]:
    """Return the relevances in every order that the scores allow."""
    allowed = [order for order in permutations(range(len(y))) if all(np.diff(score[list(order)]) <= 0)]
    return [y[list(order)] for order in allowed]


def by_hand(figure: str, y: np.ndarray, k: int) -> float:
    hits = y > 0
    if figure == "precision":
        return float(hits[:k].sum() / min(k, len(y)))
    if not hits.any():
        return float("nan")
    if figure == "reciprocal_rank":
        return 1 / (1 + int(np.argmax(hits)))
    return float(np.mean([hits[: at + 1].mean() for at in np.flatnonzero(hits)]))


@settings(max_examples=200, deadline=None)
@given(lists(), st.sampled_from([None, 1, 3, 10]))
def test_ndcg_is_scikit_learns(data: tuple[np.ndarray, np.ndarray, np.ndarray], k: int | None) -> None:
    y, score, query = data
    rows = ranking.ranked(y, score, query)
    found, gains = ranking.ndcg(rows, k), ranking.dcg(rows, k)
    for code in range(query.max() + 1):
        inside = query == code
        if inside.sum() < 2:  # scikit-learn refuses one item
            continue
        own = (y[inside][None], score[inside][None])
        assert gains[code] == pytest.approx(dcg_score(*own, k=k))
        if y[inside].any():
            assert found[code] == pytest.approx(ndcg_score(*own, k=k))
        else:
            assert np.isnan(found[code])


@pytest.mark.parametrize("figure", ["average_precision", "reciprocal_rank", "precision"])
@settings(max_examples=200, deadline=None)
@given(data=lists(grades=2, scores=2), k=st.sampled_from([1, 2, 5]))
def test_ties_are_the_mean_of_their_orders(
    figure: str, data: tuple[np.ndarray, np.ndarray, np.ndarray], k: int
) -> None:
    y, score, query = data
    rows = ranking.ranked(y, score, query)
    found = ranking.precision(rows, k) if figure == "precision" else getattr(ranking, figure)(rows)
    for code in range(query.max() + 1):
        inside = query == code
        wanted = np.mean([by_hand(figure, order, k) for order in orders(y[inside], score[inside])])
        assert found[code] == pytest.approx(wanted, nan_ok=True)


def test_average_precision_is_scikit_learns_without_ties() -> None:
    rng = np.random.default_rng(2)
    y, score, query = rng.integers(0, 2, 500), rng.normal(size=500), rng.integers(0, 20, 500)
    found = ranking.average_precision(ranking.ranked(y, score, query))
    for code in range(20):
        inside = query == code
        assert found[code] == pytest.approx(average_precision_score(y[inside], score[inside]))


def test_the_worked_example_of_jarvelin_and_kekalainen() -> None:
    # Gains <3, 2, 3, 0, 0, 1, 2, 2, 3, 0>; with the discount log2(position + 1) the sums are counted by hand.
    gain = np.array([3, 2, 3, 0, 0, 1, 2, 2, 3, 0], float)
    rows = ranking.ranked(gain, -np.arange(10.0), np.zeros(10, int))
    wanted = 3 + 2 / np.log2(3) + 3 / 2 + 1 / np.log2(7) + 2 / 3 + 2 / np.log2(9) + 3 / np.log2(10)
    assert ranking.dcg(rows)[0] == pytest.approx(wanted)
    assert ranking.reciprocal_rank(rows)[0] == 1
    assert ranking.precision(rows, 5)[0] == pytest.approx(3 / 5)


def test_queries_without_items_with_one_or_with_nothing_relevant() -> None:
    rows = ranking.ranked([1, 0, 0, 2, 1], [3, 1, 2, 0, 1], [0, 2, 2, 3, 3])
    assert rows.queries == 4
    np.testing.assert_array_equal(ranking.informative(rows), [False, False, False, True])
    np.testing.assert_array_equal(np.isnan(ranking.ndcg(rows)), [False, True, True, False])
    np.testing.assert_array_equal(np.isnan(ranking.reciprocal_rank(rows)), [False, True, True, False])
    np.testing.assert_array_equal(np.isnan(ranking.precision(rows, 2)), [False, True, False, False])
    empty = ranking.ranked([], [], [])
    assert empty.queries == 0
    assert len(ranking.ndcg(empty)) == 0


def test_what_is_no_ranking_is_refused() -> None:
    with pytest.raises(InputError, match="0 or more"):
        ranking.ranked([1, -1], [1, 2], [0, 0])
    with pytest.raises(InputError, match="score"):
        ranking.ranked([1, 0], [1, np.nan], [0, 0])
    with pytest.raises(UsageError, match="k"):
        ranking.precision(ranking.ranked([1, 0], [1, 2], [0, 0]), 0)


def test_a_large_tie_does_not_overflow() -> None:
    n = 100_000
    y = np.zeros(n)
    y[0] = 1
    rows = ranking.ranked(y, np.zeros(n), np.zeros(n, int))
    harmonic = np.sum(1 / np.arange(1, n + 1)) / n
    assert ranking.reciprocal_rank(rows)[0] == pytest.approx(harmonic)
    assert ranking.average_precision(rows)[0] == pytest.approx(harmonic)
