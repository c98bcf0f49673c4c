import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.unseen_categories import unseen_categories
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=1000, seed=0, words=("x", "y", "z")):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"a": rng.normal(size=n), "b": rng.choice(words, n), "y": rng.integers(0, 2, n), "p": rng.integers(0, 2, n)}
    )


def checked(frame, train, **given):
    subject = Subject.load(data=frame, target="y", train=train, context=Context(), **given)
    return evaluate(unseen_categories, {"subject": subject}, Context())


def test_known_categories_pass():
    result = checked(rows(), rows(seed=1))
    assert (result.status, result.value) == ("pass", 0)


def test_a_new_category_is_named_and_counted():
    frame = rows()
    frame.loc[:49, "b"] = "w"
    result = checked(frame, rows(seed=1))
    assert result.status == "warn"
    assert result.value == 0.05
    assert "b ('w')" in result.reason


@pytest.mark.parametrize("seed", range(5))
def test_rare_words_that_chance_brings_pass(seed):
    rng = np.random.default_rng(seed)
    words = [f"w{min(int(k), 5000)}" for k in rng.zipf(1.6, 2000)]
    frame = rows(2000, seed).assign(b=words)
    result = checked(frame.iloc[:600], frame.iloc[600:])
    assert result.status == "pass"
    assert result.value > 0
    assert "chance" in result.reason


def test_the_models_error_on_such_rows():
    frame = rows()
    frame["p"] = frame.y
    frame.loc[:99, "b"] = "w"
    frame.loc[:99, "p"] = 1 - frame.y
    result = checked(frame, rows(seed=1), prediction="p")
    assert "errs in 100.0% of them and in 0.0% of the others." in result.reason


def test_numbers_alone_do_not_apply_and_gaps_are_no_category():
    assert checked(rows()[["a", "y"]], rows(seed=1)[["a", "y"]]).status == "not_applicable"
    frame = rows()
    frame.loc[:9, "b"] = None
    assert checked(frame, rows(seed=1)).status == "pass"


def test_many_features_with_rare_words_are_judged_together():
    alarms = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        words = {f"c{at}": [f"w{min(int(k), 5000)}" for k in rng.zipf(1.8, 1000)] for at in range(40)}
        frame = pd.DataFrame({**words, "y": rng.integers(0, 2, 1000)})
        alarms += checked(frame.iloc[:500], frame.iloc[500:]).status != "pass"
    assert alarms <= 2
