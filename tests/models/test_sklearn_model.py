import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from trustlab.core.errors import InputError, UsageError
from trustlab.models import as_predictor


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        RandomForestClassifier(10, random_state=0),
        HistGradientBoostingClassifier(max_iter=10),
    ],
    ids=["logistic", "forest", "boosting"],
)
def test_it_answers_as_the_estimator_does_and_asking_leaves_it_as_it_was(estimator, diabetes):
    X, y = diabetes
    estimator.fit(X, y.map({0: "well", 1: "ill"}))
    predictor = as_predictor(estimator)
    before = predictor.digest()
    assert (predictor.task, predictor.classes, predictor.features) == ("binary", ["ill", "well"], list(X.columns))
    np.testing.assert_array_equal(predictor.predict(X), estimator.predict(X))
    np.testing.assert_array_equal(predictor.predict_proba(X[X.columns[::-1]]), estimator.predict_proba(X))
    assert predictor.digest() == before


def test_the_digest_sees_one_changed_coefficient(diabetes):
    X, y = diabetes
    estimator = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    predictor = as_predictor(estimator)
    before = predictor.digest()
    estimator[-1].coef_[0, 0] += 1e-9
    assert predictor.digest() != before


def test_names_and_tasks_come_from_the_estimator(diabetes):
    X, y = diabetes
    assert as_predictor(LinearRegression().fit(X, y)).task == "regression"
    search = GridSearchCV(LogisticRegression(max_iter=5000), {"C": [1.0]}, cv=2).fit(X / X.max(), y)
    assert as_predictor(search).classes == [0, 1]
    assert as_predictor(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)).name == "LogisticRegression"


def test_one_fitted_on_an_array_is_given_an_array(diabetes):
    X, y = diabetes
    estimator = make_pipeline(StandardScaler(), LogisticRegression()).fit(X.to_numpy(), y)
    predictor = as_predictor(estimator, features=list(X.columns))
    np.testing.assert_array_equal(predictor.predict(X[X.columns[::-1]]), estimator.predict(X.to_numpy()))


def test_one_without_probabilities_says_so(diabetes):
    X, y = diabetes
    predictor = as_predictor(LinearSVC().fit(X / X.max(), y))
    assert not predictor.has_proba
    assert predictor.predict_proba(X) is None


def test_unfitted_and_untellable_ones_are_refused(diabetes):
    X, _ = diabetes
    with pytest.raises(InputError, match="must be fitted; got an unfitted LogisticRegression"):
        as_predictor(LogisticRegression())
    with pytest.raises(UsageError, match="task must be given"):
        as_predictor(IsolationForest(n_estimators=2).fit(X))


def test_any_object_with_predict_will_do(diabetes):
    X, _ = diabetes

    class Rule:
        def predict(self, X):
            return (X["bmi"] > 25).astype(int)

    predictor = as_predictor(Rule(), task="binary", classes=[0, 1])
    assert (predictor.kind, predictor.name) == ("callable", "Rule")
    np.testing.assert_array_equal(predictor.predict(X), X["bmi"] > 25)
