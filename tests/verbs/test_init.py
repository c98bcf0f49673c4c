"""``trust init``: a workspace in the current folder."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError
from trustlab.core.execute import run
from trustlab.core.workspace import Workspace


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    monkeypatch.chdir(tmp_path)


def test_it_makes_a_workspace_here(tmp_path: Path) -> None:
    document = run("init", {})
    root = tmp_path.resolve() / ".trust"
    assert document.payload == {"workspace": str(root)}
    assert document.summary == f"made a workspace in {root}"
    assert Workspace.find().root == root
    assert (root / "config.toml").is_file()


def test_twice_is_safe(tmp_path: Path) -> None:
    run("init", {})
    config = tmp_path / ".trust" / "config.toml"
    config.write_text('author = "Team"\n')
    document = run("init", {})
    assert document.summary == f"the workspace {tmp_path.resolve() / '.trust'} is already here"
    assert config.read_text() == 'author = "Team"\n'


def test_inside_another_workspace_it_asks_first(tmp_path: Path) -> None:
    run("init", {})
    inner = tmp_path / "inner"
    inner.mkdir()
    context = Context(folder=inner)
    with pytest.raises(ConflictError, match="lies inside the workspace") as caught:
        run("init", {}, context)
    assert "trust init --yes" in str(caught.value.hint)
    assert not (inner / ".trust").exists()
    run("init", {"yes": True}, context)
    assert context.workspace.root == inner.resolve() / ".trust"
