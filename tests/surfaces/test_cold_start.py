"""A command whose files lie on the disk names them to the system ahead."""

import ctypes
import mmap
import os
import py_compile
import subprocess
import sys
import threading
import time
from importlib.util import cache_from_source, source_from_cache
from pathlib import Path

import pytest

from trustlab.surfaces import cold_start

NAMES = [f"part{number}" for number in range(20)]


def is_in_memory(file: Path) -> bool:
    """Return whether the system holds a file's first page, without asking for it: to read would bring it."""
    libc = ctypes.CDLL(None, use_errno=True)
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as mapped:
        page = ctypes.c_char.from_buffer(mapped)
        told = ctypes.create_string_buffer(len(mapped) // mmap.PAGESIZE + 1)
        failed = libc.mincore(ctypes.c_void_p(ctypes.addressof(page)), ctypes.c_size_t(len(mapped)), told)
        error = ctypes.get_errno()
        del page
    assert not failed, os.strerror(error)
    return bool(told.raw[0] & 1)


def says_what_it_holds(file: Path) -> bool:
    """Return whether the file system says that it would have to wait for a file's first page."""
    with file.open("rb", buffering=0) as opened:
        try:
            os.preadv(opened.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
    return False


def forget(file: Path) -> Path:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return file


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files of a package that is listed, written to the disk and not in memory."""
    if not hasattr(os, "RWF_NOWAIT"):
        pytest.skip("this system does not say what it holds in memory")
    package = tmp_path / "listed_package"
    package.mkdir()
    files = []
    for name in ["__init__", *NAMES]:
        source = package / f"{name}.py"
        source.write_text(f"text = {name * 1000!r}\n")
        kept = cache_from_source(str(source))
        py_compile.compile(str(source), kept, doraise=True)
        files.append(Path(kept))
    if not says_what_it_holds(forget(files[-1])):
        pytest.skip("this file system does not say what it holds in memory")
    for file in files:
        forget(file)
    listed = tmp_path / "listed.txt"
    listed.write_text("".join(f"listed_package/{name}.py\n" for name in ["__init__", *NAMES]))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(cold_start, "LIST", listed)
    monkeypatch.setattr(cold_start, "LATE", package / f"{NAMES[-1]}.py")
    return files


def all_in_memory(files: list[Path]) -> bool:
    until = time.monotonic() + 20
    while not all(is_in_memory(file) for file in files) and time.monotonic() < until:
        time.sleep(0.01)
    return all(is_in_memory(file) for file in files)


def test_what_is_listed_comes_from_the_disk_ahead(compiled: list[Path]) -> None:
    assert not any(is_in_memory(file) for file in compiled)
    cold_start.load_ahead()
    assert all_in_memory(compiled)


def test_where_the_last_is_in_memory_nothing_is_read(compiled: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    compiled[-1].read_bytes()
    monkeypatch.setattr(cold_start, "Thread", None)
    cold_start.load_ahead()
    assert not any(is_in_memory(file) for file in compiled[:-1])


def test_where_no_thread_can_be_had_nothing_is_lost(compiled: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    cold_start.load_ahead()
    assert not any(is_in_memory(file) for file in compiled[:-1])


def test_what_is_listed_and_not_there_is_passed_over(compiled: list[Path]) -> None:
    with cold_start.LIST.open("a") as listed:
        listed.write("nowhere_to_be_found/part.py\nlisted_package/none.py\nlisted_package/none.so\n_none.so\n")
    cold_start.load_ahead()
    assert all_in_memory(compiled)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The threads that are started, as they are."""
    all_of_them: list[threading.Thread] = []

    class Thread(threading.Thread):
        def start(self) -> None:
            all_of_them.append(self)
            super().start()

    monkeypatch.setattr(cold_start, "Thread", Thread)
    return all_of_them


def test_without_its_list_a_command_starts_as_well(
    compiled: list[Path], started: list[threading.Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_start, "LIST", cold_start.LIST.with_name("none.txt"))
    cold_start.load_ahead()
    for thread in started:
        thread.join(20)
    assert len(started) == 1
    # The last is what it looks at.
    assert not any(is_in_memory(file) for file in compiled[:-1])


def test_no_file_stays_open(compiled: list[Path], started: list[threading.Thread]) -> None:
    def opened() -> set[Path]:
        return {file.readlink() for file in Path("/proc/self/fd").iterdir() if file.is_symlink()}

    cold_start.load_ahead()
    assert all_in_memory(compiled)
    # The first starts the others.
    for thread in started:
        thread.join(20)
    assert len(started) > 1
    assert not opened() & set(compiled)


def test_what_is_listed_is_where_python_finds_it() -> None:
    names = cold_start.LIST.read_text().splitlines()
    late = cold_start.LATE.relative_to(cold_start.LATE.parents[2])
    assert names.index(late.as_posix()) > 0.8 * len(names)
    # What a commit loads only for what is worth packing or cutting.
    assert {"zstandard/__init__.py", "pyfastcdc/__init__.py"} <= set(names)
    files = [Path(file) for file in cold_start.files(names)]
    assert len(files) == len(names)
    # A Python may have built in what another one loads, and bytecode need not be kept: the sources are there.
    there = [file for file in files if (source_of(file) if file.suffix == ".pyc" else file).is_file()]
    assert len(there) > 0.95 * len(files)


def source_of(file: Path) -> Path:
    return Path(source_from_cache(str(file)))


def test_the_list_is_what_a_first_commit_loads() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trustlab.surfaces.cold_list"],
        capture_output=True,
        text=True,
        check=True,
    )
    # Of Python's own, systems have different ones.
    ours = ("trustlab/", "sqlalchemy/")
    loaded = {name for name in done.stdout.splitlines() if name.startswith(ours)}
    listed = {name for name in cold_start.LIST.read_text().splitlines() if name.startswith(ours)}
    assert listed == loaded, "make generated writes it anew"
    assert len(loaded) > 100
