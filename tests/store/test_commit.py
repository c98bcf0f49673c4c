import os
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trustlab.core.errors import InputError, UsageError
from trustlab.store.branches import branches, create_branch, delete_branch
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.read import read
from trustlab.store.refs import resolve
from trustlab.store.verify import verify

COMMITTER = """
import sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.commit import commit
store = open_store(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(int(sys.argv[3])):
    text = f"{sys.argv[2]}:{n}"
    commit(store, "shared", [("who", text.encode()), ("same", b"s" * 1000)], message=text)
"""


def test_what_a_commit_says_and_keeps(store):
    first = commit(store, "r", [("a", b"12345")], message="one", author="Ann", provenance={"step": {"n": 1}})
    assert (first.repo, first.branch, first.files, first.bytes, first.parents) == ("r", "main", 1, 5, ())
    assert first.bytes_added > 5
    second = commit(store, "r", [("b", b"x")])
    assert second.parents == (first.commit,)
    kept = resolve(store, "r~1")
    assert (kept.message, kept.author, dict(kept.provenance)) == ("one", "Ann", {"step": {"n": 1}})
    assert kept.id == first.commit == kept.computed_id()
    assert kept.time.endswith("+00:00")
    # A commit is exactly its source: the path of the version before is gone.
    assert [one.name for one in branches(store, "r")] == ["main"]
    assert read(store, "r") == b"x"


def test_the_same_again_adds_nothing(store):
    first = commit(store, "r", [("a", b"1")], message="one")
    again = commit(store, "r", [("a", b"1")], message="two")
    assert (again.commit, again.bytes_added) == (first.commit, 0)
    assert (first.created, again.created) == (True, False)
    assert [one.message for one in log(store, "r")] == ["one"]
    commit(store, "r", [("a", b"2")])
    back = commit(store, "r", [("a", b"1")])
    assert back.commit != first.commit
    assert (back.bytes_added, back.created) == (0, True)
    assert len(log(store, "r")) == 3
    assert verify(store).ok


def test_an_edit_of_a_large_file_stores_only_the_edit(store, noise):
    data = noise(6_000_000)
    commit(store, "r", [("big", data)])
    appended = commit(store, "r", [("big", data + noise(100_000, 1))])
    inserted = commit(store, "r", [("big", data[:99] + b"hello" + data[99:])])
    assert appended.bytes_added < 500_000
    assert inserted.bytes_added < 600_000
    assert read(store, "r") == data[:99] + b"hello" + data[99:]
    assert read(store, "r~2") == data


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text("abé.<&'\" ", min_size=1, max_size=6).filter(lambda t: t.strip(".")),
        st.binary(max_size=200) | st.integers(60_000, 400_000).map(lambda n: bytes(range(251)) * (n // 251)),
        min_size=1,
        max_size=6,
    )
)
def test_what_goes_in_comes_out(store, files):
    done = commit(store, "r", list(files.items()))
    assert {path: read(store, f"r@{done.commit}:{path}") for path in files} == files


