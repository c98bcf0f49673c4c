"""What another store offers may be whatever somebody wrote there: it is refused, and nothing of it is kept."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from trustlab.core.errors import DamagedError
from trustlab.store import open_store
from trustlab.store.branches import branches
from trustlab.store.commit import commit
from trustlab.store.records import from_row, to_row
from trustlab.store.refs import resolve
from trustlab.store.schema import BRANCHES, COMMITS, TAGS
from trustlab.store.tags import create_tag
from trustlab.store.transfer import transfer
from trustlab.store.verify import verify


@pytest.fixture
def target(tmp_path):
    opened = open_store(tmp_path / "target")
    yield opened
    opened.close()


def forge(store, **changes):
    """Give the only commit another content, and the id that follows from it."""
    from dataclasses import replace

    with store.write() as connection:
        row = connection.execute(select(COMMITS)).one()
        forged = replace(from_row(row, "r"), **changes)
        forged = replace(forged, id=forged.computed_id())
        connection.execute(update(COMMITS).values(**to_row(forged, row.repo)))
        connection.execute(update(BRANCHES).values(head=forged.id))


@pytest.mark.parametrize("inline", [512, 4])
def test_a_size_that_its_parts_do_not_have_is_malformed(store, target, noise, monkeypatch, inline):
    from trustlab.store import ingest, trees

    monkeypatch.setattr(trees, "_INLINE", inline)
    with monkeypatch.context() as wrong:
        wrong.setattr(ingest, "line_of", lambda entry: trees.line_of(entry._replace(size=entry.size // 2)))
        commit(store, "r", [("f", noise(1_000_000))])
    with pytest.raises(DamagedError, match="size"):
        transfer(store, target, "r")
    assert branches(target) == []
    assert [damage.kind for damage in verify(store).damages] == ["malformed tree"]


def test_lists_that_do_not_span_what_they_should_are_malformed(store, target, noise, monkeypatch):
    import trustlab.store.trees as trees

    monkeypatch.setattr(trees, "_INLINE", 4)
    with monkeypatch.context() as wrong:
        real = trees._groups

        def groups(extents):
            for group in real(extents):
                yield [*group[:-1], trees.Extent(group[-1].name, group[-1].length + 1)]

        wrong.setattr(trees, "_groups", groups)
        wrong.setattr(trees, "dump_extents", lambda group: trees._dump([[one.name.hex(), 1] for one in group]))
        wrong.setattr(trees, "_check_size", lambda *_: None)
        commit(store, "r", [("f", noise(1_000_000))])
    with pytest.raises(DamagedError, match=r"trustlab wrote|size"):
        transfer(store, target, "r")
    assert not verify(store).ok


def test_a_chunk_of_another_length_than_its_tree_says_is_malformed(store, noise, monkeypatch):
    from trustlab.store import ingest, trees

    def longer(entry):
        shift = [1, -1, *[0] * (len(entry.extents) - 2)]
        extents = [trees.Extent(one.name, one.length + more) for one, more in zip(entry.extents, shift, strict=True)]
        return trees.line_of(entry._replace(extents=extents))

    with monkeypatch.context() as wrong:
        wrong.setattr(ingest, "line_of", longer)
        commit(store, "r", [("f", noise(1_000_000))])
    (damage,) = verify(store).damages
    assert (damage.kind, damage.paths) == ("malformed tree", ("f",))


@pytest.mark.parametrize(
    "changes",
    [
        {"files": 7},
        {"bytes": 7},
        {"time": "yesterday"},
        {"time": "\x1b[2J"},
        {"author": "a\x00b"},
        {"message": "a\x00b"},
        {"tree": "../x"},
    ],
    ids=str,
)
def test_a_commit_that_nobody_could_make_is_refused(store, target, changes):
    commit(store, "r", [("f", b"1")])
    forge(store, **changes)
    with pytest.raises(DamagedError, match="commit"):
        transfer(store, target, "r")
    assert branches(target) == []


def test_a_root_that_counts_wrongly_is_refused(store, target, monkeypatch):
    import json

    import trustlab.store.trees as trees

    real = trees._dump

    def dump(data):
        return real({**data, "bytes": 99}) if isinstance(data, dict) else json.dumps(data)

    with monkeypatch.context() as wrong:
        wrong.setattr(trees, "_dump", dump)
        commit(store, "r", [("f", b"1")])
    forge(store, bytes=99)
    with pytest.raises(DamagedError, match="count"):
        transfer(store, target, "r")
    assert [damage.kind for damage in verify(store).damages] == ["malformed tree"]


@pytest.mark.parametrize("name", ["../../x\ny", "v1\x1b[2Jevil", "", "-x"])
@pytest.mark.parametrize("table", [BRANCHES, TAGS], ids=["branch", "tag"])
def test_names_that_nobody_could_give_are_refused(store, target, table, name):
    commit(store, "r", [("f", b"1")])
    create_tag(store, "v1", "r@main")
    with store.write() as connection:
        row = dict(connection.execute(select(table)).mappings().one())
        connection.execute(insert(table).values({**row, "name": name}))
    with pytest.raises(DamagedError, match="name"):
        transfer(store, target, "r", every=True)
    assert branches(target) == []


@pytest.mark.parametrize("changes", [{"name": "main"}, {"message": "a\x00b"}, {"author": "\x00"}, {"time": "now"}])
def test_tags_that_nobody_could_make_are_refused(store, target, changes):
    commit(store, "r", [("f", b"1")])
    create_tag(store, "v1", "r@main")
    assert resolve(store, "r@v1")
    with store.write() as connection:
        connection.execute(update(TAGS).values(**changes))
    with pytest.raises(DamagedError, match="tag"):
        transfer(store, target, "r")
    assert branches(target) == []
