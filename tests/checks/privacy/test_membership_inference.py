import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from trustlab.checks.privacy.membership_inference import membership_inference
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.core.seeding import seeded
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
    area, lo, hi, _ = measures(result)["area of the attack by the model's certainty"]
    assert area == pytest.approx(roc_auc_score(np.r_[np.ones(1500), np.zeros(1500)], np.concatenate(sure)))
    assert 0.6 < area < 0.731
    assert 0.5 < lo < hi
    # whoever is answered wrongly was no member: a cut that two halves of 750 rows can prove
    assert result.status == "warn"
    assert 1 < result.value < np.log(750)
    stiff = judged(LogisticRegression().fit(*train), train, test)
    assert (stiff.status, stiff.value) == ("pass", 0)
    area, lo, hi, _ = measures(stiff)["area of the attack by the model's certainty"]
    assert lo < 0.5 < hi


def test_clean_models_pass_nearly_always():
    statuses = []
    for seed in range(20):
        train, test = rows(2 * seed), rows(2 * seed + 1)
        statuses.append(judged(LogisticRegression().fit(*train), train, test).status)
    assert statuses.count("pass") == 20


def test_the_low_end_of_the_curve_is_counted_and_exact():
    train, test = rows(0), rows(1)
    forest = RandomForestClassifier(20, random_state=0).fit(*train)
    view = judged(forest, train, test).view("roc_low")
    inside, outside = (forest.predict_proba(X)[np.arange(len(y)), y] for X, y in (train, test))
    inside, outside = (np.log(np.clip(part, 1e-12, 1)) for part in (inside, outside))
    for rate, height, lo, hi, guess, caught in view.rows:
        cut = np.sort(outside)[::-1][min(int(10**rate * 1500 + 1e-9), 1499)]
        hits = int((inside > cut).sum())
        assert caught == hits / 1500
        assert guess == rate
        exact = stats.binomtest(hits, 1500).proportion_ci(0.95, "exact")
        assert [10**lo, 10**hi] == pytest.approx([max(exact.low, 0.5 / 1500), exact.high], rel=1e-6)
        assert 10**height == pytest.approx(max(caught, 0.5 / 1500))


def test_groups_that_are_told_apart_best_are_named_first():
    def split(seed):
        X, y = rows(seed)
        frame = X.assign(group=np.where(X.b > 0, "plain", "odd"), y=y)
        noise = np.random.default_rng(seed + 50).integers(0, 2, len(X))
        return frame.assign(y=np.where(frame.group == "odd", noise, (X.a > 0).astype(int)))

    train, test = split(0), split(1)
    tree = DecisionTreeClassifier(random_state=0).fit(train[list("abcd")], train.y)
    subject = Subject.load(model=tree, data=test, target="y", train=train, sensitive="group", context=Context())
    view = evaluate(membership_inference, {"subject": subject}, Context()).view("by_group")
    assert view.rows[0][:2] == ("group", "odd")
    lines = {(row[0], row[1]): row for row in view.rows}
    odd, plain = lines["group", "odd"], lines["group", "plain"]
    assert odd[5] > plain[6]
    assert odd[2] == (train.group == "odd").sum()
    assert {name for name, _ in lines} == {"class", "group"}


def test_our_attack_is_as_good_as_arts_learned_one():
    train, test = rows(0), rows(1)
    forest = RandomForestClassifier(50, min_samples_leaf=3, random_state=0).fit(*train)
    result = judged(forest, train, test)
    value, lo, hi, _ = measures(result)["advantage at the best cut"]
    with warnings.catch_warnings(), seeded(0):  # its forest draws from the global generator
        warnings.simplefilter("ignore")  # ART's own
        from art.attacks.inference.membership_inference import MembershipInferenceBlackBox
        from art.estimators.classification.scikitlearn import ScikitlearnRandomForestClassifier

        attack = MembershipInferenceBlackBox(ScikitlearnRandomForestClassifier(forest), attack_model_type="rf")
        halves = [(X.to_numpy(np.float32), np.eye(2)[y]) for X, y in (train, test)]
        attack.fit(halves[0][0][:750], halves[0][1][:750], halves[1][0][:750], halves[1][1][:750])
        called = [attack.infer(X[750:], y[750:]).mean() for X, y in halves]
    assert called[0] - called[1] > 0.05  # ART's attack finds the leak as well
    assert value > called[0] - called[1] - 0.05
    assert lo < value < hi


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
