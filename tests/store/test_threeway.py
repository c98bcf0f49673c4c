"""The three-way rule, against one on plain dictionaries that looks at every path and every pair."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trustlab.core.errors import ConflictError, UsageError
from trustlab.store.sink import ChunkSink
from trustlab.store.threeway import Choice, combine, write_combined
from trustlab.store.trees import Entry, Extent, Tree, line_of, write_tree

# Files and folders of one name, and a name in both Unicode normal forms, so that two sides can clash.
PATHS = ["a", "a/b", "a/b/c", "a-b", "d", "caf\u00e9", "cafe\u0301", "x"]
CONTENTS = [b"", b"1", b"2", b"3" * 70_000]


def clashes(one: str, other: str) -> bool:
    forms = [unicodedata.normalize("NFC", path) for path in (one, other)]
    return forms[0] == forms[1] or any(a.startswith(f"{b}/") for a, b in (forms, forms[::-1]))


def valid(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out what cannot stand beside an earlier path."""
    kept: dict[str, bytes] = {}
    for path in files:
        if not any(clashes(path, other) for other in kept):
            kept[path] = files[path]
    return kept


# A version holds a file at least: one is in all.
FILES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(CONTENTS)).map(lambda drawn: valid(drawn) | {"k": b"k"})


def model(bases, ours, theirs):
    """Return what the merge holds, ours where both changed a path; those paths; and those that clash."""
    result, conflicts, clashing = {}, set(), set()
    for path in {*ours, *theirs}.union(*bases):
        mine, other = ours.get(path), theirs.get(path)
        answers = set()
        for base in bases:
            before = base.get(path)
            answers.add(
                ("one", mine) if mine == other or other == before else ("one", other) if mine == before else ("both",)
            )
        if len(answers) == 1 and ("both",) not in answers:
            result[path] = next(iter(answers))[1]
        else:
            conflicts.add(path)
            result[path] = mine
    result = {path: data for path, data in result.items() if data is not None}
    for one, other in itertools.combinations(result, 2):
        if clashes(one, other):
            clashing |= {one, other}
    return result, conflicts, clashing


def trees_of(store, *each):
    """Store trees of these files, all at once: a disk waits for each time."""
    with ChunkSink(store) as sink:
        names = []
        for files in each:
            entries = [
                Entry(
                    path, len(data), executable=False, level=0, extents=[Extent(sink.put(data), len(data))][: len(data)]
                )
                for path, data in sorted(files.items())
            ]
            names.append(write_tree(sink, map(line_of, entries)).name)
        sink.finish()
        with store.write() as connection:
            sink.index(connection)
    return names


def written(store, ours, combined):
    with ChunkSink(store) as sink:
        tree = write_combined(store, sink, ours, combined)
        sink.finish()
        with store.write() as connection:
            sink.index(connection)
    return tree


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FILES, min_size=1, max_size=2), FILES, FILES)
def test_it_agrees_with_the_model(store, bases, ours, theirs):
    trees = trees_of(store, ours, theirs, *bases)
    found = combine(store, trees[0], trees[1], trees[2:], Choice())
    result, conflicts, clashing = model(bases, ours, theirs)
    assert {one.path for one in found.conflicts} == conflicts | clashing
    assert {one.path for one in found.conflicts if one.beside is None} == conflicts
    if not found.conflicts:
        tree = written(store, trees[0], found)
        # The same files make the same tree, however they came together.
        assert [tree.name] == trees_of(store, result)
        assert (tree.files, tree.bytes) == (len(result), sum(map(len, result.values())))
        assert [entry.path for entry in Tree(store, tree.name).entries()] == sorted(result)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, FILES, FILES, st.sampled_from(["ours", "theirs"]))
def test_one_side_for_every_conflict_leaves_none(store, base, ours, theirs, side):
    trees = trees_of(store, ours, theirs, base)
    found = combine(store, trees[0], trees[1], trees[2:], Choice(take=side))
    assert not found.conflicts
    result, conflicts, _ = model([base], ours, theirs)
    chosen = {"ours": ours, "theirs": theirs}[side]
    wanted = {path: data for path, data in result.items() if path not in found.resolved}
    wanted |= {path: chosen[path] for path in found.resolved if path in chosen}
    tree = written(store, trees[0], found)
    assert {entry.path: entry.size for entry in Tree(store, tree.name).entries()} == {
        path: len(data) for path, data in wanted.items()
    }
    assert wanted == valid(wanted)
    assert set(found.resolved.values()) <= {side}
    # More than what both changed only where one path cannot stand beside another.
    assert conflicts <= set(found.resolved)
    both = {*ours, *theirs}
    assert all(any(clashes(path, other) for other in both - {path}) for path in set(found.resolved) - conflicts)


