import numpy as np
import pytest

from trustlab.stats.exposure import exposure_ratio, ndkl, top_ratio


def test_a_hand_count_of_one_query():
    # order: a, b, b, a
    member, score, query = [1, 0, 0, 1], [4.0, 3, 2, 1], [0] * 4
    worth = 1 / np.log2([2, 3, 4, 5])
    expected = (worth[0] + worth[3]) / (worth[1] + worth[2])
    value, lo, _ = exposure_ratio(member, score, query)
    assert value == pytest.approx(expected)
    assert np.isnan(lo)
    assert top_ratio(member, score, query, 2).value == pytest.approx(1.0)
    assert top_ratio(member, score, query, 3).value == pytest.approx(0.5)


def test_who_is_tied_shares_the_places_in_any_order():
    assert exposure_ratio([1, 0, 1, 0], [1.0] * 4, [0] * 4).value == pytest.approx(1.0)
    assert ndkl([0, 1, 0, 1], [1.0] * 4, [0] * 4).tolist() == pytest.approx([0.0])


def test_ndkl_by_the_papers_formula():
    rng = np.random.default_rng(0)
    group, score, query = rng.integers(0, 3, 60), rng.random(60), np.repeat(np.arange(5), 12)
    found = ndkl(group, score, query)
    for number in range(5):
        own = group[query == number][np.argsort(-score[query == number])]
        whole = np.bincount(own, minlength=3) / 12
        total = 0.0
        for place in range(1, 13):
            prefix = np.bincount(own[:place], minlength=3) / place
            some = prefix > 0
            total += np.sum(prefix[some] * np.log(prefix[some] / whole[some])) / np.log2(place + 1)
        assert found[number] == pytest.approx(total / np.sum(1 / np.log2(np.arange(2, 14))))


def test_groups_that_never_meet_have_no_ratio():
    assert np.isnan(exposure_ratio([1, 1, 0, 0], [1.0, 2, 3, 4], [0, 0, 1, 1]).value)
    assert np.isnan(exposure_ratio([], [], []).value)


def test_its_interval_covers_over_queries():
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(300):
        member, query = rng.integers(0, 2, 400), np.repeat(np.arange(40), 10)
        _, lo, hi = exposure_ratio(member, rng.random(400), query)
        inside += lo <= 1 <= hi
    assert 0.92 <= inside / 300 <= 0.98
