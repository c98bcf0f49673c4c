"""Ranges of files: the right bytes, and only the chunks that hold them."""

import io
import pickle
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import fsspec
import pandas as pd
import polars as pl
import pyarrow.dataset
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.core.errors import DamagedError
from trustlab.data import readers
from trustlab.data.filesystem import TrustFileSystem
from trustlab.data.ranged import ChunkCache
from trustlab.store.chunks import MAX_CHUNK
from trustlab.store.commit import commit
from trustlab.store.read import find
from trustlab.store.trees import Extent, extents_at

BIG = random.Random(1).randbytes(30_000_000)


@pytest.fixture
def big(home):
    commit(home.store, "big", [("f", BIG)])
    return TrustFileSystem()


def touched(store, ref, ranges):
    """The chunks that byte ranges touch, by the store's own walk over a file's chunks."""
    _, entry = find(store, ref)
    found = set()
    for start, stop in ranges:
        found |= {extent.name for _, extent in extents_at(store, entry.level, entry.extents, start, stop)}
    return found


def only_needed(fetched, needed, slack):
    """Every chunk came once, all that are needed among them, and at most ``slack`` others."""
    names = [name for name, _ in fetched]
    return len(names) == len(set(names)) and needed <= set(names) and len(names) <= len(needed) + slack


def test_a_slice_fetches_its_chunks_and_no_other(home, big, fetched):
    start, stop = 17_000_000, 18_000_000
    needed = touched(home.store, "big:f", [(start, stop)])
    with big.open("big/f") as file:
        file.seek(start)
        assert file.read(stop - start) == BIG[start:stop]
    assert only_needed(fetched, needed, slack=0)
    assert sum(length for _, length in fetched) <= stop - start + 2 * MAX_CHUNK
    fetched.clear()
    big.chunks = ChunkCache()
    assert big.cat_file("big/f", start, stop) == BIG[start:stop]
    assert only_needed(fetched, needed, slack=0)


