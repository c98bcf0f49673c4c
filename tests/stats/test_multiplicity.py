"""Adjusted p-values against statsmodels and scipy."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from trustlab.core.errors import InputError
from trustlab.stats.multiplicity import benjamini_hochberg, bonferroni, holm


@pytest.fixture(scope="module")
def nothing_to_collect():
    """Keep what is imported out of the collections that statsmodels asks for at every call."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("nothing_to_collect")
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
@settings(max_examples=200, deadline=None)
def test_adjustments_equal_statsmodels(p_values):
    for ours, name in ((bonferroni, "bonferroni"), (holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        assert ours(p_values) == pytest.approx(multipletests(p_values, method=name)[1], abs=1e-12), name
    assert benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values), abs=1e-12)


@pytest.mark.parametrize("adjust", [bonferroni, holm, benjamini_hochberg])
def test_unmade_tests_do_not_count(adjust):
    with_gap = adjust([0.01, np.nan, 0.04])
    assert np.isnan(with_gap[1])
    assert with_gap[[0, 2]].tolist() == adjust([0.01, 0.04]).tolist()
    assert adjust([]).shape == (0,)
    assert np.isnan(adjust([np.nan])).all()
    with pytest.raises(InputError, match="between 0 and 1"):
        adjust([1.2])
    with pytest.raises(InputError, match="one dimension"):
        adjust([[0.1]])


def test_benjamini_and_hochbergs_own_example():
    # Benjamini and Hochberg (1995), section 3.2: four are rejected at 0.05, Bonferroni three
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719]
    p_values += [0.6528, 0.7590, 1.0000]
    assert (benjamini_hochberg(p_values) <= 0.05).sum() == 4
    assert (bonferroni(p_values) <= 0.05).sum() == 3
