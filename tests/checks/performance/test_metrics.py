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
    "Matthews correlation": reference.matthews_corrcoef,
    "Cohen's kappa": reference.cohen_kappa_score,
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
    assert found.loc["PR AUC", "value"] == pytest.approx(reference.average_precision_score(y, frame.p))
    assert found.loc["specificity", "value"] == pytest.approx(reference.recall_score(y, said, pos_label=0))
    assert found.loc["log loss", "value"] == pytest.approx(reference.log_loss(y, frame.p))
    assert found.loc["Brier score", "value"] == pytest.approx(reference.brier_score_loss(y, frame.p))
    assert (found.value_lo < found.value).all()
    assert (found.value < found.value_hi).all()
    assert result.view("confusion").rows == (
        ("bad", *reference.confusion_matrix(y, said)[0].tolist()),
        ("good", *reference.confusion_matrix(y, said)[1].tolist()),
    )
    assert len(result.view("roc").rows) <= 200
    assert len(result.view("precision_recall").rows) <= 200
    assert {row[0] for row in result.view("picture").rows} == set(found.index) - {"log loss", "Brier score"}
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
    for name, metric in (("precision", reference.precision_score), ("F1", reference.f1_score)):
        assert found.loc[f"weighted {name}", "value"] == pytest.approx(metric(y, said, average="weighted"))
    assert found.loc["macro ROC AUC", "value_lo"] < found.loc["macro ROC AUC", "value"]
    classes = result.view("classes")
    assert classes.column("n") == [int((y == label).sum()) for label in "uvw"]
    assert classes.column("f1") == pytest.approx(reference.f1_score(y, said, average=None))
    assert classes.column("recall") == pytest.approx(reference.recall_score(y, said, average=None))
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
    expected = reference.median_absolute_error(frame.y, frame.said)
    assert found.loc["median absolute error", "value"] == pytest.approx(expected)
    expected = reference.mean_absolute_percentage_error(frame.y, frame.said)
    assert found.loc["MAPE", "value"] == pytest.approx(expected)
    assert len(result.view("picture").rows) == 10
    assert result.value == pytest.approx(reference.r2_score(frame.y, frame.said))
    assert result.status == "pass"
    dummy = DummyRegressor().fit(frame[["x"]], frame.y).predict(frame[["x"]])
    assert found.loc["MAE", "constant_guess"] == pytest.approx(reference.mean_absolute_error(frame.y, dummy))
    frame["said"] = frame.y.mean() + rng.normal(size=500)
    assert judged(Subject.load(data=frame, target="y", prediction="said", context=Context())).status == "fail"


def test_a_predicted_quantile_has_a_pinball_loss():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"x": rng.normal(size=300), "y": rng.normal(size=300)})
    frame["said"] = 1.28
    subject = Subject.load(data=frame, target="y", prediction="said", context=Context())
    found = table(evaluate(metrics, {"subject": subject}, Context(), parameters={"quantile": 0.9}))
    expected = reference.mean_pinball_loss(frame.y, frame.said, alpha=0.9)
    assert found.loc["pinball loss at 0.9", "value"] == pytest.approx(expected)


@pytest.mark.parametrize("n", [3, 5])
def test_few_rows_and_a_class_that_is_never_called_have_their_numbers(n):
    frame = pd.DataFrame({"x": range(n), "y": ["a", "b", "c", "a", "b"][:n], "said": ["a", "a", "b", "a", "b"][:n]})
    result = judged(Subject.load(data=frame, target="y", prediction="said", context=Context()))
    assert result.status in {"warn", "fail"}
    assert result.view("classes").column("recall")[2] == 0
    numbers = pd.DataFrame({"x": range(n), "y": [1.5, 2.5, 9.0, 3.5, 4.5][:n], "said": [1.0, 2.0, 8.0, 3.0, 4.0][:n]})
    result = judged(Subject.load(data=numbers, target="y", prediction="said", task="regression", context=Context()))
    assert result.status in {"pass", "warn"}


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
