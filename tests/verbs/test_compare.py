"""``trust compare``: the leaderboard, its tests, and who is blocked."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.execute import run
from trustlab.core.result import Document
from trustlab.testing.playground import loans

COLUMNS = {"data": "loans.csv", "target": "approved"}
pytestmark = pytest.mark.usefixtures("playground")


def compare(*candidates: str, **parameters: object) -> Document:
    asked = {"only": ["performance.metrics"], **COLUMNS, **parameters}
    return run("compare", {"candidates": list(candidates), **asked}, Context(progress=False))


def with_noise(folder: Path) -> None:
    frame, rng = loans(), np.random.default_rng(1)
    frame["twin"] = (frame.score + rng.normal(size=400) / 20).clip(0.001, 0.999)
    frame["guess"] = rng.random(400)
    frame.to_csv(folder / "loans.csv", index=False)


def test_the_better_comes_first_and_equals_are_tied(playground: Path) -> None:
    with_noise(playground)
    document = compare("guess", "score", "twin")
    told = {entry["candidate"]: entry for entry in document.payload["candidates"]}
    assert [told[name]["rank"] for name in ("score", "twin", "guess")] == [1, 1, 3]
    frame = loans()
    assert told["score"]["value"] == pytest.approx(roc_auc_score(frame.approved, frame.score))
    board = next(view for view in document.views if view.name == "leaderboard")
    assert board.column("candidate")[2] == "guess"
    assert document.summary is not None
    assert "comes first of 3 by ROC AUC" in document.summary
    assert "could be noise" in document.summary
    tests = next(view for view in document.views if view.name == "tests")
    verdicts = {(row[0], row[1]): row[8] for row in tests.rows}
    assert verdicts["score", "ROC AUC"] == "better"
    assert document.views[0].name == "picture"


def test_who_is_blocked_is_named_and_stands_last(playground: Path) -> None:
    with_noise(playground)
    document = compare("guess", "score", reference="score", measure="accuracy")
    failing = {"guess": "performance.metrics"}
    for entry in document.payload["candidates"]:
        found = entry["checks"]["performance.metrics"]["status"]
        assert entry["blocked_by"] == ([failing[entry["candidate"]]] if found == "fail" else [])
    frame = loans().assign(wrong=lambda rows: 1 - rows.decision)
    frame.to_csv(playground / "loans.csv", index=False)
    document = compare("wrong", "decision")
    assert document.payload["candidates"][-1]["candidate"] == "wrong"
    assert document.payload["candidates"][-1]["blocked_by"] == ["performance.metrics"]
    assert document.summary is not None
    assert "blocked: wrong by performance.metrics" in document.summary
    assert document.status == "pass"


def test_fairness_is_set_against_the_measure(playground: Path) -> None:
    with_noise(playground)
    document = compare("score", "twin", "guess", only=["fairness.selection_rate"], sensitive="race")
    view = next(view for view in document.views if view.name == "front")
    assert view.extra()["group"] == "candidate"
    board = next(view for view in document.views if view.name == "leaderboard")
    assert any(board.column("on_front"))
    assert "fairness.selection_rate" in board.columns
    chosen = compare("score", "twin", only=["performance"], second="performance.metrics")
    assert "performance.metrics" in next(view for view in chosen.views if view.name == "leaderboard").columns


def test_models_by_name_and_one_that_cannot_answer() -> None:
    run("train", {"data": "loans@main", "target": "approved", "name": "lender", "recipe": "forest"}, Context())
    document = compare("lender@1", "lender@2", "lender@9", data="loans@main", target=None)
    assert document.status == "warn"
    assert "lender@9" in document.payload["failed"]
    assert {entry["candidate"] for entry in document.payload["candidates"]} == {"lender@1", "lender@2"}
    assert document.advice[0].startswith("%trust model champion lender@")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"measure": "acuracy"}, "measure must be one of .*Did you mean 'accuracy'"),
        ({"measure": "roc_auc"}, "measure must be one of accuracy"),
        ({"reference": "scroe"}, "reference must be one of decision, score.*Did you mean 'score'"),
        ({"second": "fairness.selection"}, "second must name checks"),
    ],
)
def test_a_word_that_means_nothing_is_named(parameters: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compare("decision", "score", **parameters)
