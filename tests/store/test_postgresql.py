"""The store's metadata on PostgreSQL: a real server, and its faults."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import event, inspect, select

from tests.servers import PASSWORD, free_port
from trustlab.core.errors import ConflictError, MissingExtraError
from trustlab.store import open_store
from trustlab.store.branches import branches, create_branch, delete_branch, repos
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.read import read
from trustlab.store.refs import Ref, check_free, resolve
from trustlab.store.schema import BRANCHES, COMMITS
from trustlab.store.tags import create_tag
from trustlab.store.verify import verify


@pytest.fixture
def store(database_url, tmp_path):
    opened = open_store(tmp_path / ".trust", database_url)
    yield opened
    opened.close()


def test_the_basic_life(store, noise):
    data = noise(1_000_000)
    first = commit(store, "r", [("a", data)], message="one")
    assert commit(store, "r", [("a", data)]).commit == first.commit
    commit(store, "r", [("a", data[:9] + b"!" + data[9:])], message="two")
    create_branch(store, "side", "r~1")
    commit(store, "r", [("b", noise(300_000, 1))], branch="side")
    assert read(store, "r~1:a") == data
    assert resolve(store, f"r@{first.commit[:8]}").id == first.commit
    delete_branch(store, "r", "side")
    assert gc(store).commits == 1
    assert verify(store).ok
    assert [one.message for one in log(store, "r")] == ["two", "one"]


def test_plain_urls_choose_psycopg_3(database_url, tmp_path):
    for url in (database_url, database_url.replace("postgresql://", "postgres://")):
        store = open_store(tmp_path, url)
        assert store.engine.dialect.driver == "psycopg"
        store.close()


def test_names_are_in_the_same_order_everywhere(store):
    # The server's own order of words is another one.
    names = ["B", "Z", "a", "a-b", "a.b", "aB", "a_b", "b"]
    for name in names:
        commit(store, name, [("a", b"a")])
        commit(store, "one", [("a", b"a")], branch=name)
    assert repos(store) == sorted([*names, "one"])
    assert [one.name for one in branches(store, "one")] == sorted(names)


def test_a_read_sees_one_state(store):
    commit(store, "r", [("a", b"1")])
    with store.read() as connection:
        before = connection.execute(select(COMMITS.c.id)).all()
        commit(store, "r", [("a", b"2")])
        assert connection.execute(select(COMMITS.c.id)).all() == before
        assert len(connection.execute(select(BRANCHES.c.head)).all()) == 1


OPENER = """
import sys
from pathlib import Path
from trustlab.store import open_store
import trustlab.core.journal
from trustlab.core.database import make_tables
from trustlab.pipelines.journal import METADATA
print("ready", flush=True)
sys.stdin.readline()
store = open_store(Path(sys.argv[1]), sys.argv[2] or None)
make_tables(store.engine, METADATA)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_processes_open_an_empty_database_at_once(kind, tmp_path, spawn, request):
    url = request.getfixturevalue("database_url") if kind == "postgresql" else ""
    processes = [spawn(OPENER, tmp_path, url) for _ in range(6)]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    store = open_store(tmp_path, url or None)
    tables = inspect(store.engine).get_table_names()
    assert {"store_meta", "store_commits", "pipeline_runs"} <= set(tables)
    commit(store, "r", [("a", b"a")])
    assert verify(store).ok
    store.close()


def test_gc_waits_for_a_branch_that_is_being_made(store):
    kept = commit(store, "r", [("a", b"1")])
    create_branch(store, "other", "r")
    delete_branch(store, "r", "main")
    delete_branch(store, "r", "other")
    done = []
    with store.write() as connection:
        connection.execute(BRANCHES.insert().values(repo=1, name="saved", head=kept.commit))
        collector = threading.Thread(target=lambda: done.append(gc(store)))
        collector.start()
        collector.join(1)
        # It must not decide before it can see the branch.
        assert not done
    collector.join(30)
    assert done[0].commits == 0
    assert read(store, "r@saved") == b"1"
    assert verify(store).ok


def test_a_name_that_is_being_made_is_waited_for(store):
    commit(store, "r", [("a", b"1")])
    ends = []

    def other():
        try:
            create_tag(store, "v1", "r")
        except ConflictError as error:
            ends.append(error.message)

    with store.write() as connection:
        check_free(connection, 1, Ref("r", "v1"), "branch")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        connection.execute(BRANCHES.insert().values(repo=1, name="v1", head=resolve(store, "r").id))
    thread.join(30)
    # It is a branch now, and so no tag as well.
    assert len(ends) == 1
    assert "exists, as a branch" in ends[0]


