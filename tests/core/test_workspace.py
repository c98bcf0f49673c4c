"""The workspace: found upward like .git, with settings from a file and the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.core.workspace import DEFAULT_CONFIG, Remote, Settings, Workspace, read_settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TRUSTLAB_")]:
        monkeypatch.delenv(name)


def test_it_is_found_upward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Workspace.create(tmp_path)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert Workspace.find(deep) == made
    monkeypatch.chdir(deep)
    assert Workspace.find() == made
    inner = Workspace.create(tmp_path / "a")
    assert Workspace.find(deep) == inner, "the nearest wins"
    assert made.home == tmp_path.resolve()


def test_where_there_is_none_the_hint_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no workspace in") as caught:
        Workspace.find(tmp_path)
    assert "trust init" in str(caught.value.hint)


def test_home_decides_for_finding_and_for_making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Workspace.create(tmp_path)
    home = tmp_path / "elsewhere" / "trust"
    monkeypatch.setenv("TRUSTLAB_HOME", str(home))
    with pytest.raises(NotFoundError, match="TRUSTLAB_HOME must name a workspace folder"):
        Workspace.find(tmp_path)
    made = run("init", {}, Context(folder=tmp_path))
    assert made.payload["workspace"] == str(home)
    assert Workspace.find(tmp_path) == Workspace(home) == Context(folder=tmp_path).ensure_workspace()
    again = run("init", {}, Context(folder=tmp_path))
    assert "already here" in str(again.summary)


def test_making_it_twice_keeps_the_settings(tmp_path: Path) -> None:
    config = Workspace.create(tmp_path).root / "config.toml"
    assert config.read_text() == DEFAULT_CONFIG
    assert (config.parent / ".gitignore").read_text() == "*\n", "git leaves the workspace alone"
    config.write_text('author = "Team"\n')
    assert Workspace.create(tmp_path).settings.author == "Team"


def test_a_folder_that_cannot_be_written_is_a_conflict(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConflictError, match="a workspace needs a folder that can be written"):
        Workspace.create(tmp_path / "file")


def test_the_default_settings_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(DEFAULT_CONFIG)
    assert read_settings(tmp_path / "config.toml") == Settings() == read_settings(tmp_path / "none.toml")


def test_remotes_are_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[remotes.a]\npath = "../a"\n[remotes.b]\ndatabase_url = "d"\nobjects_url = "o"\n')
    monkeypatch.setenv("TRUSTLAB_REMOTES", "nothing that a variable can say")
    assert read_settings(file).remotes == {
        "a": Remote(path="../a"),
        "b": Remote(database_url="d", objects_url="o"),
    }
    monkeypatch.setenv("TRUSTLAB_AUTHOR", "Environment")
    assert read_settings(file, environment=False).author is None


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text('author = "File"\ntracking_uri = "http://localhost:5000"\n')
    monkeypatch.setenv("TRUSTLAB_AUTHOR", "Environment")
    monkeypatch.setenv("TRUSTLAB_DATABASE_URL", "sqlite:///elsewhere.db")
    assert read_settings(file) == Settings(
        author="Environment", tracking_uri="http://localhost:5000", database_url="sqlite:///elsewhere.db"
    )
    monkeypatch.setenv("TRUSTLAB_AUTHOR", "")
    assert read_settings(file).author == "File", "an empty variable says nothing"


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('autor = "x"', UsageError, "no setting is called 'autor'. Did you mean 'author'?"),
        ("author = 3", UsageError, "author must be text; got 3"),
        ("author = ", InputError, "must be valid TOML"),
        (b"author = '\xe9'", InputError, "must be valid TOML"),
        ("remotes = 'x'", UsageError, "remotes must be tables, [remotes.NAME]; got 'x'"),
        ("[remotes]\nteam = '/x'", UsageError, "remotes must be tables"),
        ("[remotes.team]\npth = '/x'", UsageError, "remotes.team: no setting is called 'pth'. Did you mean 'path'?"),
        ("[remotes.team]\npath = 3", UsageError, "remotes.team: path must be text; got 3"),
        ("[remotes.team]", UsageError, "must have a path, or else database_url and objects_url; got nothing"),
        ("[remotes.team]\ndatabase_url = 'x'", UsageError, "must have a path, or else database_url and objects_url"),
        ("[remotes.team]\npath = 'x'\nobjects_url = 'y'", UsageError, "must have a path, or else"),
        ("[author]\nx = 1", UsageError, "author must be text"),
    ],
)
def test_bad_settings_are_named(text: str | bytes, error: type[Exception], message: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(error) as caught:
        read_settings(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_the_database_is_the_setting_or_a_file_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace.create(tmp_path)
    assert Path(str(workspace.engine.url.database)) == workspace.root / "metadata.db"
    monkeypatch.setenv("TRUSTLAB_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    assert Path(str(Workspace.find(tmp_path).engine.url.database)) == tmp_path / "other.db"


def test_a_current_folder_that_was_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    monkeypatch.chdir(gone)
    gone.rmdir()
    for asked in (Workspace.find, Workspace.create, lambda: Context().path("data.csv")):
        with pytest.raises(NotFoundError, match="current folder was removed") as told:
            asked()
        assert "cd DIR" in (told.value.hint or "")
    # What needs no folder is as it was.
    assert Context().path(tmp_path / "data.csv") == tmp_path / "data.csv"


def test_settings_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(InputError, match="must be a file that can be read"):
        read_settings(tmp_path / "config.toml")
    assert read_settings(tmp_path / "none.toml", environment=False) == Settings()
