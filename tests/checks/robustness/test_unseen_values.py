import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from trustlab.checks.robustness.unseen_values import unseen_values
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def judged(model, X, **parameters):
    before = X.copy(deep=True)
    subject = Subject.load(model=model, data=X, target=np.arange(len(X)) % 2, context=Context())
    result = evaluate(unseen_values, {"subject": subject}, Context(), parameters=parameters)
    pd.testing.assert_frame_equal(X, before)
    return result, {
        row[0]: dict(zip(result.view("answers").columns[1:], row[1:], strict=True))
        for row in result.view("answers").rows
    }


def table(n=60):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.normal(size=n), "age": rng.integers(18, 80, n), "town": rng.choice(["x", "y"], n)})


def fitted(handle, X):
    encode = make_column_transformer((OneHotEncoder(handle_unknown=handle), ["town"]), remainder="passthrough")
    return make_pipeline(encode, LogisticRegression(max_iter=1000)).fit(X, np.arange(len(X)) % 2)


def test_a_strict_pipeline_refuses_and_a_lenient_one_answers():
    X = table()
    strict, found = judged(fitted("error", X), X)
    assert found["category never seen"] == {"answered": 0, "warned": 0, "refused": 1, "no answer": 0, "other error": 0}
    # the number columns' gaps are refused by the regression, the town's by the encoder
    assert found["missing, where none was"]["refused"] == 3
    assert found["a column left out"]["refused"] == 1
    # age was never negative; a was
    assert found["negative, where none was"] == {**found["negative, where none was"], "answered": 1, "refused": 0}
    assert found["a million times the largest"]["answered"] == 2
    lenient, found = judged(fitted("ignore", X), X)
    assert found["category never seen"]["answered"] == 1
    assert lenient.value > strict.value


def test_gaps_that_were_seen_are_not_impossible():
    X = table()[["a", "age"]]
    X.loc[0, "a"] = np.nan
    _, found = judged(HistGradientBoostingClassifier(max_iter=3).fit(X, np.arange(60) % 2), X)
    assert found["missing, where none was"]["answered"] == 1
    assert found["a row of gaps"]["answered"] == 1


def test_other_errors_and_answers_that_are_none_are_told_apart():
    def ask(rows):
        if rows["town"].isna().any():
            raise KeyError("town")
        scores = np.asarray(rows["a"], dtype=float)
        return np.column_stack([1 - scores * 0, scores * 0])

    model = as_predictor(ask, task="binary", classes=[0, 1], returns="probabilities")
    result, found = judged(model, table())
    assert found["a row of gaps"]["other error"] == 1
    assert found["missing, where none was"] == {
        "answered": 1,
        "warned": 0,
        "refused": 0,
        "no answer": 1,
        "other error": 1,
    }
    assert found["text in place of a number"]["refused"] == 1
    assert "no refusal" in result.reason
    table_view = result.view("kinds")
    says = dict(zip(table_view.column("input"), table_view.column("says"), strict=True))
    assert says["a row of gaps"].startswith("KeyError")


@pytest.mark.parametrize("rows", [3])
def test_odd_tables_survive(rows):
    X = pd.DataFrame({"gap": [np.nan] * rows, "blank": [None] * rows, "when": pd.date_range("2020", periods=rows)})
    model = as_predictor(lambda frame: np.zeros(len(frame), dtype=int), task="binary", classes=[0, 1])
    result, _ = judged(model, X)
    assert result.status == "pass"
    wide = pd.DataFrame(np.zeros((5, 20_000)), columns=[f"x{at}" for at in range(20_000)])
    result, _ = judged(model, wide)
    assert result.n == 40
