import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression

from trustlab.checks.performance.metrics import metrics
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject

BINARY = {
    "accuracy": reference.accuracy_score,
    "balanced accuracy": reference.balanced_accuracy_score,
    "precision": reference.precision_score,
    "recall": reference.recall_score,
    "F1": reference.f1_score,
}


def judged(subject):
    return evaluate(metrics, {"subject": subject}, Context())


def table(result):
    view = result.view("metrics")
    return pd.DataFrame(view.rows, columns=view.columns).set_index("metric")


def binary(n=800, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 2, n)
    y = (rng.random(n) < p).astype(int)
    return pd.DataFrame({"x": rng.normal(size=n), "p": p, "y": np.where(y == 1, "good", "bad")})


def test_binary_numbers_are_scikit_learns():
    frame = binary()
    result = judged(Subject.load(data=frame, target="y", score="p", context=Context()))
    found = table(result)
    y, said = (frame.y == "good").astype(int), (frame.p >= 0.5).astype(int)
    for name, metric in BINARY.items():
        assert found.loc[name, "value"] == pytest.approx(metric(y, said))
    assert found.loc["ROC AUC", "value"] == pytest.approx(reference.roc_auc_score(y, frame.p))
    assert found.loc["log loss", "value"] == pytest.approx(reference.log_loss(y, frame.p))
    assert found.loc["Brier score", "value"] == pytest.approx(reference.brier_score_loss(y, frame.p))
    assert (found.value_lo < found.value).all()
    assert (found.value < found.value_hi).all()
    assert result.view("confusion").rows == (
        ("bad", *reference.confusion_matrix(y, said)[0].tolist()),
        ("good", *reference.confusion_matrix(y, said)[1].tolist()),
    )
    assert len(result.view("roc").rows) <= 200
    assert result.status == "pass"
    assert "better than guessing always bad (0.5)" in result.reason


def test_the_constant_guess_is_the_best_dummys():
    frame = binary()
    found = table(judged(Subject.load(data=frame, target="y", score="p", context=Context())))
    y = (frame.y == "good").astype(int)
    dummy = DummyClassifier(strategy="prior").fit(frame[["x"]], y)
    proba, said = dummy.predict_proba(frame[["x"]])[:, 1], dummy.predict(frame[["x"]])
    assert found.loc["accuracy", "constant_guess"] == pytest.approx(reference.accuracy_score(y, said))
    assert found.loc["recall", "constant_guess"] == reference.recall_score(y, said)
    assert found.loc["log loss", "constant_guess"] == pytest.approx(reference.log_loss(y, proba))
    assert found.loc["Brier score", "constant_guess"] == pytest.approx(reference.brier_score_loss(y, proba))


def test_random_predictions_do_not_pass_and_wrong_ones_fail():
    frame = binary().assign(said=np.random.default_rng(1).choice(["good", "bad"], 800))
    random = judged(Subject.load(data=frame, target="y", prediction="said", context=Context()))
    assert random.status == "warn"
    assert "not surely better" in random.reason
    frame["said"] = np.where(frame.y == "good", "bad", "good")
    assert judged(Subject.load(data=frame, target="y", prediction="said", context=Context())).status == "fail"


def test_accuracy_by_class_imbalance_does_not_pass():
    y = np.r_[np.zeros(950), np.ones(50)].astype(int)
    frame = pd.DataFrame({"x": np.arange(1000), "y": y, "said": 0})
    result = judged(Subject.load(data=frame, target="y", prediction="said", context=Context()))
    assert table(result).loc["accuracy", "value"] == 0.95
    assert result.status == "fail"


def test_multiclass_numbers_are_scikit_learns():
    rng = np.random.default_rng(2)
    X = pd.DataFrame(rng.normal(size=(900, 3)), columns=list("abc"))
    y = np.array(["u", "v", "w"])[np.argmax(X.to_numpy() + rng.gumbel(size=(900, 3)), axis=1)]
    model = LogisticRegression().fit(X, y)
    result = judged(Subject.load(model=model, data=X, target=y, context=Context()))
    found, said, proba = table(result), model.predict(X), model.predict_proba(X)
    assert found.loc["macro F1", "value"] == pytest.approx(reference.f1_score(y, said, average="macro"))
    assert found.loc["macro recall", "value"] == pytest.approx(reference.recall_score(y, said, average="macro"))
    assert found.loc["macro ROC AUC", "value"] == pytest.approx(reference.roc_auc_score(y, proba, multi_class="ovr"))
    assert found.loc["log loss", "value"] == pytest.approx(reference.log_loss(y, proba))
    assert result.value == pytest.approx(reference.balanced_accuracy_score(y, said))
    assert result.status == "pass"
    assert result.view("confusion").columns == ("true", "u", "v", "w")


def test_regression_numbers_are_scikit_learns():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": rng.normal(size=500), "y": rng.normal(size=500)})
    frame["said"] = frame.y + rng.normal(size=500) / 2
    result = judged(Subject.load(data=frame, target="y", prediction="said", context=Context()))
    found = table(result)
    assert found.loc["RMSE", "value"] == pytest.approx(reference.root_mean_squared_error(frame.y, frame.said))
    assert found.loc["MAE", "value"] == pytest.approx(reference.mean_absolute_error(frame.y, frame.said))
    assert result.value == pytest.approx(reference.r2_score(frame.y, frame.said))
    assert result.status == "pass"
    dummy = DummyRegressor().fit(frame[["x"]], frame.y).predict(frame[["x"]])
    assert found.loc["MAE", "constant_guess"] == pytest.approx(reference.mean_absolute_error(frame.y, dummy))
    frame["said"] = frame.y.mean() + rng.normal(size=500)
    assert judged(Subject.load(data=frame, target="y", prediction="said", context=Context())).status == "fail"


def test_a_target_that_does_not_vary_is_not_applicable():
    X = pd.DataFrame({"a": [0.0, 1, 2, 3]})
    model = LogisticRegression().fit(X, [0, 1, 0, 1])
    result = judged(Subject.load(model=model, data=X, target=np.ones(4, int), context=Context()))
    assert result.status == "not_applicable"


def test_many_classes_stay_bounded():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"x": rng.normal(size=4000), "y": [f"c{k}" for k in rng.integers(0, 150, 4000)]})
    result = judged(Subject.load(data=frame.assign(said=frame.y), target="y", prediction="said", context=Context()))
    assert len(result.view("confusion").rows) == 30
    assert result.provenance["seconds"] < 5
