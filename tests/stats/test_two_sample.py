"""Two-sample tests against scipy, and their behaviour at the edges."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trustlab.core.errors import InputError, UsageError
from trustlab.stats.two_sample import (
    chi2_2samp,
    chi2_counts,
    equal_mass_histogram,
    ks_2samp,
    ks_p_value,
    ks_sorted,
    population_stability_index,
    total_variation,
)

samples = st.lists(st.integers(-4, 4).map(float) | st.just(np.inf), min_size=1, max_size=25)


@given(samples, samples)
@settings(max_examples=200, deadline=None)
def test_ks_equals_scipy_with_ties_and_infinities(first, second):
    ours = ks_2samp(first, second)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        theirs = stats.ks_2samp(first, second)
    assert ours.statistic == pytest.approx(theirs.statistic, abs=1e-12)
    # scipy 1.17 gives up the exact value, with a warning, where rounding puts it a hair above 1
    assert ours.p_value == pytest.approx(1.0 if warned else theirs.pvalue, rel=1e-9)


@pytest.mark.parametrize("sizes", [(1, 1), (1, 500), (7, 7), (30, 45), (400, 400), (601, 250), (3000, 1999)])
@pytest.mark.parametrize("shift", [0.0, 0.15, 2.0])
@pytest.mark.parametrize(("method", "theirs"), [("exact", "exact"), ("asymptotic", "asymp")])
def test_ks_p_value_equals_scipy(sizes, shift, method, theirs):
    if sizes == (1, 1) and method == "asymptotic":
        assert 0 <= ks_p_value(1, 1, 1, method) <= 1  # scipy divides by zero here
        return
    rng = np.random.default_rng(3)
    first, second = rng.random(sizes[0]), rng.random(sizes[1]) + shift
    reference = stats.ks_2samp(first, second, method=theirs)
    ours = ks_2samp(first, second, method)
    assert ours.statistic == pytest.approx(reference.statistic, abs=1e-12)
    assert ours.p_value == pytest.approx(reference.pvalue, rel=1e-9, abs=1e-90)


def test_ks_auto_turns_asymptotic_where_scipy_does():
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=10_001), rng.normal(0.02, size=500)
    assert ks_2samp(first, second).p_value == pytest.approx(stats.ks_2samp(first, second).pvalue, rel=1e-9)


def test_ks_exact_holds_its_level_by_counting_all_orderings():
    # C(5, 2) = 10 orderings of 2 and 3 rows, of which the 2 separated ones reach a distance of 1
    assert ks_p_value(6, 2, 3) == pytest.approx(0.2)
    assert ks_p_value(0, 2, 3) == 1.0


def test_ks_of_nothing_is_unknown_and_nan_is_refused():
    assert np.isnan(ks_2samp([], [1.0]).p_value)
    assert np.isnan(ks_sorted(np.array([1.0]), np.array([])).statistic)
    with pytest.raises(InputError, match="2 NaN in 3 rows"):
        ks_2samp([1.0, np.nan, np.nan], [1.0])
    with pytest.raises(UsageError, match="'fast'"):
        ks_2samp([1.0], [1.0], "fast")


def test_ks_identical_and_disjoint():
    assert ks_2samp([1, 2, 3], [1, 2, 3])[:2] == (0.0, 1.0)
    disjoint = ks_2samp(np.arange(2000.0), np.arange(2000.0) + 5000)
    assert disjoint.statistic == 1.0
    assert disjoint.p_value < 1e-300


def test_chi2_equals_scipy_where_cochran_allows_it():
    rng = np.random.default_rng(5)
    first, second = rng.choice(list("abcd"), 400), rng.choice(list("abcd"), 300, p=[0.4, 0.2, 0.2, 0.2])
    table = np.array([[(sample == letter).sum() for letter in "abcd"] for sample in (first, second)])
    reference = stats.chi2_contingency(table, correction=False)
    ours = chi2_2samp(first, second, rng)
    assert (ours.method, ours.dof) == ("asymptotic", 3)
    assert ours.statistic == pytest.approx(reference.statistic)
    assert ours.p_value == pytest.approx(reference.pvalue)
    assert ours.smallest_expected == pytest.approx(reference.expected_freq.min())


def test_chi2_of_small_counts_equals_fisher():
    # in a 2 x 2 table the permutation test of Pearson's statistic is known exactly by the hypergeometric law
    table = np.array([[7, 1], [2, 6]])
    ours = chi2_counts(table, np.random.default_rng(6), permutations=20_000)
    x = np.arange(1, 9)
    chance = stats.hypergeom(16, 9, 8).pmf(x)
    statistic = [stats.chi2_contingency([[k, 8 - k], [9 - k, k - 1]], correction=False).statistic for k in x]
    exact = chance[np.array(statistic) >= ours.statistic - 1e-9].sum()
    assert ours.method == "permutation"
    assert ours.p_value == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))


def test_chi2_holds_its_level_on_rare_categories():
    rng = np.random.default_rng(7)
    shares = np.r_[0.9, np.full(20, 0.005)]
    alarms = sum(
        chi2_counts(rng.multinomial([60, 60], shares), rng, permutations=199).p_value <= 0.05 for _ in range(300)
    )
    assert alarms <= stats.binom(300, 0.05).ppf(0.999)


def test_chi2_edges():
    rng = np.random.default_rng(0)
    assert chi2_2samp(["a"], ["a", "a"], rng)[:3] == (0.0, 0, 1.0)
    assert np.isnan(chi2_2samp([], ["a"], rng).p_value)
    assert np.isnan(chi2_counts(np.zeros((2, 3), int), rng).p_value)
    names = np.arange(60_000)
    far_too_many = chi2_2samp(names, names + 30_000, rng)
    assert far_too_many.method == "too_many_categories"
    assert np.isnan(far_too_many.p_value)
    assert chi2_2samp([1] * 50 + [2] * 50, ["1"] * 50 + ["2"] * 50, rng).dof == 3
    with pytest.raises(InputError, match="missing"):
        chi2_2samp(np.array(["a", None], object), ["a"], rng)
    with pytest.raises(InputError, match="two rows"):
        chi2_counts([1, 2], rng)
    with pytest.raises(InputError, match="not negative"):
        chi2_counts([[1, -2], [1, 2]], rng)


def test_equal_mass_histogram_fills_the_reference_evenly_and_merges_ties():
    rng = np.random.default_rng(8)
    reference = rng.normal(size=1003)
    cut = equal_mass_histogram(reference, reference[:100] + 10, 10)
    assert cut.reference.max() - cut.reference.min() <= 1
    assert cut.current[-1] == 100
    tied = equal_mass_histogram([0.0] * 90 + [1.0] * 10, [0.0, 5.0, -5.0], 10)
    assert tied.reference.tolist() == [90, 10]
    assert tied.current.tolist() == [2, 1]
    assert equal_mass_histogram([], [1.0, 2.0]).current.tolist() == [2]
    assert equal_mass_histogram([3.0, 3.0], []).reference.tolist() == [2]


def test_population_stability_index_by_hand():
    assert population_stability_index([50, 50], [50, 50]) == 0
    assert population_stability_index([60, 40], [50, 50]) == pytest.approx(
        0.1 * np.log(0.6 / 0.5) + 0.1 * np.log(0.5 / 0.4)
    )
    p, q = np.array([10.5, 0.5]) / 11, np.array([5.5, 5.5]) / 11
    assert population_stability_index([10, 0], [5, 5]) == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert population_stability_index([10, 0], [5, 0]) == 0
    assert np.isnan(population_stability_index([0, 0], [1, 1]))
    with pytest.raises(InputError, match="same bins"):
        population_stability_index([1, 2], [1, 2, 3])


def test_total_variation_by_hand():
    assert total_variation([3, 1], [1, 3]) == pytest.approx(0.5)
    assert total_variation([3, 0], [0, 9]) == 1
    assert np.isnan(total_variation([0, 0], [1, 1]))
    assert np.isnan(total_variation([], []))
