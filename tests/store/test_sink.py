import io
import os
import sqlite3

import pytest
from sqlalchemy import event

from trustlab.store import sink as module
from trustlab.store.chunks import chunker, name_of
from trustlab.store.commit import commit
from trustlab.store.cutting import KEPT, Piece
from trustlab.store.objects import fetch
from trustlab.store.packs import LocalPackWriter
from trustlab.store.read import read
from trustlab.store.sink import ChunkSink
from trustlab.store.verify import verify


def test_packs_are_on_the_disk_before_the_index_names_them(store, monkeypatch):
    synced = []
    real = os.fsync

    def spy(descriptor):
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    with ChunkSink(store) as sink:
        sink.put(b"one")
        sink.finish()
        (pack,) = store.packs.names()
        path = store.packs.path(pack)
        # The bytes, and the folder that names the file, have been asked onto the disk.
        assert {path.stat().st_ino, path.parent.stat().st_ino} <= set(synced)
        assert path.read_bytes().endswith(b"one")


def test_a_chunk_is_stored_once(store):
    with ChunkSink(store) as sink:
        assert sink.put(b"one") == sink.put(memoryview(b"one"))
        sink.finish()
        with store.write() as connection:
            assert sink.index(connection) == 3
    with ChunkSink(store) as sink:
        sink.put(b"one")
        sink.finish()
        assert len(store.packs.names()) == 1


def test_what_another_brings_first_is_left_out_and_the_pack_dropped(store):
    with ChunkSink(store) as one, ChunkSink(store) as two:
        for sink in (one, two):
            sink.put(b"same")
            sink.finish()
        with store.write() as connection:
            assert one.index(connection) == 4
        with store.write() as connection:
            assert two.index(connection) == 0
        two.drop_unused()
        one.drop_unused()
    assert len(store.packs.names()) == 1


def test_an_error_before_publishing_removes_the_packs(store):
    def fail():
        with ChunkSink(store) as sink:
            sink.put(b"one")
            sink.finish()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.packs.names() == []


def test_a_large_commit_is_spread_over_packs(store, noise, monkeypatch):
    monkeypatch.setattr("trustlab.store.packer.PACK_BYTES", 1_000_000)
    monkeypatch.setattr(module, "_PENDING_BYTES", 300_000)
    data = noise(5_000_000)
    commit(store, "r", [("a", data)])
    assert 4 <= len(store.packs.names()) <= 6
    assert read(store, "r") == data
    assert verify(store).ok


@pytest.mark.parametrize("megabytes", [1, 2, 5])
def test_every_pack_is_durable_once_the_sink_is_finished(store, noise, monkeypatch, megabytes):
    monkeypatch.setattr("trustlab.store.packer.PACK_BYTES", 1_000_000)
    sealed = []
    real = LocalPackWriter.seal

    def spy(self):
        real(self)
        sealed.append((self.name, self.size))

    monkeypatch.setattr(LocalPackWriter, "seal", spy)
    with ChunkSink(store) as sink:
        for number in range(megabytes * 10):
            sink.put(noise(100_000, number))
        sink.finish()
        assert sorted(name for name, _ in sealed) == store.packs.names()
        for name, size in sealed:
            assert store.packs.path(name).stat().st_size == size


def test_a_commit_fits_the_least_that_databases_take_at_once(store, noise):
    @event.listens_for(store.engine, "connect")
    def limit(connection, _record):
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)

    store.engine.dispose()
    files = [(f"{number:04d}", noise(100, number)) for number in range(2_000)]
    commit(store, "r", files)
    assert verify(store).ok
    assert read(store, "r:1234") == noise(100, 1234)


def test_what_was_begun_is_written_before_its_bytes_go(store, noise):
    """A stream that repeats what it held before: lists of chunks that are all there follow one that is not."""
    before = noise(2 << 20, 1)
    borders = [cut.offset + cut.length for cut in chunker().cut_buf(before)]
    kept = next(border for border in borders if border > 1 << 20)
    again = before[: kept + 100] + noise((4 << 20) - kept - 100, 2)
    now = noise(7 << 19, 3) + 2 * again + noise(8 << 20, 4) + 8 * again
    commit(store, "r", [("f", before)])
    commit(store, "r", [("f", io.BytesIO(now))])
    assert verify(store).damages == ()
    assert read(store, "r") == now


def test_chunks_that_are_there_do_not_keep_others_from_being_written(store, noise):
    buffer = bytearray(noise(100_000))
    first, there = bytes(buffer), noise(60_000, 1)
    commit(store, "r", [("there", there)])
    with ChunkSink(store) as sink:
        sink.put_all([Piece(name_of(first), memoryview(buffer))])
        for _ in range(KEPT + 1):
            sink.put_all([Piece(name_of(there), there)], {name_of(there): (b"none",)})
        buffer[:] = bytes(len(buffer))
        sink.finish()
        with store.write() as connection:
            assert sink.index(connection) == len(first)
        assert fetch(store, name_of(first)) == first
