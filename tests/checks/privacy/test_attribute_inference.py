import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from trustlab.checks.privacy.attribute_inference import attribute_inference
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(seed=0, n=2000, used=2.0):
    """The secret moves the label by ``used``; nothing else tells it."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=n), "secret": rng.integers(0, 2, n)})
    return frame.assign(y=(frame.a + used * frame.secret + rng.normal(size=n) > used / 2).astype(int))


def checked(frame, model, features, seed=0, **parameters):
    fitted = model.fit(frame[features], frame.y)
    subject = Subject.load(model=fitted, data=frame, target="y", sensitive="secret", context=Context())
    return evaluate(attribute_inference, {"subject": subject}, Context(seed=seed), parameters=parameters)


def line(result):
    view = result.view("attacks")
    return dict(zip(view.columns, view.rows[0], strict=True))


def test_a_model_that_uses_the_secret_tells_it():
    result = checked(rows(), LogisticRegression(), ["a", "secret"])
    found = line(result)
    assert result.status == "warn"
    assert found["with"] > 0.95  # the exact answer gives it away
    assert found["without"] < 0.85
    assert result.value == found["difference_lo"] > 0.1
    assert found["difference"] == pytest.approx(found["with"] - found["without"])
    assert found["n"] == 1000


def test_a_model_that_does_not_know_it_does_not():
    found = [checked(rows(seed, used=0), LogisticRegression(), ["a"], seed=seed) for seed in range(15)]
    assert sum(result.status == "pass" for result in found) >= 14


def test_imputation_is_not_held_against_the_model():
    frame = rows(1)
    frame = frame.assign(twin=frame.secret + 0.01 * np.random.default_rng(0).normal(size=len(frame)))
    result = checked(frame, LogisticRegression(), ["a", "twin"])
    assert result.status == "pass"
    assert line(result)["without"] == 1


def test_arts_black_box_attack_finds_the_same_leak():
    frame = rows(2)
    model = DecisionTreeClassifier(max_depth=4, random_state=0)
    ours = line(checked(frame, model, ["a", "secret"]))
    X = frame[["a", "secret"]].to_numpy(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ART's own
        from art.attacks.inference.attribute_inference import AttributeInferenceBlackBox
        from art.estimators.classification.scikitlearn import ScikitlearnDecisionTreeClassifier

        fitted = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, frame.y)
        art = ScikitlearnDecisionTreeClassifier(fitted)
        attack = AttributeInferenceBlackBox(art, attack_feature=1, attack_model_type="rf")
        attack.fit(X[:1000])
        answers = art.predict(X[1000:]).argmax(axis=1).reshape(-1, 1)  # class indices, as ART wants them
        told = attack.infer(X[1000:, :1], pred=answers, values=[0, 1])
    hers = (told.reshape(-1) == X[1000:, 1]).mean()
    assert ours["with"] >= hers - 0.03  # ours also sees probabilities and the label
    assert hers > ours["guess"]


def test_attributes_of_one_group_or_of_many_are_not_applicable():
    for values in (np.zeros(2000), np.arange(2000).astype(str), np.full(2000, np.nan)):
        frame = rows().assign(secret=values)
        result = checked(frame, LogisticRegression(), ["a"])
        assert result.status == "not_applicable", values
        assert "2 to 20 groups" in result.reason
    assert checked(rows().head(60), LogisticRegression(), ["a"]).status == "not_applicable"


def test_a_regression_is_asked_for_its_number():
    from sklearn.linear_model import LinearRegression

    frame = rows(3)
    frame = frame.assign(y=frame.a + 5.0 * frame.secret + 0.1 * np.random.default_rng(1).normal(size=len(frame)))
    fitted = LinearRegression().fit(frame[["a", "secret"]], frame.y)
    subject = Subject.load(
        model=fitted, data=frame.drop(columns="y"), prediction=None, sensitive="secret", context=Context()
    )
    result = evaluate(attribute_inference, {"subject": subject}, Context())
    assert result.status == "warn"
    assert line(result)["with"] > 0.95
