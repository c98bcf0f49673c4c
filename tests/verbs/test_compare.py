"""``trust compare``: the leaderboard, its tests, and who is blocked."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.execute import run
from trustlab.core.result import Document
from trustlab.testing.playground import loans

QUIET = Context(progress=False, notice=lambda _: None)
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


def test_images_are_compared_by_the_models_that_see_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    X = rng.random((200, 6, 6)).astype(np.float32)
    X[:, 0, 0] = 0.2 + 0.6 * y

    def sees(images):
        return (images[:, 0, 0] > 0.5).astype(int)

    def guesses(images):
        return (images[:, 3, 3] > 0.5).astype(int)

    given = {"data": X, "target": y, "task": "binary", "only": ["performance.metrics"]}
    found = run("compare", {"candidates": [sees, guesses], **given}, QUIET)
    board = {one["candidate"]: one for one in found.payload["candidates"]}
    assert board["candidate 1"]["rank"] == 1
    assert board["candidate 2"]["rank"] == 2
    assert board["candidate 1"]["value"] == 1


def test_texts_are_compared_by_the_models_that_read_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["good work", "bad work"] * 60
    frame = pd.DataFrame({"said": words, "y": [1, 0] * 60})

    def reads(texts):
        return np.array([int("good" in text) for text in texts])

    def deaf(texts):
        return np.array([int(at % 3 == 0) for at, _ in enumerate(texts)])

    given = {"data": frame, "target": "y", "text": "said", "task": "binary", "only": ["performance.metrics"]}
    found = run("compare", {"candidates": [reads, deaf], **given}, QUIET)
    assert [one["rank"] for one in found.payload["candidates"]] == [1, 2]


def test_rankings_are_compared_query_by_query():
    from sklearn.metrics import ndcg_score

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"query": np.repeat(np.arange(80), 12), "relevance": rng.integers(0, 4, 960)})
    frame["near"] = frame.relevance + rng.normal(size=960)
    frame["far"] = 0.2 * frame.relevance + 3 * rng.normal(size=960)
    given = {"data": frame, "target": "relevance", "query": "query", "only": ["performance.metrics"]}
    found = run("compare", {"candidates": ["near", "far"], **given}, QUIET)
    assert found.payload["measure"] == "ndcg"
    assert [(one["candidate"], one["rank"]) for one in found.payload["candidates"]] == [("near", 1), ("far", 2)]
    for one in found.payload["candidates"]:
        parts = frame.groupby("query")
        by_hand = [ndcg_score([part.relevance], [part[one["candidate"]]], k=10) for _, part in parts]
        assert one["value"] == pytest.approx(np.mean(by_hand))
    flat = frame.assign(relevance=1)
    with pytest.raises(UsageError, match="a query in which they differ"):
        run("compare", {"candidates": ["near", "far"], **given, "data": flat}, QUIET)
