import os
import resource

import pytest

from trustlab.core.errors import ConflictError
from trustlab.store.chunks import name_of
from trustlab.store.commit import commit
from trustlab.store.log import log
from trustlab.store.packs import HEADER, MAGIC, LocalPacks
from trustlab.store.verify import verify


def test_a_pack_explains_itself(tmp_path):
    packs = LocalPacks(tmp_path)
    writer = packs.create()
    offset = writer.append(name_of(b"one"), b"one", 0)
    writer.seal()
    writer.release()
    raw = packs.path(writer.name).read_bytes()
    assert raw.startswith(MAGIC)
    assert HEADER.unpack_from(raw, len(MAGIC)) == (name_of(b"one"), 3, 0)
    assert packs.read(writer.name, offset, 3) == b"one"
    assert packs.size(writer.name) == len(raw) == writer.size
    assert packs.names() == [writer.name]


@pytest.mark.parametrize("sizes", [[1], [0, 16_383, 16_384, 16_385], [900] * 700, [5_000_000, 1, 900, 300_000, 17] * 3])
def test_chunks_of_any_size_lie_where_they_are_said_to(tmp_path, noise, sizes):
    packs = LocalPacks(tmp_path)
    writer = packs.create()
    chunks = [noise(size, number) for number, size in enumerate(sizes)]
    offsets = []
    for number, chunk in enumerate(chunks):
        # What belongs to somebody else may change as soon as it was taken.
        lent = bytearray(chunk)
        offsets.append(writer.append(name_of(chunk), memoryview(lent) if number % 2 else chunk, 0))
        lent[:] = bytes(len(lent))
    writer.seal()
    writer.release()
    raw = packs.path(writer.name).read_bytes()
    assert len(raw) == writer.size
    for chunk, offset in zip(chunks, offsets, strict=True):
        assert raw[offset : offset + len(chunk)] == chunk
        assert HEADER.unpack_from(raw, offset - HEADER.size) == (name_of(chunk), len(chunk), 0)


def test_a_pack_that_is_being_written_cannot_be_removed(tmp_path):
    packs = LocalPacks(tmp_path)
    writer = packs.create()
    assert not packs.remove(writer.name, lambda: True)
    writer.seal()
    writer.release()
    assert not packs.remove(writer.name, lambda: False)
    assert packs.remove(writer.name, lambda: True)
    assert packs.names() == []
    assert packs.size(writer.name) is None


def test_a_missing_pack_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        LocalPacks(tmp_path).read("0" * 32, 0, 1)


def test_a_full_disk_leaves_the_old_state(store, noise):
    commit(store, "r", [("a", b"a")])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, hard))
    try:
        with pytest.raises(ConflictError, match="must take new packs"):
            commit(store, "r", [("a", noise(8_000_000))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(log(store, "r")) == 1
    assert len(store.packs.names()) == 1
    assert verify(store).ok
    commit(store, "r", [("a", noise(8_000_000))])


def test_an_objects_folder_that_cannot_be_written_is_named(store):
    (store.root / "objects").write_text("in the way")
    with pytest.raises(ConflictError, match="objects"):
        commit(store, "r", [("a", b"a")])


def test_a_pack_stays_open_for_the_thread_that_reads_it(tmp_path, monkeypatch):
    packs = LocalPacks(tmp_path)
    writer = packs.create()
    offset = writer.append(name_of(b"one"), b"one", 0)
    writer.seal()
    writer.release()
    pread = os.pread

    def interrupted(descriptor: int, length: int, at: int) -> bytes:
        packs.forget()  # as another thread does where too many packs are open
        return pread(descriptor, length, at)

    monkeypatch.setattr("trustlab.store.packs.os.pread", interrupted)
    assert packs.read(writer.name, offset, 3) == b"one"
