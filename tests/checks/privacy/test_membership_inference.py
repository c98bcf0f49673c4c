import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from trustlab.checks.privacy.membership_inference import membership_inference
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(seed, n=1500):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    return X, (X.a + rng.normal(size=n) > 0).astype(int)


def judged(model, train, test, **parameters):
    subject = Subject.load(model=model, data=test[0], target=test[1], train=train, context=Context())
    return evaluate(membership_inference, {"subject": subject}, Context(), parameters=parameters)


def measures(result):
    view = result.view("attacks")
    return {row[0]: row[1:] for row in view.rows}


def test_a_memorising_tree_tells_and_a_stiff_model_does_not():
    train, test = rows(0), rows(1)
    tree = DecisionTreeClassifier(random_state=0).fit(*train)
    result = judged(tree, train, test)
    sure = [np.log(np.clip(tree.predict_proba(X)[np.arange(len(y)), y], 1e-12, 1)) for X, y in (train, test)]
    expected = roc_auc_score(np.r_[np.ones(1500), np.zeros(1500)], np.concatenate(sure))
    assert result.value == pytest.approx(expected)
    assert 0.6 < result.value < 0.731
    assert result.interval[0] > 0.5
    stiff = judged(LogisticRegression().fit(*train), train, test)
    assert stiff.status == "pass"
    assert stiff.interval[0] < 0.5 < stiff.interval[1]


def test_it_warns_where_labels_are_noise_and_learned_by_heart():
    train, test = rows(0), rows(1)
    train, test = (train[0], rows(2)[1]), (test[0], rows(3)[1])
    result = judged(DecisionTreeClassifier(random_state=0).fit(*train), train, test)
    assert result.status == "warn"


def test_the_gap_is_arts_rule_based_attack():
    train, test = rows(0), rows(1)
    tree = DecisionTreeClassifier(max_depth=6, random_state=0).fit(*train)
    value, lo, hi, _ = measures(judged(tree, train, test))["advantage of the attack by the gap"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ART's own
        from art.attacks.inference.membership_inference import MembershipInferenceBlackBoxRuleBased
        from art.estimators.classification import SklearnClassifier

        rule = MembershipInferenceBlackBoxRuleBased(SklearnClassifier(tree))
        called = [rule.infer(X.to_numpy(np.float32), np.eye(2)[y]) for X, y in (train, test)]
    # ART asks in single precision, which may send a row down another branch
    assert value == pytest.approx(called[0].mean() - called[1].mean(), abs=0.005)
    assert lo < value < hi


def test_few_false_alarms_where_there_are_rows_enough():
    train, test = rows(0, 300), rows(1, 300)
    found = measures(judged(LogisticRegression().fit(*train), train, test))
    caught, lo, hi, _ = found["members caught at 1.0% false alarms"]
    assert lo <= caught <= hi
    assert found["members caught at 0.1% false alarms"][0] is None
    assert "needs 1,000 rows" in found["members caught at 0.1% false alarms"][3]


def test_rows_that_are_members_too_do_not_count_as_others():
    train, test = rows(0, 300), rows(1, 300)
    both = tuple(pd.concat([one, two], ignore_index=True) for one, two in zip(train, test, strict=True))
    model = DecisionTreeClassifier(random_state=0).fit(*train)
    assert judged(model, train, both).value == pytest.approx(judged(model, train, test).value)
    same = judged(model, train, train)
    assert same.status == "not_applicable"
    assert "not among them" in same.reason


def test_without_training_rows_or_probabilities_it_is_not_applicable():
    X, y = rows(0, 100)
    model = LogisticRegression().fit(X, y)
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    assert evaluate(membership_inference, {"subject": subject}, Context()).status == "not_applicable"
