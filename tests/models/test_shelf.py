"""A part of the registered versions: the same as MLflow's client tells, and quick."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing

import pytest

from trustlab.core.errors import DamagedError, NotFoundError
from trustlab.core.workspace import Workspace
from trustlab.models import shelf

MANY = 10_000


@pytest.fixture
def workspace(playground):
    return Workspace.find(playground)


def test_it_tells_what_the_client_tells(workspace, monkeypatch):
    quick = shelf.listed(workspace, limit=10)
    assert [one.name for one in quick.versions] == ["lender"]
    assert quick.versions[0].metrics
    monkeypatch.setattr(shelf, "_read", lambda *_, **__: None)
    assert quick == shelf.listed(workspace, limit=10)
    for words in ("LENDER pass", "champion", "fail", "not audited", "loans@main sklearn"):
        slow = shelf.listed(workspace, limit=10, matching=words)
        with monkeypatch.context() as patch:
            patch.undo()
            assert shelf.listed(workspace, limit=10, matching=words) == slow, words


def test_a_database_with_other_columns_is_left_to_the_client(workspace, tmp_path):
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE registered_models (name TEXT)")
    assert shelf._read(file, None, limit=1, offset=0, matching=None) is None


def test_nothing_is_written(workspace):
    file = workspace.root / "mlflow.db"
    before = file.read_bytes()
    with pytest.raises(NotFoundError, match="Did you mean 'lender'"):
        shelf.listed(workspace, "lendr", limit=1)
    shelf.listed(workspace, "lender", limit=1)
    assert file.read_bytes() == before


def test_a_damaged_database_is_said_to_be(workspace):
    (workspace.root / "mlflow.db").write_bytes(b"no database at all, " * 100)
    with pytest.raises(DamagedError, match="models' database"):
        shelf.listed(workspace, limit=1)


def test_ten_thousand_versions_are_listed_at_once(workspace, tmp_path):
    file = tmp_path / "many.db"
    shutil.copy(workspace.root / "mlflow.db", file)
    with closing(sqlite3.connect(file)) as database:
        for place in ("registered_models", "model_versions"):
            names = [row[1] for row in database.execute(f"PRAGMA table_info({place})")]
            picked = ", ".join("'model-' || printf('%05d', n)" if name == "name" else name for name in names)
            database.execute(
                f"WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < {MANY}) "
                f"INSERT INTO {place} ({', '.join(names)}) SELECT {picked} FROM {place}, count WHERE name = 'lender'"
            )
        database.commit()
    for words, total in ((None, MANY + 1), ("model-0001", 10), ("not audited sklearn", MANY)):
        began = time.perf_counter()
        found = shelf._read(file, None, limit=50, offset=0, matching=words)
        seconds = time.perf_counter() - began
        print(f"{words}: {seconds:.3f} s")
        assert found is not None
        assert (found.total, len(found.versions)) == (total, min(50, total))
        assert seconds < 2.0
