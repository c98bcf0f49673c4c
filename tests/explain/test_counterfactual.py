import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.explain.counterfactual import counterfactual
from trustlab.models.subject import Subject


@pytest.fixture(scope="module")
def subject():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(500, 3)), columns=["a", "b", "idle"])
    model = LogisticRegression(C=100).fit(X, (X.a + X.b / 2 > 0).astype(int))
    model.coef_[0, 2] = 0
    return Subject.load(model=model, data=X, target=(X.a + X.b / 2 > 0).astype(int), context=Context())


def asked(subject, **parameters):
    return evaluate(counterfactual, {"subject": subject}, Context(), parameters=parameters)


def test_the_changes_turn_the_prediction_and_share_no_feature(subject):
    result = asked(subject, row=3)
    view = result.view("changes")
    features, ways = view.column("feature"), view.column("alternative")
    assert len(features) == len(set(features))
    assert "idle" not in features
    assert max(ways) == 2
    now = subject.predict(subject.row(3))[0]
    for way in set(ways):
        row = subject.row(3).copy()
        for number, feature, _, then, *_ in view.rows:
            if number == way:
                row[feature] = float(then)
        # four digits are shown, so the shown row lies within a hair of the boundary's other side
        assert subject.predict(row)[0] != now
    assert result.value == pytest.approx(sum(line[4] for line in view.rows if line[0] == 1))
    assert "instead of" in result.reason


def test_nothing_to_change_is_said(subject):
    none = asked(subject, row=3, immutable=["a", "b", "idle"])
    assert none.status == "not_applicable"
    idle = asked(subject, row=3, immutable=["a", "b"])
    assert "no allowed change" in idle.reason
    assert asked(subject).status == "not_applicable"


def test_the_same_seed_gives_the_same_changes(subject):
    assert asked(subject, row=8).views == asked(subject, row=8).views
