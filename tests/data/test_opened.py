"""Stores that readers share: the same one for a workspace, another for one made anew, its own in a forked process."""

import multiprocessing
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import fsspec
import pytest

from trustlab.core.workspace import Workspace
from trustlab.data import opened
from trustlab.data.filesystem import TrustFileSystem
from trustlab.store import open_store
from trustlab.store.commit import commit


@pytest.fixture
def loans(home):
    commit(home.store, "loans", [("f", b"first"), ("g", os.urandom(3_000_000))])
    return home


def test_readers_of_a_workspace_share_its_store(loans):
    one = fsspec.url_to_fs("trust://loans/f")[0].store
    assert fsspec.filesystem("trust").store is one
    assert TrustFileSystem(workspace=loans.folder).store is one


def test_a_workspace_made_anew_is_another(loans):
    assert fsspec.filesystem("trust").cat("loans/f") == b"first"
    loans.store.close()
    shutil.rmtree(loans.folder / ".trust")
    again = open_store(Workspace.create(loans.folder).root)
    commit(again, "loans", [("f", b"second")])
    again.close()
    assert fsspec.filesystem("trust").cat("loans/f") == b"second"


def test_other_settings_are_another_store(loans, monkeypatch):
    one = fsspec.filesystem("trust").store
    monkeypatch.setenv("TRUSTLAB_DATABASE_URL", f"sqlite:///{loans.folder}/other.db")
    assert fsspec.filesystem("trust").store is not one
    assert fsspec.filesystem("trust").ls("") == []


def test_only_the_last_few_stay_open(tmp_path, monkeypatch):
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    stores = []
    for number in range(opened._MOST + 3):
        folder = tmp_path / str(number)
        folder.mkdir()
        stores.append(opened.shared_store(Workspace.create(folder)))
    assert len(opened._stores) == opened._MOST
    # One that was let go opens itself again.
    commit(stores[0], "r", [("f", b"x")])
    assert TrustFileSystem(store=stores[0]).cat("r/f") == b"x"


def _reads(fs, expected, answers):
    answers.put(fs.cat("loans/g") == expected and fsspec.filesystem("trust").cat("loans/f") == b"first")


@pytest.mark.parametrize("given", [False, True], ids=["found", "given"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_processes_read_after_their_parents_threads_did(loans, given):
    fs = TrustFileSystem(store=loans.store) if given else fsspec.filesystem("trust")
    # Threads with connections of their own, that live on and are quiet while the process forks.
    with ThreadPoolExecutor(4) as pool:
        expected = set(pool.map(lambda _: fs.cat("loans/g"), range(12))).pop()
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        children = [context.Process(target=_reads, args=(fs, expected, answers)) for _ in range(6)]
        for child in children:
            child.start()
        # The parent reads and writes beside its children.
        commit(loans.store, "other", [("f", b"x")])
        assert list(pool.map(lambda _: fs.cat("loans/g") == expected, range(12))) == [True] * 12
        assert [answers.get(timeout=60) for _ in children] == [True] * len(children)
        for child in children:
            child.join()
    commit(loans.store, "loans", [("f", b"after")])
    assert fs.cat("loans/f") == b"after"


def test_a_forked_process_uses_no_connection_of_its_parent(loans):
    fs = fsspec.filesystem("trust")
    fs.cat("loans/f")
    pool = fs.store.engine.pool
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.write(write_end, b"own" if fs.store.engine.pool is not pool and fs.cat("loans/f") == b"first" else b"no")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read_end, 10) == b"own"
    os.close(read_end)
    os.close(write_end)
    assert fs.store.engine.pool is pool
