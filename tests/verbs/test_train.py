"""``trust train``: rows held out, the model fitted on the others, registered with its origin."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, mean_absolute_error, r2_score
from sklearn.tree import DecisionTreeClassifier

from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, TrustlabError, UsageError
from trustlab.core.execute import run
from trustlab.core.result import Document
from trustlab.data.split import split_rows
from trustlab.models.registry import Registry

pytestmark = pytest.mark.usefixtures("playground")
NUMBERS = ["self_employed", "region", "race", "decision", "score"]
NAMED: dict[str, Any] = {"data": "loans@main", "target": "approved", "drop": NUMBERS}


def train(context: Context | None = None, **parameters: Any) -> Document:
    return run("train", parameters, context or Context(progress=False))


def halves(test_share: float = 0.25, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = pd.read_csv("loans.csv")
    kept, held = split_rows(frame, test_share, seed, tuple(frame.columns))
    return frame.iloc[kept], frame.iloc[held]


def test_it_fits_the_training_rows_and_measures_the_others() -> None:
    document = train(**NAMED, model=DecisionTreeClassifier(max_depth=3, random_state=0), name="tree")
    kept, held = halves()
    features = ["income", "debt_ratio", "age"]
    expected = DecisionTreeClassifier(max_depth=3, random_state=0).fit(kept[features], kept["approved"])
    told = expected.predict(held[features])
    assert document.payload["metrics"] == {
        "accuracy": pytest.approx(accuracy_score(held["approved"], told)),
        "balanced_accuracy": pytest.approx(balanced_accuracy_score(held["approved"], told)),
    }
    assert document.payload["rows"] == {"train": len(kept), "held_out": len(held)}
    assert document.value.predict(held).tolist() == told.tolist()
    assert document.value.features == features
    assert document.payload["model"] == {"name": "tree", "version": 1, "kind": "sklearn", "task": "binary"}
    assert document.advice == ["%trust audit tree@1 --data loans@main"]


def test_the_registered_version_knows_its_origin() -> None:
    document = train(**NAMED, recipe="logistic", name="lender", seed=3, where="income > 20")
    version = Registry(Context().workspace).version("lender")
    log = run("data.log", {"ref": "loans"}).payload["commits"]
    assert version.version == document.payload["model"]["version"] == 2
    tags = version.tags
    assert tags["trustlab.data.commit"] == log[0]["commit"]
    assert tags["trustlab.data.name"] == "loans@main"
    assert tags["trustlab.seed"] == "3"
    assert json.dumps(tags)


def test_it_can_be_asked_again_and_says_the_same() -> None:
    first = train(**NAMED, recipe="logistic", name="again")
    document = run("audit", {"model": "again", "data": "loans@main", "only": ["performance.metrics"]})
    table = document.results[0].view("metrics")
    told = dict(zip(table.column("metric"), table.column("value"), strict=True))
    assert told["accuracy"] == pytest.approx(first.payload["metrics"]["accuracy"])
    assert document.payload["rows"] == first.payload["rows"]["held_out"]


def test_the_same_seed_makes_the_same_model() -> None:
    one, two, other = (train(**NAMED, recipe="forest", name="f", seed=seed).value for seed in (1, 1, 2))
    frame = pd.read_csv("loans.csv")
    np.testing.assert_array_equal(one.predict_proba(frame), two.predict_proba(frame))
    assert not np.array_equal(one.predict_proba(frame), other.predict_proba(frame))


def test_no_rows_held_out() -> None:
    document = train(**NAMED, recipe="logistic", name="whole", test_share=0)
    assert document.payload["rows"] == {"train": 400, "held_out": 0}
    audited = run("audit", {"model": "whole", "data": "loans@main", "only": ["performance.metrics"]})
    assert audited.payload["rows"] == 400


def test_a_regression() -> None:
    document = train(data="loans.csv", target="income", drop=NUMBERS, model=LinearRegression(), name="income")
    kept, held = halves()
    features = ["debt_ratio", "age", "approved"]
    told = LinearRegression().fit(kept[features], kept["income"]).predict(held[features])
    assert document.payload["metrics"] == {
        "rmse": pytest.approx(float(np.sqrt(((held["income"] - told) ** 2).mean()))),
        "mae": pytest.approx(mean_absolute_error(held["income"], told)),
        "r2": pytest.approx(r2_score(held["income"], told)),
    }
    assert document.payload["model"]["task"] == "regression"


def test_a_cell_builds_the_model() -> None:
    cell = "from sklearn.dummy import DummyClassifier\nassert len(X) == len(y)\nmodel = DummyClassifier(strategy=how)\n"
    context = Context(cell=cell, namespace={"how": "most_frequent"}, progress=False)
    document = train(context, **NAMED, name="celled")
    _, held = halves()
    assert document.payload["metrics"]["accuracy"] == pytest.approx((held["approved"] == 1).mean())
    assert Registry(Context().workspace).version("celled").tags["trustlab.code_hash"]


def test_a_file_builds_the_model() -> None:
    Path("stump.py").write_text("from sklearn.tree import DecisionTreeClassifier\nmodel = DecisionTreeClassifier()\n")
    for code in ("stump.py", Path("stump.py")):
        assert train(**NAMED, code=code).payload["model"]["name"] == "stump"


def test_a_variable_is_the_model() -> None:
    context = Context(namespace={"est": DecisionTreeClassifier(max_depth=1)}, progress=False)
    assert train(context, **NAMED, model="est").payload["model"]["name"] == "est"
    with pytest.raises(NotFoundError, match="'other' is no notebook variable"):
        train(context, **NAMED, model="other")


def test_a_torch_module_learns() -> None:
    cell = "from torch import nn\nmodel = nn.Sequential(nn.Linear(X.shape[1], 8), nn.ReLU(), nn.Linear(8, 2))\n"
    document = train(Context(cell=cell, progress=False), **NAMED, name="net", epochs=30, learning_rate=0.01)
    assert document.payload["model"]["kind"] == "torch"
    _, held = halves()
    assert document.payload["metrics"]["accuracy"] >= 0.9 * (held["approved"] == 1).mean()
    again = run("audit", {"model": "net", "data": "loans@main", "only": ["performance.metrics"]})
    table = again.results[0].view("metrics")
    assert table.column("value")[0] == pytest.approx(document.payload["metrics"]["accuracy"])


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"recipe": "logistic", "data": None}, UsageError, "train: data is needed; nothing came"),
        ({"recipe": "logistic", "target": None}, UsageError, "train: target is needed; nothing came"),
        ({}, UsageError, "one of model, recipe, code or a cell must say what to train; nothing came"),
        ({"recipe": "logistic", "code": "x.py"}, UsageError, "recipe and code came"),
        ({"recipe": "logistc"}, UsageError, "Did you mean 'logistic'?"),
        ({"code": "none.py"}, NotFoundError, "train: no such file"),
        ({"recipe": "logistic", "target": "aproved"}, UsageError, "Did you mean 'approved'?"),
        ({"recipe": "logistic", "test_share": 0.95}, UsageError, "test_share must be a number from 0 to 0.9; got 0.95"),
        ({"recipe": "logistic", "name": "no/slash"}, TrustlabError, "no/slash"),
        ({"recipe": "logistic", "where": "income > 1000"}, InputError, "must leave rows"),
        (
            {"recipe": "logistic", "where": "age == 30", "test_share": 0.001},
            InputError,
            "must leave rows on both sides",
        ),
    ],
)
def test_what_cannot_be_trained_is_said_and_nothing_is_registered(
    given: dict[str, Any], error: type[TrustlabError], message: str
) -> None:
    with pytest.raises(error) as caught:
        train(**{"name": "refused", **NAMED, **given})
    assert message in caught.value.message
    assert Registry(Context().workspace).models() == ["lender"]
