import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from tests.checks.explanation.subjects import asked, judged
from tests.explain.networks import deep_subject
from trustlab.checks.explanation.sanity import sanity
from trustlab.core.context import Context
from trustlab.models.subject import Subject


def table(n=300, d=8, seed=0):
    X = pd.DataFrame(np.random.default_rng(seed).normal(size=(n, d))).rename(columns="x{}".format)
    return X, X.x0 * 3 + X.x1 * 2 + X.x2 + 0.1 * X.x3


def test_a_model_that_learned_is_explained_otherwise_than_one_that_did_not():
    X, y = table()
    subject = Subject.load(model=LinearRegression().fit(X, y), data=X.assign(y=y), target="y", context=Context())
    result = judged(sanity, subject)
    assert result.status == "pass"
    assert result.interval[0] > 0.2
    assert "taught shuffled labels of 300 rows" in result.reason
    assert subject.predictor.native.coef_[0] > 2.9


def test_a_torch_module_starts_afresh():
    subject = deep_subject()
    before = subject.predictor.digest()
    result = judged(sanity, subject)
    assert result.status == "pass"
    assert "its parameters drawn anew" in result.reason
    assert subject.predictor.digest() == before


def test_an_explanation_that_ignores_the_model_warns(monkeypatch):
    from trustlab.explain import shap_values

    X, y = table()
    labels = (y > 0).astype(int)
    subject = Subject.load(
        model=RandomForestClassifier(5, random_state=0).fit(X, labels), data=X, target=labels, context=Context()
    )
    judged(sanity, subject)  # fills the memo with the real explanation
    found = next(iter(subject.memory.values()))
    monkeypatch.setattr(
        shap_values,
        "attribute",
        lambda _subject, rows, _others, _rng: type(found)(
            **{
                **{name: getattr(found, name) for name in type(found).__slots__},
                "values": found.values[:, : len(rows)],
                "rows": rows,
            }
        ),
    )  # whatever the model, the explanation of the first rows
    monkeypatch.setattr("trustlab.stats.sampling.subsample", lambda n, limit, _rng: np.arange(min(n, limit)))
    assert judged(sanity, subject).status == "warn"


def test_a_function_cannot_be_made_anew():
    X, _ = table()
    result = judged(sanity, asked(lambda rows: rows["x0"].to_numpy(), X))
    assert result.status == "not_applicable"
    assert "kind callable" in result.reason
