import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.workspace import Workspace
from trustlab.data import readahead, scout
from trustlab.data.readahead import looked_ahead
from trustlab.store import open_store
from trustlab.store.commit import commit

SMALL, LARGE = 60_000, 300_000


@pytest.fixture
def tree(tmp_path):
    top = tmp_path / "tree"
    (top / "deep" / "er").mkdir(parents=True)
    for name in ("a", "deep/b", "deep/er/c"):
        (top / f"{name}.small").write_bytes(b"s" * SMALL)
        (top / f"{name}.large").write_bytes(b"l" * LARGE)
    return top


@pytest.fixture
def asked(monkeypatch):
    """What the system is asked to read ahead, as (file's name, where, how much)."""
    told = []
    real = os.posix_fadvise

    def advise(descriptor, at, size, advice):
        told.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, at, size))
        real(descriptor, at, size, advice)

    monkeypatch.setattr(os, "posix_fadvise", advise)
    return told


@pytest.fixture
def started(monkeypatch):
    """The processes that are started, as if the libraries were still to load and there were cores enough."""
    monkeypatch.delitem(sys.modules, "sqlalchemy")
    monkeypatch.setattr(readahead, "usable_cores", lambda: 2)
    processes = []

    class Spied(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Spied)
    return processes


def look(*places, known_ns=-1, parent=None):
    with scout.Scout(os.getppid() if parent is None else parent, known_ns) as one:
        for place in places:
            one.look(str(place))


def files(asked):
    return sorted({name for name, _, _ in asked})


BOTH = sorted(f"{name}.{size}" for name in "abc" for size in ("large", "small"))


def test_files_are_read_ahead_whole(tree, asked):
    look(tree)
    assert files(asked) == BOTH
    for name in ("a.large", "b.large", "c.large"):
        assert sum(size for each, _, size in asked if each == name) == LARGE
    assert sorted(at for name, at, _ in asked if name == "a.large") == [0, 256 * 1024]


def test_what_may_be_known_is_not_read(tree, asked):
    known_ns = time.time_ns()
    look(tree, known_ns=known_ns)
    assert asked == []
    time.sleep(0.05)
    (tree / "deep" / "b.large").write_bytes(b"n" * LARGE)
    look(tree, known_ns=known_ns)
    assert files(asked) == ["b.large"]


def test_a_move_that_keeps_the_old_times_is_a_change(tree, asked):
    known_ns = time.time_ns()
    time.sleep(0.05)
    os.utime(tree / "a.large", (1, 1))
    look(tree, known_ns=known_ns)
    assert files(asked) == ["a.large"]


def test_a_single_file_is_read_ahead(tree, asked):
    look(tree / "a.large", tree / "deep" / "er")
    assert files(asked) == ["a.large", "c.large", "c.small"]


def test_no_more_is_read_ahead_than_memory_allows(tree, asked, monkeypatch):
    monkeypatch.setattr(scout, "_MOST", LARGE + 100_000)
    for name in ("a", "deep/b", "deep/er/c"):
        (tree / f"{name}.small").unlink()
    look(tree)
    assert sum(size for _, _, size in asked) == LARGE + 100_000


@pytest.mark.parametrize("answer", [-1, ValueError])
def test_where_the_system_does_not_tell_its_memory_nothing_is_read_ahead(tree, asked, monkeypatch, answer):
    def tell(_name):
        if answer is ValueError:
            raise ValueError("unrecognized configuration name")
        return answer

    monkeypatch.setattr(os, "sysconf", tell)
    look(tree)
    assert asked == []


def test_without_its_parent_it_does_nothing(tree, asked):
    look(tree, parent=os.getpid())
    assert asked == []


def test_strange_things_are_passed_over(tree, asked, tmp_path):
    (tree / "loop").symlink_to(tree)
    (tree / "gone").symlink_to(tmp_path / "nothing")
    outside = tmp_path / "outside.large"
    outside.write_bytes(b"o" * LARGE)
    (tree / "link").symlink_to(outside)
    os.mkfifo(tree / "pipe")
    look(tree / "nothing", tree)
    assert files(asked) == BOTH


