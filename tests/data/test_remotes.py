"""The other side of a push: found by folder or by name, and every way in which it cannot be used has its message."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update

from trustlab.core import database
from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, DamagedError, NotFoundError, UsageError
from trustlab.core.workspace import Workspace
from trustlab.data.dataset import store_of
from trustlab.data.remotes import open_remote
from trustlab.store import schema


@pytest.fixture
def context(tmp_path, monkeypatch):
    for name in ("TRUSTLAB_HOME", "TRUSTLAB_DATABASE_URL", "TRUSTLAB_OBJECTS_URL"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    Workspace.create(home)
    return Context(folder=home, progress=False, notice=lambda _sentence: None)


@pytest.fixture
def team(context):
    (context.folder.parent / "team").mkdir()
    made = Workspace.create(context.folder.parent / "team")
    store_of(made).close()
    return made


def configure(context, text):
    (context.workspace.root / "config.toml").write_text(text)


def root_of(name, context, **options):
    with closing(open_remote(name, context, **options)) as opened:
        return opened.root


def test_a_folder_that_holds_or_is_a_workspace(context, team):
    for name in ("../team", "../team/.trust", str(team.home), team.home, str(team.root)):
        assert root_of(name, context) == team.root


def test_a_name_from_the_settings(context, team, tmp_path, monkeypatch):
    configure(context, '[remotes.us]\npath = "../team"\n')
    assert root_of("us", context) == team.root
    monkeypatch.chdir("/")
    assert root_of("us", context) == team.root, "a relative path starts at the workspace, wherever one is"
    database, objects = tmp_path / "their.db", tmp_path / "packs"
    configure(context, f'[remotes.us]\ndatabase_url = "sqlite:///{database}"\nobjects_url = "{objects}"\n')
    with closing(open_remote("us", context)) as opened:
        assert Path(str(opened.engine.url.database)) == database
        assert opened.packs.folder == objects


def test_a_name_that_is_a_workspaces_folder_too_is_asked_back(context, team):
    configure(context, f'[remotes.us]\npath = "{team.home}"\n')
    inner = context.path("us")
    inner.mkdir()
    assert root_of("us", context) == team.root, "a folder without a workspace is no rival"
    Workspace.create(inner)
    with pytest.raises(ConflictError, match=r"could mean the setting remotes\.us or the workspace") as caught:
        open_remote("us", context)
    assert "./us" in caught.value.hint
    assert root_of("./us", context) == inner / ".trust"


def test_unknown_names_come_with_the_nearest(context, team):
    configure(context, '[remotes.production]\npath = "../nowhere"\n')
    with pytest.raises(NotFoundError, match="Did you mean 'production'") as caught:
        open_remote("prodution", context, create=False)
    assert "--create" in caught.value.hint
    with pytest.raises(NotFoundError, match="Did you mean 'production'") as caught:
        open_remote("prodution", context)
    assert "--create" not in caught.value.hint, "there is nothing to pull from a new workspace"
    assert "[remotes.NAME]" in caught.value.hint
    with pytest.raises(NotFoundError, match="Did you mean 'team'"):
        open_remote("../tem", context)
    with pytest.raises(NotFoundError, match="nowhere holds none"):
        open_remote("production", context)


def test_a_workspace_is_made_where_it_is_asked_for(context, tmp_path, monkeypatch):
    configure(context, '[remotes.us]\npath = "../new"\n')
    assert root_of("us", context, create=True) == tmp_path / "new/.trust"
    # What says where this workspace is says nothing of the other one.
    monkeypatch.setenv("TRUSTLAB_HOME", str(context.workspace.root))
    assert root_of("../third", context, create=True) == tmp_path / "third/.trust"
    assert root_of("../third", context, create=True) == tmp_path / "third/.trust"


def test_the_variables_of_this_workspace_are_not_the_others(context, team, tmp_path, monkeypatch):
    monkeypatch.setenv("TRUSTLAB_DATABASE_URL", f"sqlite:///{tmp_path / 'mine.db'}")
    monkeypatch.setenv("TRUSTLAB_OBJECTS_URL", str(tmp_path / "mine"))
    with closing(open_remote("../team", context)) as opened:
        assert Path(str(opened.engine.url.database)) == team.root / "metadata.db"
        assert opened.packs.folder == team.root / "objects"


def test_this_workspace_is_no_remote_by_whatever_way(context, tmp_path):
    (tmp_path / "link").symlink_to(context.folder)
    database = context.workspace.root / "metadata.db"
    configure(context, f'[remotes.us]\ndatabase_url = "sqlite:///{database}"\nobjects_url = "/tmp/x"\n')
    for name in (".", ".trust", "../link", "us", str(context.folder)):
        with pytest.raises(UsageError, match="is this one"):
            open_remote(name, context)


def test_a_newer_schema_says_whose(context, team):
    with closing(store_of(team)) as opened, opened.write() as connection:
        connection.execute(update(schema.META).where(schema.META.c.key == "schema_version").values(value=99))
    with pytest.raises(ConflictError, match=r"remote '\.\./team': .*schema version must be at most") as caught:
        open_remote("../team", context)
    assert "Upgrade trustlab" in caught.value.hint


def test_a_locked_one_says_whose(context, team, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect(team.root / "metadata.db")) as holder:
        holder.execute("DELETE FROM store_meta")
        holder.commit()
        holder.execute("DROP TABLE store_meta")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ConflictError, match=r"remote '\.\./team': .*is locked"):
            open_remote("../team", context)


def test_a_file_that_is_no_database_says_whose(context, team):
    (team.root / "metadata.db").write_bytes(b"not a database" * 100)
    with pytest.raises(DamagedError, match=r"remote '\.\./team': .*must be a database that trustlab wrote"):
        open_remote("../team", context)


def test_one_that_does_not_answer_says_whose_and_keeps_its_password(context):
    pytest.importorskip("psycopg")
    url = "postgresql+psycopg://me:secret@127.0.0.1:9/none?connect_timeout=2"
    configure(context, f'[remotes.us]\ndatabase_url = "{url}"\nobjects_url = "/tmp/x"\n')
    with pytest.raises(ConflictError, match=r"remote 'us': .*must answer") as caught:
        open_remote("us", context)
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


def test_a_driver_that_is_not_there_says_whose(context):
    configure(context, '[remotes.us]\ndatabase_url = "oracle://h/d"\nobjects_url = "/tmp/x"\n')
    with pytest.raises(UsageError, match="remote 'us': database_url must be"):
        open_remote("us", context)


def test_its_own_bad_settings_say_whose(context, team):
    (team.root / "config.toml").write_text("objcts_url = 'x'\n")
    with pytest.raises(UsageError, match=r"remote '\.\./team': .*Did you mean 'objects_url'"):
        open_remote("../team", context)
