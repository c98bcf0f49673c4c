"""Bad models, labels, groups and policies: the audit goes on, and says of what it could not look at why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.errors import InputError, UsageError
from trustlab.core.execute import run
from trustlab.core.result import Document, Status
from trustlab.testing.playground import loans

ROWS = 200
FEATURES = ["income", "debt_ratio", "age"]
FRAME = loans(ROWS)[[*FEATURES, "race", "approved"]]
# Leakage's number is that of shared rows, where training rows are known; without a slice there is no worst one.
WITHOUT_NUMBER = {"quality.leakage", "segments.worst_slice"}
QUIET = Context(progress=False, notice=lambda _: None)
TRUTH = LogisticRegression(max_iter=1000).fit(FRAME[FEATURES], FRAME["approved"])
DROP = ["race"]


class Broken(ClassifierMixin, BaseEstimator):
    """A classifier that is right but for what ``spoil`` does to its probabilities."""

    def __init__(self, spoil: Callable[[Any], Any] | None = None) -> None:
        self.spoil, self.classes_, self.feature_names_in_ = spoil, np.array([0, 1]), np.array(FEATURES)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, X: Any) -> Any:
        return self.classes_[TRUTH.predict(X[FEATURES])]

    def predict_proba(self, X: Any) -> Any:
        if self.spoil is None:
            raise RuntimeError("no probabilities today")
        return self.spoil(TRUTH.predict_proba(X[FEATURES]))


class Labels(BaseEstimator):
    """Labels alone: no predict_proba."""

    classes_ = np.array([0, 1])

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, X: Any) -> Any:
        return TRUTH.predict(X[FEATURES])


def holes(proba: Any) -> Any:
    proba = proba.copy()
    proba[3] = np.nan
    return proba


def audit(**named: Any) -> Document:
    return run("audit", {"data": FRAME, "target": "approved", "drop": DROP, **named}, QUIET)


def reasons(document: Document, status: Status) -> dict[str, str]:
    return {result.id: result.reason or "" for result in document.results if result.status == status}


def sound(document: Document) -> None:
    """Check that nothing crashed within, and that whatever was not looked at says why."""
    for result in document.results:
        assert result.reason, result.id
        assert "could not finish" not in result.reason, f"{result.id}: {result.reason}"
        if result.status == Status.PASS and result.value is None and result.id not in WITHOUT_NUMBER:
            raise AssertionError(f"{result.id} passes without a number: {result.reason}")


PROBABILITIES = [
    ("raises", Broken(None), "no probabilities today"),
    ("one column", Broken(lambda proba: proba[:, :1]), "shape"),
    ("three columns", Broken(lambda proba: np.column_stack([proba / 2, proba[:, :1] * 0 + 0.5])), "shape"),
    ("a row short", Broken(lambda proba: proba[:-1]), "shape"),
    ("sums to 2", Broken(lambda proba: proba * 2), "between 0 and 1"),
    ("sums to 0.9", Broken(lambda proba: proba * 0.9), "sum to 1"),
    ("NaN", Broken(holes), "NaN"),
    ("text", Broken(lambda proba: proba.astype(str).astype(object) + "!"), "numbers"),
]


@pytest.mark.parametrize(("model", "why"), [row[1:] for row in PROBABILITIES], ids=[row[0] for row in PROBABILITIES])
def test_probabilities_that_are_none(model: Broken, why: str) -> None:
    document = audit(model=model, sensitive="race")
    sound(document)
    broken = reasons(document, Status.ERROR)
    assert "reliability.calibration" in broken
    assert why in broken["reliability.calibration"]
    assert document.status == Status.ERROR or reasons(document, Status.FAIL)
    judged = {result.id: result.status for result in document.results}
    assert judged["performance.metrics"] == Status.PASS, "its labels are right all the same"
    assert judged["fairness.selection_rate"] not in {Status.ERROR, Status.NOT_APPLICABLE}


def test_a_model_without_probabilities() -> None:
    document = audit(model=Labels())
    sound(document)
    assert "predict_proba" in reasons(document, Status.NOT_APPLICABLE)["reliability.calibration"]


PREDICTIONS = [
    ("raises", lambda _: 1 / 0, "ZeroDivisionError"),
    ("a row short", lambda frame: np.zeros(len(frame) - 1), "shape"),
    ("NaN", lambda frame: np.full(len(frame), np.nan), "missing"),
    ("a strange label", lambda frame: ["maybe"] * len(frame), "maybe"),
    ("a number for a model", lambda _: 3, "shape"),
]


@pytest.mark.parametrize(("model", "why"), [row[1:] for row in PREDICTIONS], ids=[row[0] for row in PREDICTIONS])
def test_predictions_that_are_none(model: Callable[[Any], Any], why: str) -> None:
    document = audit(model=model)
    sound(document)
    broken = reasons(document, Status.ERROR)
    assert why in broken["performance.metrics"]
    assert "quality.missing" not in broken, "what needs no model is asked all the same"
    assert document.status in {Status.ERROR, Status.FAIL}


def test_a_network_that_gives_nan_is_no_class_0() -> None:
    module = torch.nn.Linear(3, 2)
    module.weight.data[:] = torch.nan
    document = audit(model=module, drop=[*DROP])
    sound(document)
    assert "NaN" in reasons(document, Status.ERROR)["performance.metrics"]


def test_a_label_that_the_model_has_never_seen() -> None:
    data = FRAME.assign(approved=FRAME["approved"].where(FRAME.index >= 30, 2))
    document = audit(model=TRUTH, data=data)
    sound(document)
    why = reasons(document, Status.ERROR)["reliability.calibration"]
    assert "never seen: 2 (30 of 200 rows)" in why
    result = next(result for result in document.results if result.id == "performance.metrics")
    assert result.status not in {Status.ERROR, Status.NOT_APPLICABLE}, "its rows count as mistakes"
    matrix = result.view("confusion")
    assert sum(matrix.column("2")) == 0  # type: ignore[arg-type]


def test_labels_of_which_the_model_knows_none_are_refused() -> None:
    with pytest.raises(InputError, match="labels that model 'LogisticRegression' knows"):
        audit(model=TRUTH, data=FRAME.assign(approved=FRAME["approved"].map({0: "no", 1: "yes"})))


SENSITIVE = {
    "400 values": np.arange(ROWS) * 2 % 400,
    "all different": [f"person {at}" for at in range(ROWS)],
    "all missing": np.full(ROWS, np.nan),
    "all None": np.full(ROWS, None),
    "a group of one": ["lonely", *["many"] * (ROWS - 1)],
    "one group": ["all"] * ROWS,
}


@pytest.mark.parametrize("kind", SENSITIVE)
def test_strange_groups(kind: str) -> None:
    document = audit(model=TRUTH, sensitive=pd.Series(SENSITIVE[kind], name="group"))
    sound(document)
    assert not reasons(document, Status.ERROR)
    of_groups = [name for name, record in registry.of_kind("check").items() if "sensitive" in record.needs]
    assert any(name.startswith("fairness.") for name in of_groups)
    if kind in {"all missing", "all None", "one group"}:
        passed = {result.id for result in document.results if result.status == Status.PASS}
        assert not passed.intersection(of_groups)


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("task", ["binary", "regression", "multiclass"])
def test_three_rows(rows: int, task: str) -> None:
    target = {"binary": [0, 1, 1], "regression": [0.5, 1.25, 3.0], "multiclass": ["a", "b", "c"]}[task][:rows]
    data = FRAME.head(rows).assign(approved=target, said=target)
    if rows == 1 and task != "regression":
        with pytest.raises(InputError, match="two classes"):
            audit(data=data, prediction="said", task=task, sensitive="race")
        return
    document = audit(data=data, prediction="said", task=task, sensitive="race")
    sound(document)
    assert not reasons(document, Status.ERROR)


def test_three_rows_and_a_model() -> None:
    document = audit(data=FRAME.head(3).assign(approved=[0, 1, 1]), model=TRUTH, train=FRAME, sensitive="race")
    sound(document)
    assert not reasons(document, Status.ERROR)


def test_twenty_thousand_columns() -> None:
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(60, 20_000)), columns=[f"x{at}" for at in range(20_000)])
    document = audit(data=wide.assign(approved=np.arange(60) % 2, said=np.arange(60) % 2), prediction="said", drop=[])
    sound(document)
    assert not reasons(document, Status.ERROR)


def test_columns_that_are_empty_or_constant() -> None:
    data = FRAME.assign(gone=np.nan, none=None, same=1, word="x")
    document = audit(data=data.assign(said=FRAME["approved"]), prediction="said")
    sound(document)
    assert not reasons(document, Status.ERROR)


def test_one_class() -> None:
    document = audit(model=TRUTH, data=FRAME.assign(approved=1), sensitive="race")
    sound(document)
    assert not reasons(document, Status.ERROR)


def test_a_policy_with_a_typo(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    for text, hint in [
        ("chekcs: {}", "Did you mean 'checks'?"),
        ("checks: {fairness.eror_rates: {fail: 0.1}}", "fairness.error_rates"),
        ("checks: {fairness.error_rates: {fial: 0.1}}", "Did you mean 'fail'?"),
        ("only: [fairnes]", "Did you mean 'fairness'?"),
    ]:
        policy.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError) as caught:
            audit(model=TRUTH, policy=policy)
        assert hint in caught.value.message


SLOW = [name for name, record in registry.of_kind("check").items() if record.cost == "minutes"]


@pytest.mark.parametrize("spoilt", ["raises", "a row short", "NaN"])
def test_checks_that_take_minutes_are_as_careful(spoilt: str) -> None:
    for cases in (PROBABILITIES, PREDICTIONS):
        model, why = next(row[1:] for row in cases if row[0] == spoilt)
        document = audit(model=model, sensitive="race", train=FRAME, only=SLOW)
        sound(document)
        broken = reasons(document, Status.ERROR)
        assert "robustness.evasion" in broken
        assert why in broken["robustness.evasion"]
        assert not [name for name in broken if broken[name].startswith(name)], "each says what the model did"


def test_checks_that_take_minutes_and_three_rows() -> None:
    few = FRAME.head(3).assign(approved=[0, 1, 1])
    document = audit(data=few, model=TRUTH, train=few, only=SLOW)
    sound(document)
    assert not reasons(document, Status.ERROR)


def test_four_hundred_groups_in_two_thousand_rows() -> None:
    data = loans(2000).assign(branch=np.arange(2000) % 400)
    document = audit(
        data=data, model=TRUTH, sensitive="branch", drop=["race"], only=["fairness", "segments", "privacy", "quality"]
    )
    sound(document)
    assert not reasons(document, Status.ERROR)
    wide = next(result for result in document.results if result.id == "fairness.selection_rate")
    assert wide.n == 2000


def test_no_operation_takes_weights_so_none_can_be_negative() -> None:
    """One that ever does is walked here: a weight below 0 is refused in words."""
    named = [(one.id, each.name) for one in registry.operations().values() for each in one.parameters]
    assert not [pair for pair in named if "weight" in pair[1]]
