import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trustlab.core.errors import InputError
from trustlab.models import as_predictor
from trustlab.train import build, fit
from trustlab.train.fit import check_labels


def test_an_estimator_that_can_take_the_columns_is_fitted_as_it_is(clinic):
    X, y, _ = clinic
    numbers = X[["age", "bmi", "s5"]]
    ours = fit(RandomForestClassifier(10, random_state=1), numbers, y, task="binary")
    theirs = RandomForestClassifier(10, random_state=1).fit(numbers, y)
    np.testing.assert_array_equal(ours.predict_proba(numbers), theirs.predict_proba(numbers))
    assert ours.record["preprocessing"] is None
    assert not ours.record["already_fitted"]
    assert ours.record["rows"] == len(X)


def test_one_that_cannot_is_put_behind_preprocessing_and_the_record_says_why(clinic):
    X, y, _ = clinic
    predictor = fit(LogisticRegression(max_iter=1000), X, y, task="binary")
    assert "text, categorical or boolean columns (sex, senior)" in predictor.record["preprocessing"]
    assert roc_auc_score(y, predictor.predict_proba(X)[:, 1]) > 0.8
    strange = X.head(3).assign(sex=["f", None, "unheard of"], bmi=np.nan)
    assert predictor.predict(strange).shape == (3,)
    gaps = fit(LogisticRegression(max_iter=5000), X[["bp", "bmi"]], y, task="binary")
    assert "missing values (bp)" in gaps.record["preprocessing"]


def test_one_that_takes_gaps_keeps_them(clinic):
    X, y, _ = clinic
    columns = X[["bp", "bmi"]]
    ours = fit(HistGradientBoostingClassifier(max_iter=5, random_state=0), columns, y, task="binary")
    theirs = HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(columns, y)
    np.testing.assert_array_equal(ours.predict_proba(columns), theirs.predict_proba(columns))
    wrapped = fit(HistGradientBoostingClassifier(max_iter=5, random_state=0), X[["bp", "never"]], y, task="binary")
    assert "missing values (never)" in wrapped.record["preprocessing"]


def test_a_pipeline_is_fitted_as_it_is_and_its_error_becomes_ours(clinic):
    X, y, _ = clinic
    with pytest.raises(InputError, match=r"442 rows of 12 columns; Pipeline raised ValueError: .*'[fm]'"):
        fit(make_pipeline(StandardScaler(), LogisticRegression()), X, y, task="binary")


def test_what_is_fitted_already_is_taken_as_it_is(clinic):
    X, y, _ = clinic
    numbers = X[["age", "bmi"]]
    estimator = LogisticRegression(max_iter=1000).fit(numbers, y)
    coefficients = estimator.coef_.copy()
    predictor = fit(estimator, numbers, 1 - y, task="binary")
    assert predictor.record["already_fitted"]
    np.testing.assert_array_equal(estimator.coef_, coefficients)
    assert fit(as_predictor(lambda X: X["bmi"] > 25, task="binary"), X, y, task="binary").kind == "callable"


def test_what_an_estimator_warns_of_is_noted(clinic):
    X, y, _ = clinic
    predictor = fit(LogisticRegression(max_iter=1), X[["age", "bmi"]], y, task="binary")
    assert any("ConvergenceWarning" in said for said in predictor.record["warnings"])


def test_the_seed_decides_also_where_random_state_is_none_and_leaves_the_global_one_alone(clinic):
    X, y, _ = clinic
    numbers = X[["age", "bmi", "s5"]]
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - that it is left alone is the question
    answers = [
        fit(RandomForestClassifier(5), numbers, y, task="binary", seed=seed).predict_proba(numbers)
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(answers[0], answers[1])
    assert (answers[0] != answers[2]).any()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002 - the same


@pytest.mark.parametrize(
    ("labels", "task", "said"),
    [
        (np.ones(442), "binary", "at least two classes; got one"),
        (np.arange(442), "binary", "two classes; got 442"),
        (np.r_[np.nan, np.ones(441)], "binary", "no missing values; got 1 in 442"),
        (np.array(["high"] * 442), "regression", "must be numbers; got 'high'"),
        (np.r_[np.inf, np.ones(441)], "regression", "finite"),
        (np.ones(3), "binary", r"one label per row \(442\); got shape \(3,\)"),
    ],
)
def test_labels_that_suit_no_task(clinic, labels, task, said):
    with pytest.raises(InputError, match=said):
        fit(LogisticRegression(), clinic[0], labels, task=task)


def test_an_estimator_of_another_task_is_refused(clinic):
    X, y, target = clinic
    with pytest.raises(InputError, match="regression task; LogisticRegression classifies"):
        fit(LogisticRegression(), X, target, task="regression")
    with pytest.raises(InputError, match="binary task; LinearRegression is a regressor"):
        fit(LinearRegression(), X, y, task="binary")


def test_a_model_made_for_dates_needs_numbers(clinic):
    import pandas as pd

    X, y, _ = clinic
    with pytest.raises(InputError, match="column 'seen' must hold numbers, text or booleans; got datetime64"):
        fit(LogisticRegression(), X.assign(seen=pd.Timestamp("2026-01-01")), y, task="binary")


def test_the_frame_is_left_as_it_was(clinic):
    X, y, _ = clinic
    before = X.copy()
    for name in ("logistic", "boosting", "mlp"):
        fit(build(name, X, y, task="binary"), X, y, task="binary", epochs=1).predict_proba(X)
    assert X.equals(before)


@pytest.mark.parametrize(
    "labels",
    [np.array([1, "a"] * 10, dtype=object), np.array(["2020-01-01", "2021-01-01"] * 10, dtype="datetime64[D]")],
)
def test_labels_of_several_kinds_and_dates_are_refused(labels):
    with pytest.raises(InputError, match="all be text, or all numbers"):
        check_labels(labels, 20, "binary")


class Threads(ClassifierMixin, BaseEstimator):
    """Notes how many threads it was fitted with."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.threads_ = torch.get_num_threads()
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Listening(torch.nn.Linear):
    """Notes how many threads it was trained with."""

    def forward(self, inputs):
        self.heard = torch.get_num_threads() if self.training else None
        return super().forward(inputs)


def test_small_trainings_take_one_thread_and_large_ones_all():
    before = torch.get_num_threads()
    small = pd.DataFrame({"a": range(20), "b": 0.5})
    large = pd.DataFrame({f"x{i}": range(50_000) for i in range(20)})
    try:
        torch.set_num_threads(2)
        assert fit(Threads(), small, [0, 1] * 10, task="binary").native.threads_ == 1
        assert fit(Threads(), large, [0, 1] * 25_000, task="binary").native.threads_ == 2
        trained = fit(Listening(2, 2), small, [0, 1] * 10, task="binary", epochs=1)
        assert (trained.record["threads"], torch.get_num_threads()) == (1, 2)
    finally:
        torch.set_num_threads(before)
