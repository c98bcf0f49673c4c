import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import partial_dependence as reference

from tests.explain.networks import judged
from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.explain.partial_dependence import dependence, grid_of, partial_dependence
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def subject_of(n=150):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=list("abc"))
    y = (X.a + X.b * X.c > 0).astype(int)
    return Subject.load(model=RandomForestClassifier(15, random_state=0).fit(X, y), data=X, target=y, context=Context())


def asked(function, X):
    predictor = as_predictor(function, task="regression", features=list(X.columns))
    return Subject.load(model=predictor, data=X.assign(y=1.0 * np.arange(len(X))), target="y", context=Context())


def test_the_curves_are_scikit_learns():
    subject = subject_of()
    found = dependence(subject, "a", 9, Context())
    expected = reference(
        subject.predictor.native, subject.X, ["a"], kind="both", custom_values={"a": np.array(found.labels)}
    )
    np.testing.assert_allclose(found.ice, expected["individual"][0], atol=1e-12)
    np.testing.assert_allclose(found.ice.mean(axis=0), expected["average"][0], atol=1e-12)


def test_heterogeneity_is_what_the_mean_hides():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 2)), columns=["a", "b"])
    parallel = dependence(asked(lambda rows: (3 * rows["a"] + rows["b"]).to_numpy(), X), "a", 10, Context())
    crossing = dependence(asked(lambda rows: (rows["a"] * np.sign(rows["b"])).to_numpy(), X), "a", 10, Context())
    assert parallel.heterogeneity() == pytest.approx(0, abs=1e-12)
    assert crossing.heterogeneity() > 0.9
    assert dependence(asked(lambda rows: rows["b"].to_numpy(), X), "a", 10, Context()).heterogeneity() is None


def test_the_finding():
    result = judged(partial_dependence, subject_of(), points=7)
    assert result.interval[0] <= result.value <= result.interval[1]
    assert {"dependence_1", "rows_1", "summary", "quality"} <= {view.name for view in result.views}
    assert "the mean hides" in result.reason
    with pytest.raises(UsageError, match="features must be inputs of the model; got 'd'"):
        partial_dependence(subject_of(), features=["d"], context=Context())


def test_grids_of_numbers_texts_and_gaps():
    places, labels, share = grid_of(pd.Series([3.0, 1.0, 2.0, np.nan, 1.0]), 20)
    assert labels == [1.0, 2.0, 3.0]
    assert share.tolist() == [0.5, 0.25, 0.25]
    assert 3 not in places
    _, labels, share = grid_of(pd.Series(["x", "y", "y", None]), 20)
    assert labels == ["x", "y"]
    assert share.tolist() == pytest.approx([1 / 3, 2 / 3])
    assert grid_of(pd.Series([None, None], dtype=object), 5)[1] == ["missing"]
