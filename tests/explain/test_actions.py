import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.explain.actions import actions_of
from trustlab.explain.plausible import unlike
from trustlab.models.subject import Subject


def actions(X, **options):
    subject = Subject.load(data=X.assign(y=np.arange(len(X)) % 2), target="y", context=Context())
    return actions_of(subject, np.random.default_rng(0), **options)


def test_a_cost_is_the_difference_of_ranks():
    values = np.random.default_rng(0).integers(0, 30, 200).astype(float)
    (action,) = actions(pd.DataFrame({"a": values}))
    mid = (rankdata(values) - 0.5) / values.size
    assert action.costs(values[:1], values) == pytest.approx(np.abs(mid - mid[0]))
    assert action.kind == "whole"


def test_distances_are_gower_like_with_gaps():
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0, np.nan], "t": ["x", "y", "y", "x"]})
    found = actions(X)
    far = found.distances(X, X)
    assert far.diagonal().tolist() == [0, 0, 0, 0]
    assert far[0, 1] == pytest.approx(1 / 3 + 1)
    assert far[1, 2] == pytest.approx(1 / 3)
    assert far[0, 3] == 1.0
    assert (far == far.T).all()


def test_what_has_one_value_or_none_stays():
    X = pd.DataFrame({"one": [1] * 50, "none": [np.nan] * 50, "blank": [None] * 50, "a": np.arange(50.0)})
    found = actions(X)
    assert [action.name for action in found] == ["a"]
    assert set(found.fixed.values()) == {"has one value"}


def test_a_far_row_is_unlike_real_ones():
    rng = np.random.default_rng(0)
    a = rng.normal(size=500)
    X = pd.DataFrame({"a": a, "b": a + rng.normal(0, 0.01, 500), "c": a + rng.normal(0, 0.01, 500)})
    found = actions(X)
    odd = pd.DataFrame({"a": [2.0, 0.0], "b": [-2.0, 0.0], "c": [0.0, 0.0]})
    assert unlike(found, odd, rng).tolist() == [True, False]


def test_an_unknown_column_is_named():
    with pytest.raises(UsageError, match="immutable must be a column"):
        actions(pd.DataFrame({"a": np.arange(9.0)}), immutable=["b"])
