import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.leakage import leakage
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.intervals import newcombe


def rows(n=600, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    return pd.DataFrame({"a": a, "b": rng.choice(["x", "y"], n), "y": (a + rng.normal(size=n) > 0).astype(int)})


def checked(frame, train=None, **parameters):
    subject = Subject.load(data=frame, target="y", train=train, context=Context())
    return evaluate(leakage, {"subject": subject}, Context(), parameters=parameters)


def found(result):
    view = result.view("features")
    return dict(zip(view.column("feature"), view.column("finding"), strict=True))


def test_separate_rows_and_honest_features_pass():
    result = checked(rows(), train=rows(seed=1))
    assert result.status == "pass"
    assert result.value == 0
    assert "None of 600 audited rows stands in the training data" in result.reason
    assert found(result) == {}


def test_rows_that_were_trained_on_fail():
    train = rows(seed=1)
    audited = pd.concat([rows(300), train.head(100)])
    result = checked(audited, train=train)
    assert result.status == "fail"
    assert result.value == pytest.approx(0.25)
    assert result.interval == pytest.approx(newcombe(100, 400, 0, 600).at(())[1:])
    assert "100 of 400 audited rows (25.00%) stand in the training data" in result.reason


def test_equal_rows_that_few_valued_features_bring_are_no_leak():
    rng = np.random.default_rng(2)
    few = pd.DataFrame(
        {"a": rng.integers(0, 4, 2000), "b": rng.choice(["x", "y"], 2000), "y": rng.integers(0, 2, 2000)}
    )
    result = checked(few.head(500), train=few.tail(1500))
    assert result.status == "pass"
    assert "500 of 500" in result.reason
    assert "by chance" in result.reason


def test_copies_made_before_the_split_warn():
    copied = pd.concat([rows(1000), rows(1000).head(400)]).sample(frac=1, random_state=0)
    result = checked(copied.head(700), train=copied.tail(700))
    assert result.status == "warn"
    assert result.value == pytest.approx(0, abs=0.06)
    assert "themselves" in result.reason


def test_the_same_features_with_another_label_are_not_shared():
    frame = rows()
    assert checked(frame, train=frame.assign(y=1 - frame.y)).value == 0


def test_without_training_data_only_features_are_looked_at():
    result = checked(rows())
    assert result.status == "skipped"
    assert (result.value, result.unit, result.interval) == (0, "features", None)
    assert "were not looked for" in result.reason
    told = checked(rows().assign(copy=rows().y))
    assert (told.status, told.value, told.unit) == ("warn", 1, "features")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_copy_of_the_target_is_found_in_every_task(task):
    rng = np.random.default_rng(3)
    frame = rows(1000)
    frame["y"] = {
        "binary": frame.y,
        "multiclass": pd.Series(rng.choice(["u", "v", "w"], 1000)),
        "regression": pd.Series(rng.lognormal(size=1000)),
    }[task]
    frame["copy"] = frame.y if task == "regression" else frame.y.map(lambda label: f"is {label}")
    result = checked(frame)
    assert result.status == "warn"
    assert found(result) == {"copy": "predicts the target"}
    assert "copy alone predicts y almost perfectly" in result.reason


def test_a_number_that_separates_rare_positives_is_found():
    rng = np.random.default_rng(4)
    frame = rows(5000).assign(y=(rng.random(5000) < 0.02).astype(int))
    frame["days_since_default"] = np.where(frame.y == 1, rng.uniform(0, 90, 5000), -1)
    assert found(checked(frame)) == {"days_since_default": "predicts the target"}


def test_identifiers_give_nothing_away():
    frame = rows().assign(
        id=np.random.default_rng(5).permutation(600) + 70_000, name=[f"person {i}" for i in range(600)]
    )
    assert checked(frame).status == "skipped"


def test_gaps_are_no_trouble_and_few_rows_no_fault():
    frame = rows()
    frame.loc[::2, "a"] = np.nan
    assert checked(frame.assign(empty=np.nan)).status == "skipped"
    assert checked(frame.head(20)).status == "not_applicable"
    numbers = frame.assign(y=np.random.default_rng(7).normal(size=600), empty=np.nan)
    assert checked(numbers).status == "skipped"


def test_a_few_rows_are_not_looked_at_and_not_fine():
    result = checked(rows(20))
    assert result.status == "not_applicable"
    assert "not tried: 20 rows, fewer than 50" in result.reason
    known = checked(rows(20), train=rows(seed=1))
    assert known.status == "pass"
    assert "gives the target away" not in known.reason


def wide(n=400, columns=3000, seed=5):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, columns)), columns=[f"x{i}" for i in range(columns)])
    return frame.assign(y=rng.integers(0, 2, n)), rng


def test_of_very_many_features_the_one_that_gives_the_target_away_is_found_and_few_are_tried():
    frame, rng = wide()
    frame["x1234"] = np.where(frame.y == 1, rng.choice([-5, 5], len(frame)), 0) + rng.normal(scale=0.1, size=len(frame))
    frame["x2900"] = np.where(frame.y == 1, np.nan, frame.x2900)
    result = checked(frame)
    assert set(found(result)) == {"x1234", "x2900"}
    assert "Of 3,000 features the 500 that go with the target most were tried." in result.reason


def test_of_very_many_features_none_is_named_without_cause():
    result = checked(wide()[0])
    assert found(result) == {}
    assert result.status == "skipped"


def test_a_feature_is_found_among_very_many_for_classes_and_numbers_too():
    frame, rng = wide(columns=700)
    frame["y"] = rng.choice(["r", "s", "t"], len(frame))
    frame["x77"] = frame.y.map({"r": 0.0, "s": 9.0, "t": 4.0})
    assert set(found(checked(frame))) == {"x77"}
    frame["y"] = rng.normal(size=len(frame))
    frame["x78"] = 3 * frame.y
    assert "x78" in found(checked(frame))