def test_the_process_needs_nothing_but_its_own_file(tree, tmp_path):
    words = [sys.executable, "-I", "-S", scout.__file__, str(os.getpid()), "-1", str(tree), str(tmp_path / "nothing")]
    done = subprocess.run(words, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_it_goes_when_the_work_is_done_and_when_it_fails(tree, started, tmp_path):
    context = Context(folder=tmp_path)
    with looked_ahead([str(tree)], context):
        assert len(started) == 1
    assert started[0].returncode is not None
    with pytest.raises(KeyboardInterrupt), looked_ahead(tree, context):
        raise KeyboardInterrupt
    assert started[1].returncode is not None


@pytest.mark.parametrize("source", ["-", "loans", "data/**/*.csv", b"bytes", "with\0nul", [("a", b"1")], None, "small"])
def test_what_is_no_folder_or_large_file_starts_nothing(source, started, tmp_path):
    (tmp_path / "small").write_bytes(b"s" * LARGE)
    with looked_ahead(source, Context(folder=tmp_path)):
        assert started == []


def test_a_large_file_beside_other_words_is_looked_at(started, tmp_path):
    (tmp_path / "big").write_bytes(bytes(8 * 1024 * 1024))
    with looked_ahead(["loans", "big"], Context(folder=tmp_path)):
        assert started[0].args[-1] == str(tmp_path / "big")
        assert "loans" not in started[0].args


def test_where_the_libraries_are_loaded_or_one_core_is_all_there_is_nothing_starts(tree, started, monkeypatch):
    monkeypatch.setattr(readahead, "usable_cores", lambda: 1)
    with looked_ahead(tree, Context(folder=tree)):
        assert started == []
    monkeypatch.setattr(readahead, "usable_cores", lambda: 2)
    monkeypatch.setitem(sys.modules, "sqlalchemy", sys)
    with looked_ahead(tree, Context(folder=tree)):
        assert started == []


def test_where_no_process_can_be_started_the_commit_goes_on(tree, started, monkeypatch, tmp_path):
    def refuse(*_args, **_kwargs):
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with looked_ahead(tree, Context(folder=tmp_path)):
        pass
    monkeypatch.setattr(sys, "executable", "/opt/program")
    with looked_ahead(tree, Context(folder=tmp_path)):
        assert started == []


def known_ns(started):
    return int(started[-1].args[5])


def test_of_what_the_store_may_know_nothing_is_read(tree, tmp_path, monkeypatch, started):
    context = Context(folder=tmp_path)
    with looked_ahead(tree, context):
        assert known_ns(started) == -1
    workspace = Workspace.create(tmp_path)
    with looked_ahead(tree, context):
        assert known_ns(started) == -1
    monkeypatch.undo()
    store = open_store(workspace.root)
    commit(store, "r", tree)
    store.close()
    newest = max(file.stat().st_mtime_ns for file in tree.rglob("*"))
    assert newest < readahead._known_ns(workspace) <= time.time_ns()


@pytest.mark.parametrize("setting", ["DATABASE_URL", "OBJECTS_URL"])
def test_what_a_store_elsewhere_knows_nobody_can_tell(setting, tree, tmp_path, monkeypatch):
    workspace = Workspace.create(tmp_path)
    monkeypatch.setenv(f"TRUSTLAB_{setting}", f"sqlite:///{tmp_path}/other.db" if "DATA" in setting else str(tmp_path))
    assert readahead._known_ns(workspace) > time.time_ns()


def test_a_command_looks_ahead_and_commits_the_same(tree, tmp_path):
    (tree / "big").write_bytes(os.urandom(9_000_000))
    words = [sys.executable, "-m", "trustlab", "data"]
    for source in (tree, tree / "big"):
        done = subprocess.run([*words, "commit", "r", str(source)], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    subprocess.run([*words, "checkout", "r~1", "out"], cwd=tmp_path, check=True, capture_output=True)
    for file in tree.rglob("*"):
        if file.is_file():
            assert (tmp_path / "out" / file.relative_to(tree)).read_bytes() == file.read_bytes()