def test_unchanged_files_are_not_read_again(store, tmp_path, noise, monkeypatch, quick):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in "ab":
        (folder / name).write_bytes(noise(300_000, ord(name)))
    # The cache trusts a file only once its clock must have ticked since it was written.
    time.sleep(0.1)
    first = commit(store, "r", folder)
    opened = []
    real = os.open

    def spy(path, *arguments, **options):
        opened.append(str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", spy)
    assert commit(store, "r", folder).commit == first.commit
    assert not [path for path in opened if f"{folder}/" in path]
    data = bytearray((folder / "a").read_bytes())
    data[7] ^= 1
    stat = (folder / "a").stat()
    (folder / "a").write_bytes(data)
    # Same size and modification time: only the change time tells.
    os.utime(folder / "a", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    commit(store, "r", folder)
    assert [path for path in opened if f"{folder}/" in path] == [str(folder / "a")]
    assert read(store, "r:a") == bytes(data)


def test_a_file_just_written_is_read_again(store, tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"1")
    now = time.time_ns()
    os.utime(file, ns=(now, now))
    commit(store, "r", file)
    file.write_bytes(b"2")
    os.utime(file, ns=(now, now))
    commit(store, "r", file)
    assert read(store, "r") == b"2"


@pytest.mark.parametrize(("changes", "ends"), [(1, "kept"), (9, "refused")])
def test_a_file_that_changes_while_it_is_read(store, tmp_path, noise, changes, ends):
    file = tmp_path / "a"
    file.write_bytes(noise(18_000_000))
    left = [changes]

    def meddle(done, total, label):
        if left[0] and done < 10_000_000:
            left[0] -= 1
            with file.open("ab") as stream:
                stream.write(b"more")

    if ends == "refused":
        with pytest.raises(InputError, match="hold still"):
            commit(store, "r", file, progress=meddle)
        assert store.packs.names() == []
    else:
        commit(store, "r", file, progress=meddle)
        assert read(store, "r") == noise(18_000_000) + b"more"


def test_ctrl_c_leaves_the_old_state(store, noise):
    commit(store, "r", [("a", b"1")])

    def stop(done, total, label):
        if done > 20_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        commit(store, "r", [("a", noise(24_000_000))], progress=stop)
    assert len(log(store, "r")) == 1
    assert len(store.packs.names()) == 1


def test_ctrl_c_after_publishing_keeps_the_commit(store, monkeypatch):
    from trustlab.store.sink import ChunkSink

    def interrupted(_self):
        raise KeyboardInterrupt

    monkeypatch.setattr(ChunkSink, "drop_unused", interrupted)
    with pytest.raises(KeyboardInterrupt):
        commit(store, "r", [("a", b"1")])
    assert read(store, "r") == b"1"
    assert verify(store).ok


def test_progress_ends_at_the_total(store, noise):
    calls = []
    commit(store, "r", [("a", noise(500_000)), ("b", b"b")], progress=lambda *call: calls.append(call))
    assert calls[-1][:2] == (500_001, 500_001)
    assert {label for _, _, label in calls} == {"a", "b"}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"message": "a\0b"}, InputError),
        ({"message": "\udcff"}, InputError),
        ({"author": "\0"}, InputError),
        ({"branch": "a/b"}, UsageError),
    ],
)
def test_bad_words_are_refused(store, options, error):
    with pytest.raises(error):
        commit(store, "r", [("a", b"1")], **options)
    assert store.packs.names() == []


def test_a_gc_amid_a_commit_makes_it_read_again(store, tmp_path, noise, quick):
    """The stat cache says that the file's chunks are stored; a gc removes them before the commit is published."""
    file = tmp_path / "a"
    file.write_bytes(noise(300_000))
    commit(store, "r", [("z", b"keep")])
    create_branch(store, "other", "r")
    time.sleep(0.1)
    commit(store, "r", file, branch="other")
    delete_branch(store, "r", "other")
    removed = []

    def collect(done, total, label):
        if not removed:
            removed.append(gc(store).chunks)

    commit(store, "r", file, progress=collect)
    assert removed[0] > 3
    assert verify(store).ok
    assert read(store, "r") == noise(300_000)


def test_four_processes_commit_to_one_branch_and_none_is_lost(store, spawn):
    each = 12
    processes = [spawn(COMMITTER, store.root, name, each) for name in "ABCD"]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    line = log(store, "shared")
    assert sorted(one.message for one in line) == sorted(f"{name}:{n}" for name in "ABCD" for n in range(each))
    assert [one.parents for one in line] == [(older.id,) for older in line[1:]] + [()]
    for one in line:
        assert read(store, f"shared@{one.id}:who").decode() == one.message
    # Each process' own commits keep their order.
    for name in "ABCD":
        mine = [one.message for one in reversed(line) if one.message.startswith(name)]
        assert mine == [f"{name}:{n}" for n in range(each)]
    assert verify(store).ok


def test_what_is_encoded_later_is_what_was_read(store, tmp_path, monkeypatch):
    # Buffers are used again while threads still encode: new and known parts, ends on a window's end, file after file.
    window = 1 << 20
    monkeypatch.setattr("trustlab.store.cutting.WINDOW", window)
    monkeypatch.setattr("trustlab.store.packer._SHARED_BYTES", 1)
    dice = random.Random(3)
    blocks = [dice.randbytes(window), dice.randbytes(window // 3), bytes(window), dice.randbytes(window * 2)]
    (tmp_path / "in").mkdir()
    contents = {}
    for number in range(24):
        parts = [*dice.choices(blocks, k=dice.randint(1, 6)), dice.randbytes(dice.choice([0, 0, window, 70000]))]
        dice.shuffle(parts)
        contents[f"f{number:02}"] = b"".join(parts)
        (tmp_path / "in" / f"f{number:02}").write_bytes(contents[f"f{number:02}"])
    commit(store, "r", tmp_path / "in")
    assert verify(store).ok
    for name, content in contents.items():
        assert read(store, f"r:{name}") == content
