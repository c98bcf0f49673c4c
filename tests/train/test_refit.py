import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trustlab.models import as_predictor
from trustlab.train.fit import fit
from trustlab.train.refit import coded_predictions, coded_proba, labels_of_codes, refit, why_no_refit


def rows(n=200):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=list("abc"))
    return X, np.where(X.a + rng.normal(size=n) > 0, "yes", "no")


def test_an_estimator_is_cloned_with_its_settings_and_a_new_seed():
    X, y = rows()
    own = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=7, random_state=1)).fit(X, y)
    predictor = as_predictor(own)
    before = predictor.digest()
    again = refit(predictor, X, y, 5)
    by_hand = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=7, random_state=5)).fit(X, y)
    assert again.predict_proba(X) == pytest.approx(by_hand.predict_proba(X))
    assert not np.allclose(again.predict_proba(X), own.predict_proba(X))
    assert predictor.digest() == before


def test_a_module_gets_new_weights_and_stays_itself():
    from torch import nn

    X, y = rows()
    predictor = fit(nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2)), X, y, task="binary", epochs=40)
    before = predictor.digest()
    first, second, same = (refit(predictor, X, y, seed).predict_proba(X) for seed in (1, 2, 1))
    assert not np.allclose(first, second)
    assert first == pytest.approx(same)
    assert predictor.digest() == before
    assert (first.argmax(axis=1) == (y == "yes")).mean() > 0.6


def test_a_function_cannot_be_trained_again():
    said = why_no_refit(as_predictor(lambda X: np.zeros(len(X)), task="regression"))
    assert "trained again" in said
    assert why_no_refit(as_predictor(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]))) is None


def test_codes_follow_the_classes_of_the_subject():
    X, y = rows()
    predictor = as_predictor(RandomForestClassifier(random_state=0).fit(X, y))
    classes = ("yes", "no", "perhaps")
    assert coded_proba(predictor, X, classes)[:, 2].max() == 0
    assert coded_proba(predictor, X, classes)[:, 0] == pytest.approx(predictor.predict_proba(X)[:, 1])
    assert (coded_predictions(predictor, X, classes) == (predictor.predict(X) == "no")).all()
    assert labels_of_codes(np.array([2, 0]), classes).tolist() == ["perhaps", "yes"]
    assert labels_of_codes(np.array([1.5]), ()).tolist() == [1.5]
