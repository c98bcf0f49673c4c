import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from trustlab.core.errors import InputError, UsageError
from trustlab.models import as_predictor


def probabilities(answer):
    return as_predictor(lambda X: answer, task="binary", classes=["no", "yes"], returns="probabilities", name="odd")


def labels(answer, task="binary", classes=(0, 1)):
    return as_predictor(lambda X: answer, task=task, classes=classes, name="odd")


def test_a_model_that_raises_is_an_input_error_that_says_which_model_what_and_on_how_many_rows(letters):
    def broken(X):
        raise KeyError("income")

    with pytest.raises(InputError, match=r"model 'scorer'.*3 rows.*KeyError: 'income'") as caught:
        as_predictor(broken, task="binary", name="scorer").predict(letters)
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_interrupt_is_not_swallowed(letters):
    def interrupted(X):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        as_predictor(interrupted, task="binary").predict(letters)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([0, 1], r"shape \(3,\).*got shape \(2,\)"),
        ([[0, 1], [1, 0], [0, 1]], r"got shape \(3, 2\)"),
        ([0, None, 1], "1 missing of 3"),
        ([0, 1, 7], "among 0, 1; got 7"),
    ],
)
def test_labels_that_cannot_be(letters, answer, said):
    with pytest.raises(InputError, match=said):
        labels(answer).predict(letters)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([1.0, np.nan, np.inf], "2 NaN or infinite of 3"),
        (["high", "low", "low"], "numbers; got 'high'"),
    ],
)
def test_values_that_cannot_be(letters, answer, said):
    with pytest.raises(InputError, match=said):
        labels(answer, task="regression", classes=None).predict(letters)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([[0.5, 0.5]], r"shape \(3, 2\); got shape \(1, 2\)"),
        ([[0.2, 0.3, 0.5]] * 3, r"got shape \(3, 3\)"),
        ([[0.5, 0.5], [np.nan, 1.0], [0.0, 1.0]], "NaN or infinity in 1 of 3 rows"),
        ([[0.5, 0.5], [0.5, 0.6], [0.0, 1.0]], "sum to 1; got a row that sums to 1.1"),
        ([[0.5, 0.5], [-0.5, 1.5], [0.0, 1.0]], "between 0 and 1; got -0.5 to 1.5"),
    ],
)
def test_probabilities_that_cannot_be(letters, answer, said):
    with pytest.raises(InputError, match=said):
        probabilities(answer).predict_proba(letters)


def test_single_precision_probabilities_come_back_as_doubles_that_sum_to_one(letters):
    third = np.array([[1 / 3, 2 / 3]] * 3, dtype=np.float32)
    proba = probabilities(third).predict_proba(letters)
    assert proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=0, atol=1e-15)


def test_columns_are_passed_in_the_models_order_and_others_are_left_out(letters):
    seen = []
    predictor = as_predictor(lambda X: seen.append(list(X.columns)) or X["a"], task="regression", features=["b", "a"])
    predictor.predict(letters.assign(c=9.0)[["c", "a", "b"]])
    predictor.predict(letters[["b", "a"]].to_numpy())
    assert seen == [["b", "a"], ["b", "a"]]


def test_a_missing_column_is_named_with_the_nearest(letters):
    predictor = as_predictor(lambda X: X["age"], task="regression", features=["age", "b"])
    with pytest.raises(InputError, match=r"column 'age'; it is missing\. Did you mean 'agee'"):
        predictor.predict(letters.rename(columns={"a": "agee"}))
    with pytest.raises(InputError, match="2 columns of the model; got 3"):
        predictor.predict(np.zeros((4, 3)))


def test_no_rows_and_no_columns_are_refused(letters):
    predictor = as_predictor(lambda X: X["a"], task="regression")
    with pytest.raises(InputError, match="at least one row; got 0"):
        predictor.predict(letters.head(0))
    with pytest.raises(InputError, match=r"rows and columns; got shape \(3,\)"):
        predictor.predict(np.zeros(3))


def test_a_model_that_writes_into_its_input_does_not_change_the_callers(letters):
    def greedy(X):
        X["a"] = 0.0
        return X["b"]

    before = letters.copy()
    as_predictor(greedy, task="regression").predict(letters)
    pd.testing.assert_frame_equal(letters, before)


def test_regression_has_no_probabilities(letters):
    predictor = as_predictor(lambda X: X["a"], task="regression")
    assert not predictor.has_proba
    assert predictor.predict_proba(letters) is None


def test_what_cannot_be_told_must_be_given():
    with pytest.raises(UsageError, match="task must be given"):
        as_predictor(lambda X: X)
    with pytest.raises(UsageError, match="Did you mean 'binary'"):
        as_predictor(lambda X: X, task="binari")
    with pytest.raises(InputError, match=r"a model must predict.*got int"):
        as_predictor(3)


def test_a_predictor_stays_itself_under_a_new_name():
    predictor = as_predictor(lambda X: X, task="binary", name="one")
    again = as_predictor(predictor, name="two")
    assert (again.name, again.engine) == ("two", predictor.engine)


def test_wrapping_a_function_imports_no_library():
    code = (
        "import sys; from trustlab.models import as_predictor; as_predictor(lambda X: X, task='binary');"
        "print([m for m in ('torch', 'pandas', 'sklearn', 'mlflow', 'onnxruntime', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