@pytest.mark.parametrize("size", [1000, 8192, 100_000])
def test_small_reads_in_a_row_fetch_each_chunk_once_and_many_at_a_time(home, big, fetched, monkeypatch, size):
    questions = []
    real = type(home.store).read
    monkeypatch.setattr(type(home.store), "read", lambda self: questions.append(1) or real(self))
    with big.open("big/f") as file:
        pieces = [file.read(size) for _ in range(5_000_000 // size)]
    assert b"".join(pieces) == BIG[: len(pieces) * size]
    needed = touched(home.store, "big:f", [(0, len(pieces) * size)])
    # Reading ahead ends within 1 MiB.
    assert only_needed(fetched, needed, slack=1024 * 1024 // 32768)
    assert len(questions) < len(needed) / 3


def test_small_reads_here_and_there_fetch_nothing_ahead(home, big, fetched):
    places = [25_000_000, 3_000_000, 14_000_000, 9_000_000]
    with big.open("big/f") as file:
        for place in places:
            file.seek(place)
            file.read(100)
    assert only_needed(fetched, touched(home.store, "big:f", [(place, place + 100) for place in places]), slack=0)


def column_ranges(data, columns, groups):
    metadata = pyarrow.parquet.read_metadata(io.BytesIO(data))
    for group in groups:
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            if column.path_in_schema in columns:
                yield column.dictionary_page_offset or column.data_page_offset, column.total_compressed_size
    # A reader looks at the end first, where the footer is.
    yield len(data) - 64 * 1024, 64 * 1024


PAIR = ["c3", "c17"]
READ_TWO = {
    "pandas": lambda address: pd.read_parquet(address, columns=PAIR),
    "polars": lambda address: pl.read_parquet(address, columns=PAIR, use_pyarrow=True).to_pandas(),
    "polars, lazy": lambda address: readers.scan_polars(address).select(PAIR).collect().to_pandas(),
    "pyarrow": lambda address: readers.open_dataset(address).to_table(columns=PAIR).to_pandas(),
    "duckdb": lambda address: readers.duckdb_with_trust().sql(f"select c3, c17 from '{address}'").df(),
}


@pytest.mark.parametrize("library", READ_TWO)
def test_two_columns_of_thirty_fetch_their_chunks_and_one_at_each_end(wide, fetched, library):
    assert len(wide.data) > 20_000_000
    read = READ_TWO[library](wide.address)
    pd.testing.assert_frame_equal(read, wide.frame[PAIR])
    spans = list(column_ranges(wide.data, PAIR, range(6)))
    needed = touched(wide.store, "wide:w.parquet", [(start, start + size) for start, size in spans])
    assert only_needed(
        fetched,
        needed - touched(wide.store, "wide:w.parquet", [(len(wide.data) - 65536, len(wide.data))]),
        slack=2 * len(spans),
    )
    assert sum(length for _, length in fetched) < len(wide.data) / 5


def test_one_group_of_rows_fetches_its_chunks(wide, fetched):
    with readers.open_file(wide.address) as file:
        read = pyarrow.parquet.ParquetFile(file).read_row_group(2).to_pandas()
    pd.testing.assert_frame_equal(read, wide.frame[24_000:36_000].reset_index(drop=True))
    spans = list(column_ranges(wide.data, set(wide.frame.columns), [2]))
    needed = touched(wide.store, "wide:w.parquet", [(start, start + size) for start, size in spans])
    assert only_needed(fetched, needed, slack=4)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_file_reads_like_bytes_in_memory(read_like, data):
    file, twin = read_like
    for _ in range(8):
        step = data.draw(st.sampled_from(["read", "readline", "seek", "end", "readinto"]))
        size = data.draw(st.one_of(st.integers(-1, 300), st.integers(0, 400_000)))
        if step == "seek":
            assert file.seek(size * 3 + 3) == twin.seek(size * 3 + 3)
        elif step == "end":
            assert file.seek(-abs(size), 2) == twin.seek(-abs(size), 2)
        elif step == "readinto":
            ours, theirs = bytearray(abs(size)), bytearray(abs(size))
            assert file.readinto(ours) == twin.readinto(theirs)
            assert ours == theirs
        else:
            assert getattr(file, step)(size) == getattr(twin, step)(size)
        assert file.tell() == twin.tell()


@pytest.fixture(scope="module")
def read_like(tmp_path_factory):
    from trustlab.store import open_store

    store = open_store(tmp_path_factory.mktemp("like") / ".trust")
    text = b"".join(b"%d," % number * (number % 50) + b"\n" for number in range(8000)) + b"no newline at the end"
    commit(store, "r", [("f", text)])
    with TrustFileSystem(store=store).open("r/f", block_size=1000) as file:
        yield file, io.BytesIO(text)
    store.close()


def test_a_file_of_lists_of_chunks_reads_anywhere(home, monkeypatch, fetched):
    # Lists of lists, as a file of many gigabytes has them.
    monkeypatch.setattr("trustlab.store.trees._INLINE", 2)
    monkeypatch.setattr(
        "trustlab.store.trees._groups", lambda extents: (list(extents)[at : at + 3] for at in range(0, len(extents), 3))
    )
    commit(home.store, "deep", [("f", BIG[:4_000_000])])
    assert find(home.store, "deep:f")[1].level >= 3
    with readers.open_file("trust://deep/f") as file:
        for start in (0, 3_999_990, 1_234_567, 2_000_000):
            file.seek(start)
            assert file.read(70_000) == BIG[start : min(start + 70_000, 4_000_000)]
    assert len(fetched) < 15


def test_eight_threads_read_different_ranges_at_once(big):
    barrier = threading.Barrier(8)

    def part(number):
        rng = random.Random(number)
        barrier.wait()
        good = 0
        for _ in range(30):
            start = rng.randrange(len(BIG))
            size = rng.choice([10, 5000, 200_000])
            good += big.cat_file("big/f", start, start + size) == BIG[start : start + size]
        return good

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(part, range(8))) == [30] * 8


def test_an_open_file_can_be_sent_and_stays_its_version(home, big):
    with big.open("big/f") as file:
        file.seek(1_000_000)
        sent = pickle.dumps(file)
        commit(home.store, "big", [("f", b"new")])
        with pickle.loads(sent) as again:
            assert again.read(10) == BIG[1_000_000:1_000_010]
            assert again.size == len(BIG)
    assert big.cat("big/f") == b"new"


def test_the_cache_keeps_to_its_limit_and_counts(home, big):
    cache = ChunkCache(limit=1_000_000)
    _, entry = find(home.store, "big:f")
    extents = [extent for _, extent in extents_at(home.store, entry.level, entry.extents, 0, 5_000_000)]
    for extent in extents:
        cache.take(home.store, [extent])
    assert (cache.chunks, cache.bytes) == (len(extents), sum(extent.length for extent in extents))
    assert sum(map(len, cache._held.values())) == cache._size <= 1_000_000
    cache.take(home.store, extents[-2:])
    assert cache.chunks == len(extents)


def test_a_list_that_lies_about_a_chunk_is_noticed(home):
    commit(home.store, "r", [("f", b"abc")])
    extent = find(home.store, "r:f")[1].extents[0]
    with pytest.raises(DamagedError, match="4 bytes long; it is 3"):
        ChunkCache().take(home.store, [Extent(extent.name, 4)])


def test_damage_is_named_also_through_other_libraries(wide, monkeypatch):
    def broken(store, names):
        raise DamagedError("chunk 3f9c must be readable")
        yield

    monkeypatch.setattr("trustlab.data.ranged.fetch_views", broken)
    for read in (pd.read_parquet, pl.read_parquet, readers.open_dataset):
        options = {"use_pyarrow": True} if read is pl.read_parquet else {}
        with pytest.raises(DamagedError, match="chunk 3f9c"):
            read(wide.address, **options)


def test_text_and_compression_come_from_fsspec(home):
    import gzip

    commit(home.store, "r", [("a.txt", "ä\nö\n".encode()), ("b.gz", gzip.compress(b"packed"))])
    with fsspec.open("trust://r/a.txt", "rt", encoding="utf-8") as file:
        assert list(file) == ["ä\n", "ö\n"]
    with fsspec.open("trust://r/b.gz", compression="infer") as file:
        assert file.read() == b"packed"
    with fsspec.open("simplecache::trust://r/a.txt", simplecache={"cache_storage": str(home.folder / "cache")}) as file:
        assert file.read() == "ä\nö\n".encode()
