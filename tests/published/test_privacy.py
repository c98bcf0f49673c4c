"""ART's documented membership-inference setting, rebuilt on German credit, and adult's rows that are alone."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.seeding import seeded

TARGET = "classification"


def credit(real_data):
    """Return German credit as ART prepares Nursery: one-hot, scaled, halved."""
    frame = pd.read_csv(real_data("german_credit/german_data_credit_decoded.csv"))
    label = frame.columns[-1] if TARGET not in frame else TARGET
    X = pd.get_dummies(frame.drop(columns=label)).astype(float)
    X = pd.DataFrame(StandardScaler().fit_transform(X), columns=[f"c{k}" for k in range(X.shape[1])])
    y = (frame[label] == frame[label].mode()[0]).astype(int)
    place = np.random.default_rng(0).permutation(len(X))
    return [(X.iloc[part].reset_index(drop=True), y.iloc[part].reset_index(drop=True)) for part in np.split(place, 2)]


@pytest.fixture
def audited(real_data):
    train, test = credit(real_data)
    forest = RandomForestClassifier(random_state=0).fit(*train)
    given = {"model": forest, "data": test[0], "target": test[1], "train": train}
    result = run("privacy.membership_inference", given, Context(progress=False)).results[0]
    rows = {row[0]: row[1:4] for row in result.view("attacks").rows}
    return forest, train, test, rows, result


def test_the_rule_based_attack_is_arts(audited):
    forest, train, test, rows, _ = audited
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ART's own
        from art.attacks.inference.membership_inference import MembershipInferenceBlackBoxRuleBased
        from art.estimators.classification.scikitlearn import ScikitlearnRandomForestClassifier

        attack = MembershipInferenceBlackBoxRuleBased(ScikitlearnRandomForestClassifier(forest))
        called = [attack.infer(X.to_numpy(np.float32), y.to_numpy()).mean() for X, y in (train, test)]
    value, lo, hi = rows["advantage of the attack by the gap"]
    assert value == pytest.approx(called[0] - called[1], abs=0.01)
    assert lo < value < hi


def test_the_learned_attack_does_not_beat_ours(audited):
    forest, train, test, rows, result = audited
    with warnings.catch_warnings(), seeded(0):  # its forest draws from the global generator
        warnings.simplefilter("ignore")  # ART's own
        from art.attacks.inference.membership_inference import MembershipInferenceBlackBox
        from art.estimators.classification.scikitlearn import ScikitlearnRandomForestClassifier

        attack = MembershipInferenceBlackBox(ScikitlearnRandomForestClassifier(forest), attack_model_type="rf")
        halves = [(X.to_numpy(np.float32), y.to_numpy()) for X, y in (train, test)]
        half = len(test[1]) // 2
        attack.fit(halves[0][0][:half], halves[0][1][:half], halves[1][0][:half], halves[1][1][:half])
        called = [attack.infer(X[half:], y[half:]).mean() for X, y in halves]
    assert called[0] - called[1] > 0.4  # a forest grown to the end leaks, as ART's notebook shows
    assert rows["advantage at the best cut"][0] > called[0] - called[1] - 0.05
    assert rows["area of the attack by the model's certainty"][0] > 0.75
    assert result.status in {"warn", "fail"}


def test_adult_rows_that_are_alone(real_data):
    frame = pd.read_csv(real_data("adult/adult-train.csv"), header=None, skipinitialspace=True)
    quasi = [0, 9, 8, 13]  # age, sex, race, native country
    frame.columns = [f"c{k}" for k in frame.columns]
    names = [f"c{k}" for k in quasi]
    given = {"data": frame, "target": "c14", "quasi": ",".join(names)}
    result = run("privacy.uniqueness", given, Context(progress=False)).results[0]
    size = frame.groupby(names).c14.transform("size")
    measures = {row[0]: row[1] for row in result.view("risks").rows}
    assert measures["share unique"] == (size == 1).mean()
    assert result.value == (size < 11).mean()
    assert measures["crowds"] == frame.groupby(names).ngroups
