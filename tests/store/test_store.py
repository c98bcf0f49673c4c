import sqlite3
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import inspect, update

from trustlab.core.database import rooted
from trustlab.core.errors import ConflictError, DamagedError, UsageError
from trustlab.core.workspace import Workspace
from trustlab.store import open_store
from trustlab.store.commit import commit
from trustlab.store.read import read
from trustlab.store.schema import META


def test_a_store_opens_again(tmp_path):
    first = open_store(tmp_path / "ü #?%")
    commit(first, "r", [("a", b"a")])
    first.close()
    second = open_store(tmp_path / "ü #?%")
    assert read(second, "r") == b"a"
    second.close()


def test_a_database_of_a_newer_version_is_refused(tmp_path):
    store = open_store(tmp_path)
    with store.write() as connection:
        connection.execute(update(META).where(META.c.key == "schema_version").values(value=99))
    store.close()
    with pytest.raises(ConflictError, match="99") as caught:
        open_store(tmp_path)
    assert "Upgrade" in caught.value.hint


def test_objects_and_database_go_where_the_settings_say(tmp_path):
    objects = tmp_path / "my objects"
    store = open_store(tmp_path / "w", f"sqlite:///{tmp_path}/other.db", objects.as_uri())
    commit(store, "r", [("a", b"a")])
    store.close()
    assert list(objects.rglob("*.pack"))
    assert (tmp_path / "other.db").exists()
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    ("database", "objects"),
    [(None, "nosuch://bucket/x"), ("nonsense", None), ("nodriver://x/y", None), ("mysql://x/y", None)],
)
def test_unknown_urls_are_refused(tmp_path, database, objects):
    with pytest.raises(UsageError, match="must be"):
        open_store(tmp_path, database, objects)


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "metadata.db").write_bytes(b"this is not a database, whatever its name says" * 99)
    with pytest.raises(DamagedError, match=r"metadata\.db"):
        open_store(tmp_path)


def test_only_its_own_tables_are_made(tmp_path):
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "metadata.db") as connection:
        query = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        names = [row[0] for row in connection.execute(query)]
    connection.close()
    assert names
    assert all(name.startswith("store_") for name in names)


def test_a_locked_database_is_a_conflict(tmp_path, monkeypatch):
    monkeypatch.setattr("trustlab.core.database.BUSY_SECONDS", 0.05)
    store = open_store(tmp_path)
    other = sqlite3.connect(tmp_path / "metadata.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(ConflictError, match="locked"):
        commit(store, "r", [("a", b"a")])
    other.execute("rollback")
    other.close()
    commit(store, "r", [("a", b"a")])
    store.close()


@pytest.mark.parametrize("name", ["meta.db", "ü%20%23/meta.db"])
def test_a_relative_database_is_in_the_workspace_wherever_one_stands(tmp_path, monkeypatch, name):
    root = tmp_path / "w %41 ?" / ".trust"
    (root / "ü #").mkdir(parents=True)
    (root / "config.toml").write_text(f'database_url = "sqlite:///{name}"\n', encoding="utf-8")
    for there in (tmp_path, root):
        monkeypatch.chdir(there)
        store = open_store(root, f"sqlite:///{name}")
        assert commit(store, "r", [("a", b"a")]).parents == () or there == root
        store.close()
        engine = Workspace(root).engine
        assert inspect(engine).has_table(META.name)
        engine.dispose()
    assert [path.name for path in tmp_path.rglob("*.db")] == ["meta.db"]
    assert (root / unquote(name)).exists()


def test_what_is_no_relative_file_is_left_alone(tmp_path):
    for url in (
        "sqlite:////a/b.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?uri=true",
        "postgresql://h/d",
    ):
        assert rooted(url, tmp_path) == url
    assert rooted("sqlite+pysqlite:///a.db?timeout=5", Path("/r s")) == "sqlite+pysqlite:////r%20s/a.db?timeout=5"