def test_a_commit_waits_for_gc_and_does_again_what_gc_took(store, noise):
    commit(store, "r", [("a", noise(200_000))])
    create_branch(store, "side", "r")
    commit(store, "r", [("b", noise(200_000, 1))], branch="side")
    delete_branch(store, "r", "side")
    went = []

    def meddle(done, total, path):
        if not went:
            went.append(gc(store))

    # The chunk is there when the commit looks, and gone when it is published.
    commit(store, "r", [("b", noise(200_000, 1)), ("c", noise(100_000, 2))], progress=meddle)
    assert went[0].chunks > 0
    assert verify(store).ok
    assert read(store, "r:b") == noise(200_000, 1)


@pytest.mark.parametrize(
    ("change", "said", "hint"),
    [
        (("wrong", None, None), "password authentication failed", "user and password"),
        ((None, "nowhere", None), "does not exist", "createdb"),
        ((None, None, 0), "refused", "server runs"),
    ],
)
def test_a_database_that_cannot_be_opened(postgres, database_url, tmp_path, change, said, hint):
    password, name, port = change
    url = postgres.url(name or "postgres", password or PASSWORD)
    if port is not None:
        url = url.replace(f":{postgres.port}/", f":{free_port()}/")
    began = time.monotonic()
    with pytest.raises(ConflictError, match=said) as caught:
        open_store(tmp_path / ".trust", url)
    assert time.monotonic() - began < 15
    assert hint in caught.value.hint
    for text in (caught.value.message, caught.value.hint):
        assert PASSWORD not in text
        assert "p%40ss" not in text
        assert "wrong" not in text
    assert not (tmp_path / ".trust").exists()


def test_a_user_who_may_not_write(postgres, database_url, tmp_path):
    name = database_url.rpartition("/")[2]
    open_store(tmp_path, database_url).close()
    postgres.ask("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    try:
        postgres.ask("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest", name)
        store = open_store(tmp_path, f"postgresql://guest:guest@127.0.0.1:{postgres.port}/{name}")
        with pytest.raises(ConflictError, match="must let trustlab write") as caught:
            commit(store, "r", [("a", b"a")])
        assert "GRANT" in caught.value.hint
        assert store.packs.names() == []
        store.close()
    finally:
        postgres.ask("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM guest", name)
        postgres.ask("DROP ROLE guest")


def test_without_its_library(tmp_path, monkeypatch):
    monkeypatch.setattr("trustlab.core.optional.importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        open_store(tmp_path, "postgresql://ann:hush@x/y")
    assert "trustlab[postgresql]" in caught.value.hint
    assert "hush" not in caught.value.message


def test_a_server_that_is_killed_and_comes_back(postgres, store, noise):
    commit(store, "r", [("a", b"1")])
    postgres.stop()
    try:
        with pytest.raises(ConflictError) as caught:
            commit(store, "r", [("a", noise(100_000))])
        assert PASSWORD not in caught.value.message
        assert store.packs.names() == [store.packs.names()[0]]
    finally:
        postgres.start()
    assert len(log(store, "r")) == 1
    commit(store, "r", [("a", noise(100_000))])
    assert verify(store).ok


def test_a_server_that_is_lost_in_the_midst_of_a_commit(postgres, store):
    """Before each of a commit's statements and confirmations in turn: the old state is there afterwards, or the new."""
    name = store.engine.url.database
    left = []

    def lose(*_arguments):
        if left and not left.pop():
            postgres.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    event.listen(store.engine, "before_cursor_execute", lose)
    event.listen(store.engine, "commit", lose)
    commit(store, "r", [("a", b"first")])
    hints = []
    for number in range(100):
        before = len(log(store, "r"))
        left[:] = [False, *[True] * number]
        try:
            commit(store, "r", [("a", f"{number}".encode())], message=f"{number}")
        except ConflictError as error:
            hints.append(error.hint)
        if left:
            # A commit has no more steps than this.
            left.clear()
            break
        assert len(log(store, "r")) in (before, before + 1)
        assert verify(store).ok
    else:
        pytest.fail("a commit has too many steps")
    assert sum("nothing was changed" in hint for hint in hints) >= 5
    assert sum("whole or not at all" in hint for hint in hints) >= 1
    gc(store)
    assert verify(store).unnamed == 0
