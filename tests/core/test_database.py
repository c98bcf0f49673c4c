"""The database lies in the workspace, whatever the folder is called."""

from __future__ import annotations

import threading

import pytest

from trustlab.core import database
from trustlab.core.errors import ConflictError, UsageError
from trustlab.core.workspace import Workspace


@pytest.mark.parametrize("name", ["what?", "a%20b", "c#d", "e f", "é@g:h"])
def test_the_database_lies_in_the_workspace(tmp_path, name):
    folder = tmp_path / name
    workspace = Workspace.create(folder)
    with workspace.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE here (a INTEGER)")
    workspace.engine.dispose()
    assert (folder / ".trust" / "metadata.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("url", ["postgresq://ann:hush@host/x", "ann:hush@host", "mysql://ann:hush@host/x"])
def test_a_url_that_is_none_is_refused_without_its_password(url):
    with pytest.raises(UsageError, match="must be the SQLAlchemy URL") as caught:
        database.connect(url)
    assert "hush" not in caught.value.message.replace("got 'ann:hush@host'", "")


def test_of_two_that_wait_for_each_other_one_is_told_to_begin_again(database_url):
    engine = database.connect(database_url)
    with database.writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
        connection.exec_driver_sql("INSERT INTO t VALUES (1, 0), (2, 0)")
    met, ends = threading.Barrier(2), []

    def cross(first: int, second: int) -> None:
        try:
            with database.writing(engine) as connection:
                connection.exec_driver_sql(f"UPDATE t SET n = n + 1 WHERE id = {first}")
                met.wait(30)
                connection.exec_driver_sql(f"UPDATE t SET n = n + 1 WHERE id = {second}")
            ends.append("done")
        except database.LostTransactionError:
            ends.append("lost")

    threads = [threading.Thread(target=cross, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ends) == ["done", "lost"]
    with database.reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT n FROM t ORDER BY id").scalars().all() == [1, 1]
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_writer_that_others_keep_waiting_says_so(kind, tmp_path, request, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    url = request.getfixturevalue("database_url") if kind == "postgresql" else database.sqlite_url(tmp_path / "x.db")
    engine = database.connect(url)
    with database.writing(engine) as one:
        database.hold(one, "store")
        one.exec_driver_sql("CREATE TABLE t (id INTEGER)")

        def other():
            with database.writing(engine) as connection:
                database.hold(connection, "store", shared=True)

        with pytest.raises(ConflictError, match="lock") as caught:
            other()
        assert "other process" in caught.value.hint
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hush@127.0.0.1:1/x",
        "postgresql://ann@127.0.0.1:1/x?password=hush",
        "postgresql:///x?host=127.0.0.1&port=1&user=ann&password=hush&sslpassword=hush",
    ],
)
def test_a_server_that_is_not_there_is_named_without_its_password(url):
    engine = database.connect(url)
    with pytest.raises(ConflictError, match="must answer") as caught, database.reading(engine):
        pass
    assert "127.0.0.1" in caught.value.message
    assert "hush" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("database is locked", "other process"),
        ("canceling statement due to lock timeout", "other process"),
        ("could not read block 3 in file base/1", "server runs"),
        ("the clock went back", "server runs"),
        ('password authentication failed for user "ann"', "Check user and password"),
        ('database "x" does not exist', "createdb"),
    ],
)
def test_the_hint_goes_by_whole_words(said, hint):
    from sqlalchemy import exc

    engine = database.connect("postgresql://ann@host/x")
    raised = database._explain(engine, exc.OperationalError("SELECT 1", {}, Exception(said)))
    assert hint in raised.hint
