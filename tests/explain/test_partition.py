import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from tests.explain.networks import contributions, judged, quality
from tests.explain.test_partial_dependence import asked
from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.explain.partition import associations, orders_of, partition
from trustlab.explain.shap_values import attribute


def table(n=120):
    rng = np.random.default_rng(0)
    a, c = rng.normal(size=(2, n))
    return pd.DataFrame({"a": a, "b": a + 0.1 * rng.normal(size=n), "c": c, "d": c + 0.1 * rng.normal(size=n)})


def test_it_is_the_shap_librarys_partition_explainer():
    X = table()
    model = HistGradientBoostingRegressor(max_iter=20, random_state=0).fit(X, X.a * X.c + X.b)
    subject = asked(model.predict, X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

        clustering = np.array([[0.0, 1, 0.1, 2], [2, 3, 0.2, 2], [4, 5, 1.0, 4]])
        masker = shap.maskers.Partition(X.to_numpy()[:40], max_samples=40, clustering=clustering)
        explainer = shap.PartitionExplainer(
            lambda values: model.predict(pd.DataFrame(values, columns=X.columns)), masker
        )
        expected = explainer(X.to_numpy()[50:53], max_evals=1000, silent=True)
    tree = [([0], [1]), ([2], [3]), ([0, 1], [2, 3])]
    rng = np.random.default_rng(0)
    drawn = [attribute(subject, X.iloc[50:53], X.iloc[:40], rng, orders_of(tree)) for _ in range(12)]
    found = np.mean([one.mean[:, :, 0] for one in drawn], axis=0)
    np.testing.assert_allclose(found, expected.values, atol=0.06)


def test_groups_stay_together_in_every_order():
    draw = orders_of([([0], [3]), ([0, 3], [1, 2]), ([1], [2])])
    orders = draw(20, 5, 4, np.random.default_rng(0)).reshape(-1, 4)
    assert len({tuple(order) for order in orders.tolist()}) == 8
    for order in orders.tolist():
        assert set(order[:2]) in ({0, 3}, {1, 2})


def test_copies_share_what_the_group_gets():
    X = table()
    subject = asked(lambda rows: (rows["a"] + rows["c"]).to_numpy(), X)
    result = judged(partition, subject, row=4)
    groups = dict(zip(result.view("groups").column("group"), result.view("groups").column("contribution"), strict=True))
    assert set(groups) == {"a + b", "c + d"}
    assert groups["a + b"] == pytest.approx(contributions(result)["a"] + contributions(result)["b"])
    assert quality(result)["completeness residual"] == pytest.approx(0, abs=1e-9)


def test_given_groups():
    subject = asked(lambda rows: (rows["a"] + rows["c"]).to_numpy(), table())
    result = judged(partition, subject, groups=["a+c"])
    assert result.view("groups").column("group")[0] == "a + c"
    assert len(result.view("groups").rows) == 3
    with pytest.raises(UsageError, match="groups must be inputs of the model; got 'x'"):
        partition(subject, groups=["a+x"], context=Context())
    with pytest.raises(UsageError, match="groups must hold each input once; got 'a'"):
        partition(subject, groups=["a+b", "a+c"], context=Context())


def test_associations_of_numbers_texts_and_gaps():
    X = table().assign(town=lambda rows: np.where(rows.a > 0, "x", "y"), flat=1.0, lost=np.nan)
    X["copy"] = X.town
    found = pd.DataFrame(associations(X), index=X.columns, columns=X.columns)
    assert found.loc["a", "b"] == pytest.approx(X[["a", "b"]].corr(method="spearman").iloc[0, 1])
    assert found.loc["town", "copy"] == pytest.approx(1)
    assert found.loc["town", "a"] > 0.7
    assert found.loc["flat", "a"] == found.loc["lost", "town"] == 0
