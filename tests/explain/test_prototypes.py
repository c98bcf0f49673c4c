import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from tests.explain.networks import judged, quality
from trustlab.core.context import Context
from trustlab.explain.prototypes import prototypes, standardised
from trustlab.models.subject import Subject


def subject_of():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(np.concatenate([rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) + 6, [[60.0, -60.0]]]))
    X.columns = ["a", "share"]
    y = (X.a > 3).astype(int)
    return Subject.load(model=LogisticRegression().fit(X, y), data=X, target=y, context=Context())


def test_a_prototype_of_each_kind_and_others_as_criticisms():
    result = judged(prototypes, subject_of(), count=2)
    says = result.view("prototypes").column("the model says")
    assert len(set(says)) == 2
    assert len(result.view("criticisms").rows) == 2
    assert not set(result.view("criticisms").column("row")) & set(result.view("prototypes").column("row"))
    assert result.value < 1
    assert quality(result)["predicted alike"] > 0.95
    assert sum(result.view("picture").column("share")) == pytest.approx(1)
    assert "share (input)" in result.view("criticisms").columns


def test_points_of_gaps_and_texts():
    found = standardised(pd.DataFrame({"a": [1.0, np.nan, 3.0], "town": ["x", "x", "y"], "flat": [2.0] * 3}))
    assert found[:, 0].tolist() == pytest.approx([-1, 0, 1])
    assert ((found[0] - found[2])[1:3] ** 2).sum() == pytest.approx(1)
    assert not found[:, 3].any()


def test_rows_that_are_all_the_same():
    X = pd.DataFrame({"a": [1.0] * 20, "b": [2.0] * 20})
    y = np.arange(20) % 2
    subject = Subject.load(model=LogisticRegression().fit(X, y), data=X, target=y, context=Context())
    assert judged(prototypes, subject).status == "not_applicable"
