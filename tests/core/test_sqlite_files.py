"""A database that can only be read is read, and a locked one is waited for with a word and one ear for Ctrl-C."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

import trustlab
from trustlab.core import database, sqlite_files
from trustlab.core.errors import ConflictError
from trustlab.core.notices import noticing
from trustlab.core.sqlite_files import ReadOnlyError, write_ahead


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "metadata.db"
    engine = database.connect(database.sqlite_url(file))
    with database.writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    engine.dispose()
    return file


@pytest.fixture
def locked_away(monkeypatch):
    """Let every file count as one that cannot be written."""
    monkeypatch.setattr(database, "is_read_only", lambda _file: True)


def rows(engine):
    with database.reading(engine) as connection:
        return connection.exec_driver_sql("SELECT n FROM t ORDER BY n").scalars().all()


@pytest.fixture
def engine(file):
    made = database.connect(database.sqlite_url(file))
    yield made
    made.dispose()


def test_it_is_read_without_a_trace_and_never_written(file, engine, locked_away):
    assert rows(engine) == [1]
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    with pytest.raises(ReadOnlyError, match="workspace is read-only"), database.writing(engine):
        pass


def test_beside_a_writer_its_newest_changes_are_read(file, engine, locked_away):
    writer = sqlite3.connect(file)
    writer.execute("INSERT INTO t VALUES (2)")
    writer.commit()
    assert file.with_name("metadata.db-wal").stat().st_size
    assert rows(engine) == [1, 2]
    writer.close()


def test_changes_that_only_a_log_has_are_not_passed_over(file, engine, locked_away):
    writer = sqlite3.connect(file)
    writer.execute("INSERT INTO t VALUES (2)")
    writer.commit()
    log = file.with_name("metadata.db-wal").read_bytes()
    writer.close()
    file.with_name("metadata.db-wal").write_bytes(log)
    with pytest.raises(ReadOnlyError, match=r"metadata\.db-wal") as caught:
        rows(engine)
    assert "copy" in caught.value.hint


def test_what_somebody_changes_meanwhile_is_seen(file, engine, locked_away):
    assert rows(engine) == [1]
    writer = sqlite3.connect(file)
    writer.execute("INSERT INTO t VALUES (2)")
    writer.commit()
    writer.close()
    assert rows(engine) == [1, 2]
    with pytest.raises(ConflictError, match="hold still"), database.reading(engine):
        os.utime(file, (1, 1))


def test_where_there_is_no_database_yet_it_is_said(tmp_path, locked_away):
    engine = database.connect(database.sqlite_url(tmp_path / "none.db"))
    with pytest.raises(ReadOnlyError, match="no database yet"):
        rows(engine)
    assert not list(tmp_path.iterdir())


HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def holder(file):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.communicate("\n", timeout=30)


def test_after_a_while_it_is_said_who_holds_the_database(engine, holder, monkeypatch):
    monkeypatch.setattr(sqlite_files, "QUIET_SECONDS", 0.1)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.6)
    said = []
    with noticing(said.append), pytest.raises(ConflictError, match="locked"), database.writing(engine):
        pass
    assert len(said) == 1
    who = f"process {holder.pid} (" if Path("/proc/locks").exists() else "another process"
    assert who in said[0]


def test_a_short_wait_is_silent_and_ends_well(engine, holder):
    said = []
    threading.Timer(0.3, lambda: holder.stdin.write("\n") and holder.stdin.flush()).start()
    with noticing(said.append), database.writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (5)")
    assert rows(engine) == [1, 5]
    assert said == []


WAIT = """
import sys
from trustlab.core import database
engine = database.connect(database.sqlite_url(sys.argv[1]))
print("waiting", flush=True)
with database.writing(engine):
    pass
"""


def test_ctrl_c_ends_the_wait_at_once(file, holder):
    process = subprocess.Popen(
        [sys.executable, "-c", WAIT, str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(trustlab.__file__).parents[1])},
    )
    assert process.stdout.readline() == "waiting\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, error = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in error
    assert time.monotonic() - began < 10


def test_on_postgresql_the_session_in_the_way_is_named(database_url, monkeypatch):
    from trustlab.core import postgresql_waits

    monkeypatch.setattr(postgresql_waits, "QUIET_SECONDS", 0.1)
    monkeypatch.setattr(database, "BUSY_SECONDS", 2)
    engine, said = database.connect(database_url), []
    with database.writing(engine) as one:
        database.hold(one, "store")
        session = one.connection.driver_connection.info.backend_pid
        with noticing(said.append), pytest.raises(ConflictError, match="lock"), database.writing(engine) as other:
            database.hold(other, "store")
    assert len(said) == 1
    assert f"session {session} of " in said[0]
    engine.dispose()


class Refusing:
    """A connection whose journal is refused a change so many times."""

    def __init__(self, connection, times, code=sqlite3.SQLITE_BUSY):
        self.connection, self.times, self.code = connection, times, code

    def execute(self, text):
        if text == "PRAGMA journal_mode = WAL" and self.times:
            self.times -= 1
            error = sqlite3.OperationalError("refused")
            error.sqlite_errorcode = self.code
            raise error
        return self.connection.execute(text)


def test_a_journal_that_others_are_setting_is_set_after_them(tmp_path):
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        write_ahead(Refusing(connection, 3), 20)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(("code", "seconds"), [(sqlite3.SQLITE_BUSY, 0.1), (sqlite3.SQLITE_READONLY, 20)])
def test_a_journal_that_cannot_be_set_is_said(tmp_path, code, seconds):
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        began = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="refused"):
            write_ahead(Refusing(connection, 1_000, code), seconds)
        assert time.monotonic() - began < 10
