import os
import subprocess

import pytest

from trustlab.core.errors import ConflictError, DamagedError, InputError, NotFoundError, RefusedError
from trustlab.store.checkout import checkout
from trustlab.store.commit import commit


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def filled(store, tmp_path, noise):
    script = tmp_path / "script"
    script.write_bytes(b"#!")
    script.chmod(0o755)
    files = {"a": b"a", "d/big": noise(700_000), "d/e/empty": b"", "run": b"#!"}
    commit(store, "r", [(path, script if path == "run" else data) for path, data in files.items()])
    return files


def test_everything_arrives_and_a_second_time_writes_nothing(store, filled, tmp_path):
    target = tmp_path / "new" / "out"
    calls = []
    done = checkout(store, "r", target, progress=lambda *call: calls.append(call))
    assert tree(target) == filled
    assert (done.files, done.bytes, done.unchanged) == (4, 700_003, 0)
    assert calls[-1][:2] == (700_003, 700_003)
    assert os.access(target / "run", os.X_OK)
    assert not os.access(target / "a", os.X_OK)
    again = checkout(store, "r", target)
    assert (again.files, again.unchanged) == (0, 4)


def test_a_path_limits_what_arrives(store, filled, tmp_path):
    checkout(store, "r:d/e", tmp_path / "out")
    assert tree(tmp_path / "out") == {"d/e/empty": b""}
    with pytest.raises(NotFoundError, match="'d/x'"):
        checkout(store, "r:d/x", tmp_path / "out")


def test_local_changes_are_kept_unless_forced(store, filled, tmp_path):
    target = tmp_path / "out"
    checkout(store, "r", target)
    (target / "a").write_bytes(b"mine")
    (target / "other").write_bytes(b"mine too")
    (target / "d" / "big").unlink()
    with pytest.raises(ConflictError, match="a do") as caught:
        checkout(store, "r", target)
    assert "--force" in caught.value.hint
    assert (target / "a").read_bytes() == b"mine"
    assert not (target / "d" / "big").exists()
    checkout(store, "r", target, force=True)
    assert tree(target) == {**filled, "other": b"mine too"}


def test_links_never_lead_out_of_the_target(store, filled, tmp_path):
    target, outside = tmp_path / "out", tmp_path / "outside"
    target.mkdir()
    outside.mkdir()
    (outside / "precious").write_bytes(b"precious")
    (target / "d").symlink_to(outside)
    for force in (False, True):
        with pytest.raises(RefusedError, match="link"):
            checkout(store, "r", target, force=force)
    (target / "d").unlink()
    (target / "a").symlink_to(outside / "precious")
    with pytest.raises(ConflictError):
        checkout(store, "r", target)
    checkout(store, "r", target, force=True)
    assert tree(outside) == {"precious": b"precious"}
    assert not (target / "a").is_symlink()


def test_folders_and_files_in_each_others_place_are_never_removed(store, filled, tmp_path):
    target = tmp_path / "out"
    (target / "a").mkdir(parents=True)
    with pytest.raises(ConflictError, match="a folder"):
        checkout(store, "r", target, force=True)
    (target / "a").rmdir()
    (target / "d").write_bytes(b"")
    with pytest.raises(ConflictError, match="a file"):
        checkout(store, "r", target, force=True)
    with pytest.raises(InputError, match="must be a folder"):
        checkout(store, "r", target / "d")


def test_paths_that_differ_by_case_need_a_target_that_tells_them_apart(store, tmp_path, monkeypatch):
    commit(store, "r", [("A", b"1"), ("a", b"2")])
    checkout(store, "r", tmp_path / "out")
    assert tree(tmp_path / "out") == {"A": b"1", "a": b"2"}
    monkeypatch.setattr("trustlab.store.checkout._folds_case", lambda _top: True)
    with pytest.raises(ConflictError, match="'A' from 'a'"):
        checkout(store, "r", tmp_path / "other")


def test_an_interrupted_or_damaged_file_leaves_no_piece(store, filled, tmp_path, monkeypatch):
    real = type(store.packs).read
    calls = [0]

    def stop(self, pack, offset, length):
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt
        return real(self, pack, offset, length)

    monkeypatch.setattr(type(store.packs), "read", stop)
    with pytest.raises(KeyboardInterrupt):
        checkout(store, "r", tmp_path / "out")
    assert tree(tmp_path / "out") == {}
    monkeypatch.setattr(type(store.packs), "read", lambda *_: b"\0" * 10)
    with pytest.raises(DamagedError):
        checkout(store, "r", tmp_path / "new")
    assert tree(tmp_path / "new") == {}


def test_folders_that_were_made_for_nothing_are_taken_back(store, filled, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()

    def press(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("trustlab.store.checkout._write_small", press)
    for target in (tmp_path / "new" / "deeper", tmp_path / "there", tmp_path / "there" / "new"):
        with pytest.raises(KeyboardInterrupt):
            checkout(store, "r", target)
    assert not (tmp_path / "new").exists()
    assert list((tmp_path / "there").iterdir()) == []


def test_a_tree_with_a_hostile_path_is_refused(store, tmp_path, monkeypatch):
    """As another's store, pulled, could hold."""
    monkeypatch.setattr("trustlab.store.sources.check_paths", lambda paths: None)
    commit(store, "r", [("../evil", b"x")])
    with pytest.raises(InputError, match="evil"):
        checkout(store, "r", tmp_path / "out")
    assert not (tmp_path / "evil").exists()


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root mounts")
def test_a_folder_of_another_file_system_below_the_target_is_filled_too(store, filled, tmp_path):
    target = tmp_path / "out"
    (target / "d").mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", target / "d"], check=True)
    try:
        checkout(store, "r", target)
        assert tree(target) == filled
    finally:
        subprocess.run(["umount", target / "d"], check=True)
