"""What takes space, against a count that walks every version by itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from trustlab.core.errors import DamagedError, NotFoundError
from trustlab.store.branches import branches, create_branch, delete_branch
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.index import patches
from trustlab.store.log import log
from trustlab.store.reach import NO_PATH, SEVERAL, Reach
from trustlab.store.schema import CHUNKS
from trustlab.store.tags import create_tag, tags
from trustlab.store.usage import usage
from trustlab.store.verify import verify
from trustlab.store.walk import Marks, mark_tree


def lengths(store):
    with store.read() as connection:
        return {bytes(row.name): row.length for row in connection.execute(select(CHUNKS.c.name, CHUNKS.c.length))}


def names(store, tree):
    marks = Marks()
    mark_tree(store, tree, marks)
    return marks.names


def versions(store, repo):
    """Every version of a repo that a name reaches, walked from each name by itself."""
    starts = [branch.head for branch in branches(store, repo)] + [tag.commit for tag in tags(store, repo)]
    found = {one.id: one for start in starts for one in log(store, f"{repo}@{start}")}
    return sorted(found.values(), key=lambda one: one.time)


@pytest.fixture
def filled(store, noise):
    big, other = noise(900_000), noise(500_000, 1)
    commit(store, "r", [("big", big), ("d/small", b"1")], message="one")
    commit(store, "q", [("copy", big), ("own", other)])
    commit(store, "r", [("big", big[:500_000] + b"hello" + big[500_000:]), ("d/small", b"1"), ("twin", other)])
    commit(store, "r", [("twin", other)])
    create_tag(store, "v1", "r~2")
    create_branch(store, "gone", "q")
    commit(store, "q", [("lost", noise(300_000, 2))], branch="gone")
    delete_branch(store, "q", "gone")
    return store


def test_it_agrees_with_a_walk_of_each_version(filled):
    found, sizes = usage(filled), lengths(filled)
    by_repo = {repo: versions(filled, repo) for repo in ("q", "r")}
    held = {repo: set().union(*(names(filled, one.tree) for one in line)) for repo, line in by_repo.items()}
    for share in found.shares:
        mine, others = held[share.repo], held[{"q": "r", "r": "q"}[share.repo]]
        assert share.commits == len(by_repo[share.repo])
        assert share.chunks == len(mine)
        assert share.stored_bytes == sum(sizes[name] for name in mine)
        assert share.own_bytes == sum(sizes[name] for name in mine - others)
        assert share.logical_bytes == sum(one.bytes for one in by_repo[share.repo])
    assert [(share.repo, share.branches, share.tags) for share in found.shares] == [("q", 1, 0), ("r", 1, 1)]
    reached = held["q"] | held["r"]
    assert (found.chunks, found.chunk_bytes) == (len(sizes), sum(sizes.values()))
    assert (found.free_chunks, found.free_bytes) == (
        len(sizes) - len(reached),
        sum(size for name, size in sizes.items() if name not in reached),
    )
    seen: set[bytes] = set()
    for step, one in zip(found.steps, sorted(by_repo["q"] + by_repo["r"], key=lambda one: one.time), strict=True):
        new = names(filled, one.tree) - seen
        assert (step.commit, step.bytes_added) == (one.id, sum(sizes[name] for name in new))
        seen |= new


def test_a_version_added_what_its_commit_said(store, noise):
    said = [commit(store, "r", [("a", noise(200_000, n))]).bytes_added for n in range(3)]
    assert [step.bytes_added for step in usage(store).steps] == said


def test_what_a_gc_would_free_is_what_it_frees(filled):
    found = usage(filled)
    assert found.free_bytes > 300_000
    done = gc(filled)
    assert (done.commits, done.chunks, done.bytes) == (found.free_commits, found.free_chunks, found.free_bytes)
    after = usage(filled)
    assert (after.free_commits, after.free_chunks, after.free_bytes) == (0, 0, 0)
    assert after.chunk_bytes == found.chunk_bytes - found.free_bytes
    assert after.packs == len(filled.packs.names())
    assert after.pack_bytes == sum(filled.packs.size(pack) for pack in filled.packs.names())


def test_what_a_patch_leans_on_is_not_free(store, noise):
    data = noise(400_000)
    commit(store, "r", [("a", data), ("b", noise(100_000, 1))])
    # A new branch, whose history lacks the main one: only its patches lead there.
    commit(store, "r", [("a", data[:1000] + b"edit" + data[1000:])], branch="edited")
    with store.read() as connection:
        assert list(patches(connection)), "the store no longer makes patches of this: choose another edit"
    delete_branch(store, "r", "main")
    found = usage(store)
    done = gc(store)
    assert (done.commits, done.chunks, done.bytes) == (found.free_commits, found.free_chunks, found.free_bytes)
    assert usage(store).shares[0].stored_bytes == found.chunk_bytes - found.free_bytes
    assert verify(store).ok


def test_one_repo_still_knows_what_others_share(filled):
    whole, one = usage(filled), usage(filled, "r")
    assert one.shares == [share for share in whole.shares if share.repo == "r"]
    assert one.steps == [step for step in whole.steps if step.repo == "r"]
    assert {file.repo for file in one.files} == {"r"}
    assert one.free_bytes == whole.free_bytes


def test_a_file_takes_what_no_other_holds(filled):
    found = {(file.repo, file.path): file.own_bytes for file in usage(filled).files}
    # "own" and "twin" are the same bytes, and so is most of "copy" and "big": only the edit is big's alone.
    assert ("q", "own") not in found
    assert ("r", "twin") not in found
    assert ("q", "copy") not in found
    assert 5 < found["r", "big"] < 400_000
    assert found["r", "d/small"] == 1
    assert len(usage(filled, largest=1).files) == 1


def test_lists_of_chunks_are_counted(store, noise, monkeypatch):
    from trustlab.store import trees

    monkeypatch.setattr(trees, "_INLINE", 2)
    done = commit(store, "r", [("big", noise(1_500_000))])
    found = usage(store)
    assert found.shares[0].stored_bytes == found.chunk_bytes == done.bytes_added
    assert found.files[0].path == "big"
    assert found.files[0].own_bytes > 1_500_000
    assert (found.free_chunks, found.free_bytes) == (0, 0)


def test_an_empty_store_and_unknown_repos(store):
    found = usage(store)
    assert (found.shares, found.steps, found.files, found.chunks, found.pack_bytes) == ([], [], [], 0, 0)
    commit(store, "r", [("a", b"1")])
    with pytest.raises(NotFoundError, match="Did you mean 'r'"):
        usage(store, "R")


def test_progress_is_told_and_damage_is_named(filled):
    told = []
    usage(filled, progress=lambda done, total, what: told.append((done, total, what)))
    assert told[0] == (1, 4, "versions")
    assert told[-1][0] == told[-1][1]
    for pack in filled.packs.names():
        next((filled.root / "objects").rglob(f"*{pack}*")).unlink()
    filled.packs.forget()
    with pytest.raises(DamagedError):
        usage(filled)


def test_what_reaches_an_object_adds_up():
    found = Reach()
    found.add(b"x", 5, 1)
    found.add(b"x", 3, 2, 7)
    assert list(found) == [(b"x", 3, 3, 7)]
    found.add(b"x", 9, 1, NO_PATH)
    found.add(b"x", 9, 1, 7)
    assert list(found) == [(b"x", 3, 3, 7)]
    found.add(b"x", 9, 1, 8)
    found.add(b"x", 9, 1, 7)
    assert list(found) == [(b"x", 3, 3, SEVERAL)]
