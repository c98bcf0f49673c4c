import pytest

from trustlab.core.errors import NotFoundError
from trustlab.store.commit import commit
from trustlab.store.diff import diff


def test_added_removed_changed(store, tmp_path):
    script = tmp_path / "run"
    script.write_bytes(b"#!")
    commit(store, "r", [("a", b"1"), ("b", b"1"), ("d/c", b"1"), ("run", script)])
    script.chmod(0o755)
    commit(store, "r", [("a", b"1"), ("b", b"22"), ("e", b"1"), ("run", script)])
    found = diff(store, "r~1", "r")
    assert [change.path for change in found.added] == ["e"]
    assert [change.path for change in found.removed] == ["d/c"]
    assert [change.path for change in found.changed] == ["b", "run"]
    assert (found.changed[0].before.size, found.changed[0].after.size) == (1, 2)
    assert found.changed[1].after.executable
    assert not diff(store, "r", "r@main")
    assert [change.path for change in diff(store, "r~1:d", "r:d").removed] == ["d/c"]


def renames(found):
    return [(change.before.path, change.after.path) for change in found.renamed]


def test_a_renamed_file_is_told_once(store):
    commit(store, "r", [("a", b"1"), ("b", b"2")])
    commit(store, "r", [("a", b"1"), ("d/c", b"2")])
    found = diff(store, "r~1", "r")
    assert renames(found) == [("b", "d/c")]
    assert found.renamed[0].path == "d/c"
    assert [[change.path for change in changes] for changes in (found.added, found.removed)] == [["d/c"], ["b"]]
    assert found.by_kind() == {"added": [], "removed": [], "changed": [], "renamed": found.renamed}
    assert renames(diff(store, "r", "r~1")) == [("d/c", "b")]


def test_a_copy_an_edit_and_an_empty_file_are_no_renames(store):
    commit(store, "r", [("a", b"1"), ("b", b"2"), ("empty", b"")])
    commit(store, "r", [("a", b"1"), ("a2", b"1"), ("c", b"22"), ("hollow", b"")])
    found = diff(store, "r~1", "r")
    assert found.renamed == []
    assert [change.path for change in found.added] == ["a2", "c", "hollow"]
    assert [change.path for change in found.removed] == ["b", "empty"]


def test_another_mode_is_no_rename(store, tmp_path):
    script = tmp_path / "run"
    script.write_bytes(b"#!")
    commit(store, "r", [("run", script)])
    script.chmod(0o755)
    commit(store, "r", [("start", script)])
    assert diff(store, "r~1", "r").renamed == []


def test_files_that_hold_the_same_are_paired_by_name_then_in_order(store):
    commit(store, "r", [("a/x", b"1"), ("a/y", b"1"), ("a/z", b"1"), ("one", b"2"), ("two", b"2")])
    commit(store, "r", [("b/0", b"1"), ("b/y", b"1"), ("b/z", b"1"), ("three", b"2")])
    found = diff(store, "r~1", "r")
    assert renames(found) == [("a/x", "b/0"), ("a/y", "b/y"), ("a/z", "b/z"), ("one", "three")]
    told = found.by_kind()
    assert [change.path for change in told["removed"]] == ["two"]
    assert told["added"] == []


def test_a_wide_tree_is_compared_by_its_leaves(store, monkeypatch):
    files = [(f"f{n:05}", str(n).encode()) for n in range(2000)]
    commit(store, "r", files)
    files[777] = ("f00777", b"changed")
    del files[1234]
    commit(store, "r", files)
    fetched = []
    real = type(store.packs).read

    def spy(self, pack, offset, length):
        fetched.append(pack)
        return real(self, pack, offset, length)

    monkeypatch.setattr(type(store.packs), "read", spy)
    found = diff(store, "r~1", "r")
    assert [change.path for change in found.changed] == ["f00777"]
    assert [change.path for change in found.removed] == ["f01234"]
    assert not found.added
    # Two roots, and the leaves that differ: two or three on each side.
    assert len(fetched) <= 8


def test_repos_can_be_compared_and_unknown_ones_are_named(store):
    commit(store, "r", [("a", b"1")])
    commit(store, "s", [("a", b"1")])
    assert not diff(store, "r", "s")
    with pytest.raises(NotFoundError, match="'t'"):
        diff(store, "r", "t")


def test_two_paths_of_one_version_are_compared_and_unknown_ones_named(store):
    commit(
        store, "r", [("a.csv", b"1"), ("b.csv", b"2"), ("same.csv", b"1"), ("d/x", b"x"), ("e/x", b"y"), ("e/z", b"z")]
    )
    (change,) = diff(store, "r:a.csv", "r:b.csv").changed
    assert (change.before.path, change.path) == ("a.csv", "b.csv")
    assert not diff(store, "r:a.csv", "r:same.csv")
    folders = diff(store, "r:d", "r:e")
    assert [one.path for one in folders.changed] == ["e/x"]
    assert [one.path for one in folders.added] == ["e/z"]
    for before, after in (("r:nope", "r:nope"), ("r:a.csv", "r:nope"), ("r:nope", "r:a.csv")):
        with pytest.raises(NotFoundError, match="'nope'"):
            diff(store, before, after)