def test_an_untouched_first_commit_has_no_base(store):
    ours, theirs = trees_of(store, {"a": b"1", "b": b"1"}, {"a": b"2", "b": b"1", "c": b"1"})
    found = combine(store, ours, theirs, [], Choice())
    assert [(one.path, one.ours, one.theirs) for one in found.conflicts] == [("a", "added", "added")]
    assert list(found.changes) == ["c"]


BASE = {"a": b"1", "part/1": b"1", "part/2": b"1", "odd[1]": b"1"}
OURS = {"a": b"2", "part/1": b"2", "odd[1]": b"2"}
THEIRS = {"part/1": b"3", "part/2": b"3", "odd[1]": b"3"}


@pytest.mark.parametrize(
    ("choice", "left", "taken"),
    [
        (Choice(), ["a", "odd[1]", "part/1", "part/2"], []),
        (Choice(theirs=["part"]), ["a", "odd[1]"], ["part/1", "part/2"]),
        (Choice(theirs=["part/"], ours=["a", "odd[1]"]), [], ["part/1", "part/2"]),
        (Choice(theirs=["*/2"], take="ours"), [], ["part/2"]),
        (Choice(ours=["part/*"], take="theirs"), [], ["a", "odd[1]"]),
        (Choice(theirs=["odd[1]"]), ["a", "part/1", "part/2"], ["odd[1]"]),
    ],
)
def test_each_path_has_the_side_that_was_said(store, choice, left, taken):
    ours, theirs, base = trees_of(store, OURS, THEIRS, BASE)
    found = combine(store, ours, theirs, [base], choice)
    assert [one.path for one in found.conflicts] == left
    assert list(found.changes) == taken
    assert set(found.resolved) == {"a", "odd[1]", "part/1", "part/2"} - set(left)


def test_each_side_is_told_what_it_did(store):
    ours, theirs, base = trees_of(store, OURS, THEIRS, BASE)
    found = combine(store, ours, theirs, [base], Choice())
    assert {one.path: (one.ours, one.theirs) for one in found.conflicts} == {
        "a": ("changed", "removed"),
        "odd[1]": ("changed", "changed"),
        "part/1": ("changed", "changed"),
        "part/2": ("removed", "changed"),
    }


def test_what_cannot_stand_beside_another_can_be_chosen(store):
    ours, theirs, base = trees_of(store, {"x": b"", "a": b"1"}, {"x": b"", "a/b": b"1"}, {"x": b""})
    found = combine(store, ours, theirs, [base], Choice())
    assert [(one.path, one.beside) for one in found.conflicts] == [("a", "a/b"), ("a/b", "a")]
    assert not combine(store, ours, theirs, [base], Choice(ours=["a/b"])).changes
    assert list(combine(store, ours, theirs, [base], Choice(theirs=["a"])).changes) == ["a", "a/b"]
    # The one without the other is no answer.
    half = combine(store, ours, theirs, [base], Choice(theirs=["a/b"]))
    assert [one.path for one in half.conflicts] == ["a", "a/b"]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice(ours=["prat/1"]), "Did you mean 'part/1'"),
        (Choice(theirs=["b*"]), r"theirs must name paths in conflict; got 'b\*'"),
        (Choice(ours=["part"], theirs=["part/1"]), "must not both hold"),
    ],
)
def test_choices_that_make_no_sense(store, choice, message):
    ours, theirs, base = trees_of(store, OURS, THEIRS, BASE)
    with pytest.raises(UsageError, match=message):
        combine(store, ours, theirs, [base], choice)


def test_a_version_that_would_hold_nothing_is_refused(store):
    ours, theirs, base = trees_of(store, {"a": b"1"}, {"b": b"1"}, {"a": b"1", "b": b"1"})
    with pytest.raises(ConflictError, match="at least one file"):
        written(store, ours, combine(store, ours, theirs, [base], Choice()))
    assert len(store.packs.names()) == 1
