"""Stores that earlier versions wrote: read as they were, verified, written to, and brought up to date once."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from trustlab.store import open_store
from trustlab.store.branches import branches
from trustlab.store.codec import PATCH
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.read import read
from trustlab.store.refs import resolve
from trustlab.store.rules import rules_of
from trustlab.store.schema import CHUNKS, SCHEMA_VERSION, version
from trustlab.store.tags import tags
from trustlab.store.trees import Tree
from trustlab.store.verify import verify

HERE = Path(__file__).parent
KEPT = sorted(HERE.glob("store-v*"))


def made():
    spec = importlib.util.spec_from_file_location("make_store", HERE / "make_store.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = made()


@pytest.fixture(params=KEPT, ids=lambda folder: folder.name)
def kept(request, tmp_path):
    """A copy of a kept store, and the version that wrote it."""
    shutil.copytree(request.param, tmp_path / ".trust")
    store = open_store(tmp_path / ".trust")
    yield store, int(request.param.name.removeprefix("store-v"))
    store.close()


def contents(store, ref):
    return {entry.path: read(store, f"{ref}:{entry.path}") for entry in Tree(store, resolve(store, ref).tree).entries()}


def test_each_version_of_the_format_is_kept():
    assert [folder.name for folder in KEPT] == [f"store-v{number}" for number in range(1, SCHEMA_VERSION + 1)]


def test_everything_reads_as_it_was_written(kept):
    store, wrote = kept
    with store.read() as connection:
        assert version(connection) == SCHEMA_VERSION
    assert verify(store).ok
    line = log(store, "r")
    assert [(one.message, one.author) for one in line] == [("second", "somebody"), ("first", "somebody")]
    assert contents(store, "r~1") == contents(store, "r@later") == MADE.VERSIONS[0]
    assert contents(store, "r") == MADE.VERSIONS[1]
    if wrote >= 2:
        assert contents(store, "t@v1")["n"] == MADE.NUMBERS.tobytes()
        assert contents(store, "t") == {"n": MADE.CHANGED.tobytes(), "w": MADE.WORDS}
        with store.read() as connection:
            assert PATCH in set(connection.execute(select(CHUNKS.c.codec)).scalars()), (
                "the format's every form is there"
            )
        assert [(tag.name, tag.message) for tag in tags(store, "t")] == [("v1", "as delivered")]
        assert rules_of(store, "t").document == {"on_breach": "quarantine"}
        assert log(store, "t")[0].provenance["inputs"][0]["commit"] == log(store, "t")[1].id


def test_work_goes_on_in_it(kept):
    store, _ = kept
    before = {(one.repo, one.name): one.head for one in branches(store)}
    done = commit(store, "r", list({**MADE.VERSIONS[1], "new": b"new"}.items()), message="third")
    assert done.parents == (before["r", "main"],)
    gc(store)
    assert verify(store).ok
    assert contents(store, "r~2") == MADE.VERSIONS[0]
    store.close()
    again = open_store(store.root)
    assert contents(again, "r")["new"] == b"new"
    again.close()
