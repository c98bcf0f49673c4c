import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from trustlab.core import database
from trustlab.core.errors import ConflictError, UsageError
from trustlab.store.branches import branches, create_branch
from trustlab.store.commit import commit
from trustlab.store.log import log
from trustlab.store.quarantine import fold, make_ready
from trustlab.store.tags import create_tag


def heads(store):
    return {branch.name: branch.head for branch in branches(store)}


def put(store, word, branch="main"):
    return commit(store, "loans", [("a", word.encode())], branch=branch).commit


def test_it_begins_at_the_head_of_the_branch_behind_which_it_waits(store):
    head = put(store, "one")
    assert make_ready(store, "loans", "held", "main") == ("held", True)
    assert heads(store) == {"main": head, "held": head}
    waiting = put(store, "bad", "held")
    assert [one.id for one in log(store, "loans@held")] == [waiting, head]


def test_it_moves_on_once_all_it_holds_is_let_in(store):
    put(store, "one")
    make_ready(store, "loans", "held", "main")
    put(store, "two")
    newest = put(store, "three")
    assert make_ready(store, "loans", "held", "main") == ("held", True)
    assert heads(store)["held"] == newest


def test_what_waits_already_stays_alone(store):
    put(store, "one")
    make_ready(store, "loans", "held", "main")
    waiting = put(store, "bad", "held")
    newest = put(store, "two")
    assert make_ready(store, "loans", "held", "main") == ("held-2", True)
    assert heads(store) == {"main": newest, "held": waiting, "held-2": newest}
    second = put(store, "worse", "held-2")
    assert [one.id for one in log(store, "loans@held-2")][:2] == [second, newest]
    assert make_ready(store, "loans", "held", "main") == ("held-3", True)


def test_a_name_that_a_tag_has_is_passed_over(store):
    put(store, "one")
    make_ready(store, "loans", "held", "main")
    put(store, "bad", "held")
    create_tag(store, "held-2", "loans@main")
    assert make_ready(store, "loans", "held", "main") == ("held-3", True)


def test_the_same_that_waits_already_is_not_held_twice(store):
    put(store, "one")
    make_ready(store, "loans", "held", "main")
    waiting = put(store, "bad", "held")
    assert make_ready(store, "loans", "held", "main") == ("held-2", True)
    done = commit(store, "loans", [("a", b"bad")], branch="held-2")
    kept = fold(store, done, "held")
    assert (kept.commit, kept.branch, kept.created) == (waiting, "held", False)
    assert sorted(heads(store)) == ["held", "main"]
    head = put(store, "two")
    make_ready(store, "loans", "held", "main")
    done = commit(store, "loans", [("a", b"bad")], branch="held-2")
    assert fold(store, done, "held") == done
    assert done.parents == (head,)


def test_a_merged_branch_is_seen_along_the_second_parent(store):
    from trustlab.store import schema
    from trustlab.store.publish import draft, publish
    from trustlab.store.refs import resolve
    from trustlab.store.sink import ChunkSink
    from trustlab.store.trees import Written

    first = put(store, "one")
    make_ready(store, "loans", "held", "main")
    waiting = put(store, "bad", "held")
    found = resolve(store, "loans@held")
    with store.read() as connection:
        epoch = schema.gc_epoch(connection)
    with ChunkSink(store) as sink:
        sink.finish()
        tree = Written(found.tree, found.files, found.bytes)
        done = publish(store, draft("loans", "main"), tree, sink, epoch=epoch, parents=(first, waiting))
    make_ready(store, "loans", "held", "main")
    assert heads(store) == {"main": done.commit, "held": done.commit}


def test_nothing_is_done_where_there_is_no_branch_or_repo(store):
    assert make_ready(store, "loans", "held", "main") == ("held", False)
    assert heads(store) == {}
    put(store, "one", "other")
    create_branch(store, "held", "loans@other")
    assert make_ready(store, "loans", "held", "main") == ("held-2", False)
    assert make_ready(store, "loans", "held", "held") == ("held", True)
    with pytest.raises(UsageError, match="branch"):
        make_ready(store, "loans", "a b", "other")


def test_many_at_once_agree(store):
    head = put(store, "one")
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: make_ready(store, "loans", "held", "main"), range(16)))
    assert set(done) == {("held", True)}
    assert heads(store) == {"main": head, "held": head}


def test_what_stays_in_the_way_is_said_at_once(store, monkeypatch):
    from trustlab.store import quarantine

    tries = []

    def counted(*given):
        tries.append(given)
        return create_branch(*given)

    monkeypatch.setattr(quarantine, "create_branch", counted)
    put(store, "one")
    create_tag(store, "held", "loans@main")
    with pytest.raises(ConflictError, match="exists, as a tag"):
        make_ready(store, "loans", "held", "main")
    assert len(tries) == 1


def test_a_database_that_is_locked_is_waited_for_once(store, tmp_path, monkeypatch):
    put(store, "one")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    store.engine.dispose()
    with store.write(alone=True):
        started = time.monotonic()
        with pytest.raises(ConflictError, match="lock"):
            make_ready(store, "loans", "held", "main")
        assert time.monotonic() - started < 5
