"""``trust status``: what the workspace holds."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run


@pytest.mark.usefixtures("playground")
def test_the_tiny_workspace(playground: Path) -> None:
    document = run("status", {})
    told = document.payload
    assert told["workspace"] == str(playground.resolve() / ".trust")
    (data,) = told["data"]
    log = run("data.log", {"ref": "loans"}).payload["commits"]
    assert (data["data"], data["message"], data["files"]) == ("loans@main", "October", 1)
    assert log[0]["commit"].startswith(data["commit"])
    assert data["bytes"] == (playground / "loans.csv").stat().st_size
    assert told["models"] == [{"model": "lender", "newest": 1, "champion": 1, "last_audit": "pass"}]
    (pipeline,) = told["pipelines"]
    assert pipeline == {"pipeline": "weekly", "revision": 1, "cron": None, "next": None, "last_run": "never ran"}
    assert [entry["operation"] for entry in told["runs"]] == ["promote", "audit", "model.champion", "train"]
    assert [view.name for view in document.views] == ["data", "models", "pipelines", "runs"]
    assert "1 branches of data, 1 models, 1 pipelines, 4 runs" in str(document.summary) or "1 branch of data" in str(
        document.summary
    )


@pytest.mark.usefixtures("playground")
def test_it_follows_what_happens() -> None:
    run("schedule", {"pipeline": "weekly", "cron": "0 6 * * MON"})
    run("data.commit", {"repo": "other", "source": "loans_later.csv"})
    told = run("status", {}).payload
    assert [entry["data"] for entry in told["data"]] == ["loans@main", "other@main"]
    assert told["pipelines"][0]["cron"] == "0 6 * * MON"
    assert told["pipelines"][0]["next"] is not None


def test_without_a_workspace_it_says_what_to_do_and_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    document = run("status", {}, Context(folder=tmp_path))
    assert document.payload == {
        "workspace": None,
        "data": [],
        "models": [],
        "pipelines": [],
        "runs": [],
        "interrupted": [],
    }
    assert document.summary == "no workspace here yet"
    assert "%trust data commit NAME FILE" in document.advice
    assert list(tmp_path.iterdir()) == []


def test_an_empty_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    run("init", {}, Context(folder=tmp_path))
    document = run("status", {}, Context(folder=tmp_path))
    assert document.views == []
    assert document.advice == ["%trust data commit NAME FILE"]
    assert not (tmp_path / ".trust" / "mlflow.db").exists(), "looking makes no database of models"
