"""What surrounds a run."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.workspace import Workspace


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRUSTLAB_HOME", "TRUSTLAB_AUTHOR"):
        monkeypatch.delenv(name, raising=False)


def test_paths_start_in_the_contexts_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    context = Context(folder=tmp_path)
    assert context.path("a/b.csv") == tmp_path / "a/b.csv"
    assert context.path("/else/where") == Path("/else/where")
    assert context.path("~/x.csv") == tmp_path / "me" / "x.csv"
    monkeypatch.chdir(tmp_path)
    assert Context().path("a") == tmp_path / "a"


def test_a_workspace_is_made_once_and_announced(tmp_path: Path) -> None:
    said: list[str] = []
    context = Context(folder=tmp_path, notice=said.append)
    assert context.workspace_or_none is None
    with pytest.raises(NotFoundError, match="no workspace in"):
        _ = context.workspace
    made = context.ensure_workspace()
    assert made.root == tmp_path.resolve() / ".trust"
    assert context.ensure_workspace() == made
    assert said == [f"made a workspace in {made.root}"]


def test_the_author_is_the_setting_or_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context(folder=tmp_path)
    assert context.author == getpass.getuser()
    Workspace.create(tmp_path).root.joinpath("config.toml").write_text('author = "Team"\n')
    assert context.author == "Team"
    monkeypatch.setenv("TRUSTLAB_AUTHOR", "Someone")
    assert context.author == "Someone"


def test_a_user_without_a_name_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError("no such user id")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert Context(folder=tmp_path).author == "unknown"


def test_notices_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    Context().notice("made something")
    assert capsys.readouterr() == ("", "trust: made something\n")


def test_progress_leaves_the_items_and_stdout_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(Context(progress=True).track([1, 2, 3], "counting")) == [1, 2, 3]
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "counting" in shown.err
    assert list(Context(progress=False).track(iter("ab"), "letters", total=2)) == ["a", "b"]
    assert capsys.readouterr() == ("", "")


def test_who_asks_is_told_how_far_the_work_is() -> None:
    told: list[tuple[str, int, int | None]] = []
    context = Context(on_progress=lambda *news: told.append(news))
    assert list(context.track(range(2), "steps")) == [0, 1]
    assert list(context.track(iter("ab"), "letters")) == ["a", "b"]
    assert told == [("steps", n, 2) for n in range(3)] + [("letters", n, None) for n in range(3)]
