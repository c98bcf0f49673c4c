"""The subject: what the user named, coded once for every check."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError, NotFoundError, TrustlabError, UsageError
from trustlab.core.execute import run
from trustlab.data.split import split_rows
from trustlab.models.subject import Subject

pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")

ROWS = 40
RNG = np.random.default_rng(3)
FRAME = pd.DataFrame(
    {
        "income": RNG.normal(50, 10, ROWS).round(2),
        "age": np.arange(20, 20 + ROWS),
        "race": ["Blue", "Green"] * (ROWS // 2),
        "good": (np.arange(ROWS) % 4 < 2).astype(int),
        "said": (np.arange(ROWS) % 3 < 2).astype(int),
        "p": np.linspace(0, 1, ROWS),
    }
)
X, Y = FRAME[["income", "age"]], FRAME["good"]
MODEL = LogisticRegression().fit(X, Y)


def load(context: Context | None = None, **named: Any) -> Subject:
    return Subject.load(**named, context=context or Context(progress=False))


def refused(error: type[TrustlabError], **named: Any) -> str:
    with pytest.raises(error) as caught:
        load(**named)
    return caught.value.message


# labels


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (Y, (0, 1)),
        (Y.astype(bool), (False, True)),
        (Y.map({0: "no", 1: "yes"}), ("no", "yes")),
        (Y.astype(float), (0.0, 1.0)),
        (Y.map({0: 2, 1: 1}), (1, 2)),
        (Y.map({0: "no", 1: "yes"}).astype("category"), ("no", "yes")),
    ],
    ids=["int", "bool", "text", "float", "one and two", "category"],
)
def test_two_labels_become_0_and_1_in_sorted_order(labels: pd.Series, classes: tuple[Any, ...]) -> None:
    subject = load(data=FRAME.assign(good=labels, said=labels), target="good", prediction="said")
    assert (subject.task, subject.classes) == ("binary", classes)
    assert subject.y is not None
    assert subject.y.tolist() == [classes.index(label) for label in labels]
    assert subject.y_pred is not None
    assert subject.y_pred.tolist() == subject.y.tolist()


def test_labels_that_mean_the_same_meet() -> None:
    mixed = FRAME.assign(good=Y.astype(bool), said=FRAME["said"].astype(float))
    subject = load(data=mixed, target="good", prediction="said")
    assert subject.y_pred is not None
    assert subject.y_pred.tolist() == FRAME["said"].tolist()
    message = refused(InputError, data=FRAME.assign(said=2), target="good", prediction="said")
    assert message == "prediction 'said' must be one of 0, 1; got 2"


@pytest.mark.parametrize("positive", ["Blue", "Green"])
def test_the_positive_class_is_the_last_code(positive: str) -> None:
    subject = load(data=FRAME, target="race", prediction="race", positive=positive)
    assert subject.classes[1] == positive
    assert subject.y is not None
    assert subject.y.tolist() == (FRAME["race"] == positive).astype(int).tolist()


def test_a_number_as_positive_class_may_come_as_text() -> None:
    assert load(data=FRAME, target="good", prediction="said", positive="0").classes == (1, 0)
    assert load(data=FRAME.assign(good=Y.astype(float)), target="good", prediction="said", positive="0").classes == (
        1.0,
        0.0,
    )


def test_a_positive_class_that_is_none_is_refused() -> None:
    message = refused(UsageError, data=FRAME, target="race", prediction="race", positive="Red")
    assert message == "positive must be one of Blue, Green; got 'Red'"
    three = FRAME.assign(race=["a", "b", "c", "c"] * (ROWS // 4))
    message = refused(UsageError, data=three, target="race", prediction="race", positive="a")
    assert message == "positive is for binary targets; this task is multiclass"


@pytest.mark.parametrize(
    ("column", "task"),
    [
        (FRAME["income"], "regression"),
        (pd.Series(np.arange(ROWS) % 20), "multiclass"),
        (pd.Series(np.arange(ROWS) % 21), "regression"),
        (pd.Series([f"c{i % 7}" for i in range(ROWS)]), "multiclass"),
        (FRAME["race"], "binary"),
    ],
    ids=["decimals", "20 whole numbers", "21 whole numbers", "words", "two words"],
)
def test_the_task_follows_from_the_target(column: pd.Series, task: str) -> None:
    subject = load(data=FRAME.assign(t=column, q=column), target="t", prediction="q")
    assert subject.task == task
    assert len(subject.classes) == (0 if task == "regression" else column.nunique())
    forced = load(data=FRAME.assign(t=FRAME["age"]), target="t", prediction="age", task="regression")
    assert forced.y is not None
    assert forced.y.tolist() == FRAME["age"].astype(float).tolist()


@pytest.mark.parametrize(
    ("frame", "named", "message"),
    [
        (FRAME.assign(good=1), {}, "target 'good' must have two classes or more; every row says 1"),
        (FRAME.assign(good=Y.where(Y.index > 2)), {}, "must have a label in every row; 3 of 40 are missing"),
        (FRAME.assign(good="x" + FRAME["age"].astype(str)), {"task": "binary"}, "it has 40"),
        (FRAME.assign(said=FRAME["said"].where(Y.index > 1)), {}, "must be known in every row; 2 are missing"),
        (FRAME.assign(good="text", said="text"), {"task": "regression"}, "must be numbers for a regression; got text"),
    ],
    ids=["one class", "missing", "too many", "missing prediction", "text"],
)
def test_targets_and_predictions_that_cannot_be_used(frame: pd.DataFrame, named: dict[str, Any], message: str) -> None:
    assert message in refused(InputError, data=frame, target="good", prediction="said", **named)


def test_names_that_are_no_columns() -> None:
    for name in ("target", "prediction", "score", "sensitive", "drop"):
        named: dict[str, Any] = {"data": FRAME, "target": "good", "prediction": "said"}
        named[name] = ["goood"] if name == "drop" else "goood"
        message = refused(UsageError, **named)
        assert message == f"{name} must be a column of data in memory; got 'goood'. Did you mean 'good'?"


def test_something_must_be_asked_about() -> None:
    assert "data is needed" in refused(UsageError, model=MODEL)
    assert "a model, a prediction column or a target is needed" in refused(UsageError, data=FRAME)
    message = refused(UsageError, model=MODEL, data=FRAME, target="good", prediction="said")
    assert message == "either a model or a column of its predictions or scores must be given; both came"


# scores


def test_a_score_column_gives_probabilities_and_predictions() -> None:
    subject = load(data=FRAME, target="good", score="p")
    assert subject.score is not None
    assert subject.proba is not None
    assert subject.y_pred is not None
    np.testing.assert_allclose(subject.score, FRAME["p"])
    np.testing.assert_allclose(subject.proba.sum(axis=1), 1)
    assert subject.y_pred.tolist() == (FRAME["p"] >= 0.5).astype(int).tolist()
    assert subject.X.columns.tolist() == ["income", "age", "race", "said"]


def test_a_prediction_column_decides_where_both_are_given() -> None:
    subject = load(data=FRAME, target="good", score="p", prediction="said")
    assert subject.y_pred is not None
    assert subject.y_pred.tolist() == FRAME["said"].tolist()
    assert subject.score is not None


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pd.Series(["high"] * ROWS), "must hold numbers from 0 to 1; got text"),
        (FRAME["age"], "must hold probabilities from 0 to 1 in every row; got 20 to 59, 0 missing"),
        (FRAME["p"].where(FRAME["p"] > 0.1), "4 missing"),
    ],
    ids=["text", "ages", "missing"],
)
def test_scores_that_are_none(column: pd.Series, message: str) -> None:
    assert message in refused(InputError, data=FRAME.assign(p=column), target="good", score="p")


# sensitive attributes


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        ("race", ["race"]),
        ("race, good", ["race", "good"]),
        (["race", "good"], ["race", "good"]),
        (FRAME["race"].rename("r"), ["r"]),
        (FRAME["race"].to_numpy(), ["group"]),
        (FRAME[["race", "good"]], ["race", "good"]),
    ],
    ids=["name", "names", "list", "series", "array", "frame"],
)
def test_sensitive_attributes_come_in_many_forms(given: Any, columns: list[str]) -> None:
    subject = load(data=FRAME, target="good", prediction="said", sensitive=given)
    assert subject.sensitive is not None
    assert subject.sensitive.columns.tolist() == columns
    assert subject.sensitive.iloc[:, 0].tolist() == FRAME["race"].tolist()
    if len(columns) == 2:
        assert subject.sensitive.iloc[:, 1].tolist() == Y.astype(str).tolist()


def test_many_numbers_are_cut_at_their_quartiles() -> None:
    subject = load(data=FRAME, target="good", prediction="said", sensitive="age")
    assert subject.sensitive is not None
    bands = subject.sensitive["age"]
    assert bands.value_counts().to_dict() == {
        "20 to 29.75": 10, "29.75 to 39.5": 10, "39.5 to 49.25": 10, "49.25 to 59": 10,
    }  # fmt: skip
    few = load(data=FRAME.assign(age=FRAME["age"] % 12), target="good", prediction="said", sensitive="age")
    assert few.sensitive is not None
    assert set(few.sensitive["age"]) == {str(n) for n in range(12)}, "few numbers are groups as they are"


def test_an_unknown_group_is_a_group() -> None:
    subject = load(
        data=FRAME.assign(race=FRAME["race"].where(FRAME.index > 4)),
        target="good",
        prediction="said",
        sensitive="race",
    )
    assert subject.sensitive is not None
    assert subject.sensitive["race"].value_counts()["(missing)"] == 5


def test_groups_must_be_as_many_as_the_rows() -> None:
    given: dict[str, Any] = {"data": FRAME, "target": "good", "prediction": "said"}
    message = refused(UsageError, **given, sensitive=FRAME["race"][:5])
    assert message == "sensitive must have 40 rows, as the data; got 5"
    assert "at least one column" in refused(UsageError, **given, sensitive=[])


# rows


def test_arrays_given_row_by_row_follow_where() -> None:
    kept = FRAME["income"] > 50
    subject = load(
        data=FRAME.set_index(FRAME.index[::-1]),
        target=Y.to_numpy(),
        prediction="said",
        sensitive=FRAME[["race"]].set_index(FRAME.index[::-1]),
        where="income > 50",
    )
    assert subject.n == kept.sum()
    assert subject.y is not None
    assert subject.y.tolist() == Y[kept].tolist()
    assert subject.sensitive is not None
    assert subject.sensitive["race"].tolist() == FRAME["race"][kept].tolist()
    assert subject.X["income"].tolist() == FRAME["income"][kept].tolist()
    assert subject.dataset.origin["where"] == "income > 50"
    listed = load(data=FRAME, target="good", prediction="said", sensitive=FRAME["age"].to_numpy(), where="p > 0.5")
    assert listed.sensitive is not None
    assert len(listed.sensitive) == (FRAME["p"] > 0.5).sum()


def test_derived_columns_can_be_target_and_prediction() -> None:
    subject = load(
        data=FRAME, target="old", prediction="rich", derive=["old = age >= 40", "rich = income > 50"], where="age < 50"
    )
    part = FRAME[FRAME["age"] < 50]
    assert subject.y is not None
    assert subject.y.tolist() == (part["age"] >= 40).astype(int).tolist()
    assert subject.y_pred is not None
    assert subject.y_pred.tolist() == (part["income"] > 50).astype(int).tolist()
    assert subject.dataset.columns == tuple(FRAME.columns), "derived columns do not count as stored"


def test_dropped_columns_are_no_features() -> None:
    subject = load(data=FRAME, target="good", prediction="said", drop=["p", "race"])
    assert subject.X.columns.tolist() == ["income", "age"]
    assert subject.numeric_columns == ["income", "age"]


def test_taking_rows_takes_all_that_goes_with_them() -> None:
    whole = load(data=FRAME, target="good", score="p", sensitive="race")
    part = whole.take(np.array([5, 1]))
    assert part.X["age"].tolist() == [25, 21]
    assert part.y is not None
    assert part.score is not None
    assert part.sensitive is not None
    assert part.y.tolist() == Y[[5, 1]].tolist()
    assert part.score.tolist() == FRAME["p"][[5, 1]].tolist()
    assert part.sensitive["race"].tolist() == ["Green", "Green"]
    whole.memo("key", lambda: 1)
    assert part.memo("key", lambda: 2) == 2


# models


def test_a_model_is_asked_in_its_own_columns() -> None:
    subject = load(model=MODEL, data=FRAME[FRAME.columns[::-1]], target="good")
    assert subject.X.columns.tolist() == ["income", "age"]
    assert subject.y_pred is not None
    assert subject.y_pred.tolist() == MODEL.predict(X).tolist()
    assert subject.proba is not None
    np.testing.assert_allclose(subject.proba, MODEL.predict_proba(X))
    other = X + 1
    assert subject.predict(other).tolist() == MODEL.predict(other).tolist()
    np.testing.assert_allclose(subject.predict_proba(other), MODEL.predict_proba(other))


def test_probabilities_follow_the_order_of_the_classes() -> None:
    words = Y.map({0: "no", 1: "yes"})
    model = LogisticRegression().fit(X, words)
    subject = load(model=model, data=X, target=words, positive="no")
    assert subject.classes == ("yes", "no")
    assert subject.score is not None
    np.testing.assert_allclose(subject.score, model.predict_proba(X)[:, 0])


def test_a_regression_has_no_classes() -> None:
    subject = load(model=LinearRegression().fit(X, FRAME["p"]), data=X, target=FRAME["p"])
    assert (subject.task, subject.classes, subject.proba) == ("regression", (), None)


def test_a_model_that_raises_says_so() -> None:
    class Broken:
        classes_ = np.array([0, 1])

        def predict(self, rows: Any) -> Any:
            raise RuntimeError("boom")

    subject = load(model=Broken(), data=X, target=Y)
    assert subject.y_pred is None
    said = "model 'Broken': predict must answer for 40 rows; it raised RuntimeError: boom"
    assert subject.faults["predictions"].startswith(said)
    with pytest.raises(InputError, match="boom"):
        subject.why_not(registry.get("performance.metrics"))
    assert subject.why_not(registry.get("quality.missing")) is None
    assert "sensitive" in str(subject.why_not(registry.get("fairness.error_rates")))


def test_rows_that_the_model_does_not_take_are_refused_at_once() -> None:
    assert "'income'" in refused(InputError, model=MODEL, data=X.drop(columns="income"), target=Y)


def test_training_data_come_as_a_table_or_as_a_pair() -> None:
    for train in (FRAME, (X, Y), (X.to_numpy(), Y.to_numpy())):
        model = MODEL if not isinstance(train, tuple) or isinstance(train[0], pd.DataFrame) else None
        model = model or LogisticRegression().fit(X.to_numpy(), Y)
        data = X if model is MODEL else X.to_numpy()
        subject = load(model=model, data=data, target=Y, train=train)
        assert subject.train is not None
        assert subject.train.y is not None
        assert subject.train.y.tolist() == Y.tolist()
        assert subject.train.y_pred is not None
        assert subject.train.y_pred.tolist() == MODEL.predict(X).tolist()


def test_training_data_are_prepared_alike() -> None:
    subject = load(model=MODEL, data=X, target=Y, train=(X, Y), where="age < 30")
    assert subject.train is not None
    assert (subject.n, subject.train.n) == (10, 10)
    message = refused(UsageError, model=MODEL, data=X, target=Y, train=(X, Y[:3]))
    assert message == "target must have 40 values, one a row; got 3"


# what is missing


@pytest.mark.parametrize(
    ("named", "lacking"),
    [
        ({"target": "good", "prediction": "said"}, {"model", "scores", "sensitive", "train"}),
        ({"target": "good", "score": "p", "sensitive": "race"}, {"model", "train"}),
        ({"prediction": "said"}, {"labels", "model", "scores", "sensitive", "train"}),
        ({"target": "good"}, {"predictions", "model", "scores", "sensitive", "train"}),
        ({"model": MODEL, "target": "good"}, {"sensitive", "train"}),
        (
            {"target": "good", "prediction": "said", "drop": ["income", "age", "p"]},
            {"numeric", "model", "scores", "sensitive", "train"},
        ),
        (
            {"target": "good", "prediction": "said", "drop": ["income", "age", "p", "race"]},
            {"features", "numeric", "model", "scores", "sensitive", "train"},
        ),
    ],
)
def test_it_says_what_it_lacks(named: dict[str, Any], lacking: set[str]) -> None:
    from trustlab.models.subject import REASONS

    subject = load(data=FRAME, **named)
    of_others = {"images", "texts", "gradients", "query"}  # see test_modality
    assert {need for need in REASONS if not subject.offers(need)} == lacking | of_others


def test_a_task_that_a_check_does_not_serve_is_a_reason() -> None:
    subject = load(data=FRAME, target="income", prediction="p", sensitive="race")
    reason = subject.why_not(registry.get("fairness.error_rates"))
    assert reason is not None
    assert reason.endswith("this one is regression")


# registered models and names


def test_a_registered_model_is_looked_at_on_the_rows_it_did_not_see(playground: Path) -> None:
    subject = load(model="lender", data="loans@main")
    frame = subject.whole.frame if subject.whole is not None else None
    assert frame is not None
    trained, held_out = split_rows(frame, 0.25, 0, tuple(frame.columns))
    assert (subject.target, subject.scope, subject.n) == ("approved", "rows held out from training", len(held_out))
    assert subject.X["income"].tolist() == frame["income"].iloc[held_out].tolist()
    assert subject.train is not None
    assert subject.train.X["income"].tolist() == frame["income"].iloc[trained].tolist()
    assert not {"approved", "decision", "score"} & set(subject.X.columns)
    everything = load(model="lender", data="loans@main", rows="all", sensitive="race")
    assert (everything.n, everything.scope, everything.train) == (len(frame), "all rows", None)


def test_a_filter_leaves_each_row_on_its_side(playground: Path) -> None:
    whole = load(model="lender", data="loans@main")
    part = load(model="lender", data="loans@main", where="income > 50")
    assert part.X["income"].tolist() == [value for value in whole.X["income"] if value > 50]


def test_other_data_are_looked_at_whole(playground: Path) -> None:
    later = load(model="lender", data="loans_later.csv")
    assert (later.n, later.scope, later.train) == (400, "all rows", None)
    assert "trained on these very data" in refused(UsageError, model="lender", data="loans_later.csv", rows="held_out")


def test_a_models_name_may_be_a_variable_a_registered_one_or_a_file(playground: Path) -> None:
    frame = pd.read_csv("loans.csv")
    own = LogisticRegression().fit(frame[["income", "age"]], frame["approved"])
    context = Context(namespace={"own": own, "number": 3}, progress=False)
    subject = load(context, model="own", data="loans.csv", target="approved")
    assert subject.predictor is not None
    assert subject.predictor.name == "own"
    with pytest.raises(NotFoundError, match="'number' is neither a registered model, a file nor a notebook variable"):
        load(context, model="number", data="loans.csv", target="approved")
    with pytest.raises(NotFoundError, match=r"'lendr' is neither .*\. Did you mean 'lender'\?"):
        load(context, model="lendr", data="loans.csv", target="approved")


def test_a_models_name_with_two_meanings_is_an_error_that_lists_them(playground: Path) -> None:
    Path("lender").write_text("a file")
    context = Context(namespace={"lender": MODEL}, progress=False)
    with pytest.raises(ConflictError) as caught:
        load(context, model="lender", data="loans.csv", target="approved")
    assert caught.value.message == (
        "model: 'lender' could mean the notebook's variable lender; the registered model lender; the file lender"
    )
    assert load(context, model="lender@1", data="loans.csv", target="approved").predictor is not None


def test_a_model_file_by_path(playground: Path) -> None:
    import joblib

    joblib.dump(MODEL, "own.joblib")
    for given in (Path("own.joblib"), "own.joblib"):
        subject = load(model=given, data=X, target=Y, trust_pickle=True)
        assert subject.y_pred is not None
        assert subject.y_pred.tolist() == MODEL.predict(X).tolist()
        assert "must be trusted before it is opened" in _refusal(given)


def _refusal(given: Any) -> str:
    from trustlab.core.errors import RefusedError

    return refused(RefusedError, model=given, data=X, target=Y)


def test_its_provenance_is_plain_data(playground: Path) -> None:
    import json

    document = run("audit", {"model": "lender", "data": "loans@main", "only": ["performance.metrics"]}).to_dict()
    told = document["results"][0]["provenance"]["inputs"]["subject"]
    assert json.loads(json.dumps(told)) == told
    assert (told["target"], told["task"], told["classes"]) == ("approved", "binary", [0, 1])
    assert told["model"] == {"name": "lender@1", "kind": "sklearn"}
    assert told["data"]["ref"] == "loans@main"


class Stump:
    """Predicts 0 or 1 and tells nothing else."""

    def predict(self, X):
        return (X.iloc[:, 0] > 0).astype(int)


@pytest.mark.parametrize("given", [Stump(), lambda X: (X.iloc[:, 0] > 0).astype(int)], ids=["object", "function"])
@pytest.mark.parametrize("task", ["auto", "binary"])
def test_a_model_that_tells_nothing_takes_the_task_of_the_target(given, task):
    frame = pd.DataFrame({"a": [-2.0, -1.0, 1.0, 2.0] * 10, "y": [0, 0, 1, 1] * 10})
    subject = Subject.load(given, data=frame, target="y", task=task, context=Context(progress=False))
    assert subject.task == "binary"
    assert subject.y_pred.tolist() == subject.y.tolist()


def test_predictions_and_scores_may_come_as_arrays() -> None:
    frame = pd.DataFrame({"a": np.arange(6.0), "prediction": 0})
    y = [0, 1, 0, 1, 0, 1]
    said = Subject.load(data=frame, target=y, prediction=pd.Series([0, 1, 1, 1, 0, 0]), context=Context())
    assert said.y_pred is not None
    assert said.y_pred.tolist() == [0, 1, 1, 1, 0, 0]
    assert list(said.X.columns) == ["a", "prediction"], "a column of that name is still a feature"
    scored = Subject.load(data=frame[["a"]], target=y, score=np.linspace(0, 1, 6), context=Context())
    assert scored.score is not None
    assert scored.score.tolist() == pytest.approx(np.linspace(0, 1, 6))
    assert list(scored.X.columns) == ["a"]
    with pytest.raises(UsageError, match="prediction must have 6 values, one a row; got 12"):
        Subject.load(data=frame, target=y, prediction=np.zeros((6, 2)), context=Context())
    with pytest.raises(UsageError, match="either a model or a column"):
        Subject.load(model=LogisticRegression(), data=frame, target=y, prediction=np.zeros(6), context=Context())


@pytest.mark.parametrize("name", ["target", "prediction", "sensitive", "train"])
def test_values_whose_index_says_another_order_are_refused(name: str) -> None:
    frame = pd.DataFrame({"a": np.arange(20.0), "b": 1.0})
    y = pd.Series(np.arange(20) % 2)
    mixed = frame.sample(frac=1, random_state=0)
    given: dict[str, Any] = {"data": mixed, "target": y.loc[mixed.index], "prediction": y.loc[mixed.index]}
    other = (mixed, y) if name == "train" else y
    with pytest.raises(UsageError, match=f"{name} must be in the order of the rows") as refused:
        Subject.load(**{**given, name: other}, context=Context())
    assert ".to_numpy()" in str(refused.value.hint)
    for fine in (y.to_numpy(), y.loc[mixed.index], y.set_axis(range(100, 120)), y.set_axis([0] * 20)):
        Subject.load(**{**given, name: (mixed, fine) if name == "train" else fine}, context=Context())
    rows = frame.to_numpy()
    Subject.load(data=rows, target=y.loc[mixed.index], prediction=y, context=Context())  # arrays have no names for rows


def test_a_class_in_the_place_of_a_fitted_object_is_refused() -> None:
    with pytest.raises(InputError, match="an object that was fitted; got the class LogisticRegression"):
        Subject.load(model=LogisticRegression, data=FRAME, target="good", context=Context())
