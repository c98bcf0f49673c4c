"""SHAP values against the shap library's exact ones, hand counts, and their own promises."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from trustlab.core.context import Context
from trustlab.explain.shap_values import (
    MAX_ANSWERS,
    attribute,
    attribution_of_row,
    rank_agreement,
    shared_attribution,
    shares,
    sizes,
)
from trustlab.models.subject import Subject


def table(n=300, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    return X, (X.a + X.b * X.c + 0.3 * rng.normal(size=n) > 0).astype(int)


def subject_of(model, X, y):
    return Subject.load(model=model, data=X, target=y, context=Context())


def exact(model, rows, background):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shap's own, while it is imported
        import shap

        masker = shap.maskers.Independent(background, max_samples=len(background))
        return shap.ExactExplainer(
            lambda values: model.predict_proba(pd.DataFrame(values, columns=rows.columns)), masker
        )(rows)


def test_pairwise_models_are_exact_and_linear_ones_are_the_closed_form():
    X, _ = table()
    weights = np.array([1.0, -2.0, 0.5, 0.0])
    model = LinearRegression().fit(X, X.to_numpy() @ weights + 3)
    subject = subject_of(model, X, X.to_numpy() @ weights + 3)
    found = attribute(subject, X.iloc[:5], X.iloc[100:140], np.random.default_rng(0))
    expected = (X.iloc[:5].to_numpy() - X.iloc[100:140].to_numpy().mean(axis=0)) * weights
    np.testing.assert_allclose(found.mean[:, :, 0], expected, atol=1e-9)


def test_boosting_agrees_with_shap_within_its_own_standard_error():
    X, y = table(600)
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(X, y)
    rows, background = X.iloc[:6], X.iloc[100:200]
    expected = exact(model, rows, background)
    found = attribute(subject_of(model, X, y), rows, background, np.random.default_rng(1))
    np.testing.assert_allclose(found.base, expected.base_values[0], atol=1e-9)
    off = np.abs(found.mean - expected.values)
    # the background is the same, so only the orders differ: well within the error that counts both
    assert (off <= 3 * found.spread + 1e-9).all()
    assert np.corrcoef(found.mean[..., 1].ravel(), expected.values[..., 1].ravel())[0, 1] > 0.99


def test_contributions_add_up_and_classes_mirror_each_other():
    X, y = table()
    model = RandomForestClassifier(20, random_state=0).fit(X, y)
    found = shared_attribution(subject_of(model, X, y), Context())
    assert np.abs(found.residual).max() < 1e-12
    np.testing.assert_allclose(found.mean[..., 0], -found.mean[..., 1], atol=1e-12)
    np.testing.assert_allclose(found.strength(), np.abs(found.mean[..., 1]), atol=1e-12)


def test_text_gaps_and_an_unused_column():
    X, _ = table()
    X = X.assign(town=np.where(X.a > 0, "north", "south"), b=X.b.mask(X.b > 1), unused=pd.Categorical(["x"] * len(X)))
    columns = ColumnTransformer([("town", OneHotEncoder(), ["town"])], remainder="drop").set_output(transform="default")
    model = make_pipeline(columns, HistGradientBoostingClassifier(max_iter=50)).fit(X, X.town == "north")
    found = attribution_of_row(subject_of(model, X, X.town == "north"), 3, Context())
    sizes_by_name = dict(zip(found.features, np.abs(found.mean[0, :, 1]), strict=True))
    assert sizes_by_name.pop("town") > 0.3
    assert set(sizes_by_name.values()) == {0.0}


def test_one_input_gets_all_and_the_memo_is_shared():
    X, y = table()
    model = HistGradientBoostingClassifier(max_iter=5).fit(X[["a"]], y)
    subject = subject_of(model, X[["a"]], y)
    found = shared_attribution(subject, Context())
    np.testing.assert_allclose(found.mean[:, 0], found.outputs - found.base)
    assert shared_attribution(subject, Context()) is found
    assert shared_attribution(subject, Context(seed=1)) is not found


def test_the_effort_is_bounded():
    for features in (1, 2, 5, 30, 64, 100):
        rows, background = sizes(features)
        assert rows * background * max(2 * (features - 1), 2) <= MAX_ANSWERS * 1.05 or (rows, background) == (20, 10)
        assert rows >= 20
        assert background >= 10


def test_shares_and_agreement():
    rng = np.random.default_rng(0)
    strength = np.abs(rng.normal(size=(100, 5))) * [5, 4, 3, 2, 1]
    found = shares(strength, rng, 0.95)
    np.testing.assert_allclose(found.value, strength.mean(axis=0) / strength.mean(axis=0).sum())
    assert (found.lo < found.value).all()
    assert (found.value < found.hi).all()
    assert rank_agreement(strength, strength, rng, 0.95).value > 0.8
    noise = np.abs(rng.normal(size=(100, 5)))
    assert rank_agreement(noise, np.abs(rng.normal(size=(100, 5))), rng, 0.95).value < 0.8
    assert np.isnan(rank_agreement(np.zeros((10, 3)), np.zeros((10, 3)), rng, 0.95).value)


def test_rank_agreement_is_spearmans():
    from scipy.stats import spearmanr

    one, two = np.array([[3.0, 1, 2, 5]] * 2), np.array([[1.0, 2, 2, 9]] * 2)
    found = rank_agreement(one, two, np.random.default_rng(0), 0.95)
    assert found.value == pytest.approx(spearmanr(one[0], two[0]).statistic)
