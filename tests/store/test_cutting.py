"""However many threads cut a content, and wherever its windows end: the chunks are those of cutting it in one go."""

import io
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.store import cutting
from trustlab.store.chunks import AVERAGE_CHUNK, MAX_CHUNK, chunker, name_of
from trustlab.store.cutting import Cutter


def in_one_go(data: bytes) -> list[bytes]:
    if len(data) <= AVERAGE_CHUNK:
        return [data] if data else []
    return [bytes(data[cut.offset : cut.offset + cut.length]) for cut in chunker().cut_buf(data)]


def checked(cut) -> list[bytes]:
    found = []
    for pieces in cut:
        assert all(piece.name == name_of(piece.data) for piece in pieces)
        # Copied at once: the bytes are valid only until the next list comes.
        found += [bytes(piece.data) for piece in pieces]
    return found


def by_stream(data: bytes, threads: int = 2) -> list[bytes]:
    with Cutter(threads) as cutter:
        return checked(cutter.stream(io.BytesIO(data)))


@given(st.binary(max_size=300))
def test_small_content_is_one_chunk(data):
    assert by_stream(data) == ([data] if data else [])


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 99),
    kinds=st.lists(st.sampled_from(["noise", "zeros", "again", "text"]), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 900_000), min_size=5, max_size=5),
    window=st.sampled_from([MAX_CHUNK, MAX_CHUNK + 1, 3 * MAX_CHUNK - 7]),
    threads=st.integers(1, 3),
)
def test_windows_do_not_show_in_the_borders(seed, kinds, sizes, window, threads, tmp_path_factory):
    dice = random.Random(seed)
    made = {
        "noise": dice.randbytes,
        "zeros": bytes,
        "again": lambda size: (b"some words, many times; " * (size // 24 + 1))[:size],
        "text": lambda size: bytes(dice.choices(b"abcdefgh\n", k=size // 50)) * 50,
    }
    data = b"".join(made[kind](size) for kind, size in zip(kinds, sizes, strict=False))
    file = tmp_path_factory.mktemp("cut") / "content"
    file.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "WINDOW", window)
        assert by_stream(data, threads) == in_one_go(data)
        with Cutter(threads) as cutter:
            assert checked(cutter.bytes(data)) == in_one_go(data)
        descriptor = os.open(file, os.O_RDONLY)
        with Cutter(threads) as cutter:
            assert checked(cutter.file(descriptor, len(data))) == in_one_go(data)
        os.close(descriptor)


def test_a_file_that_grows_or_shrinks_shows_it(tmp_path, noise):
    (tmp_path / "f").write_bytes(noise(2 * cutting.WINDOW))
    descriptor = os.open(tmp_path / "f", os.O_RDONLY)
    with Cutter(2) as cutter:
        assert sum(map(len, checked(cutter.file(descriptor, cutting.WINDOW)))) > cutting.WINDOW
        os.truncate(tmp_path / "f", 5)
        assert sum(map(len, checked(cutter.file(descriptor, cutting.WINDOW)))) == 5
    os.close(descriptor)


def test_a_stream_that_gives_little_at_a_time_cuts_the_same(noise):
    data = noise(400_000)

    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 70_000) if size >= 0 else size)

    with Cutter(2) as cutter:
        assert checked(cutter.stream(Slow(data))) == in_one_go(data)


def test_who_breaks_off_leaves_no_thread_reading(tmp_path, noise):
    (tmp_path / "f").write_bytes(noise(6 * cutting.WINDOW))
    descriptor = os.open(tmp_path / "f", os.O_RDONLY)
    with Cutter(2) as cutter:
        cut = cutter.file(descriptor, 6 * cutting.WINDOW)
        next(cut)
        cut.close()
        os.close(descriptor)
        assert by_stream(b"x") == [b"x"]


def test_an_insertion_changes_only_the_chunks_around_it(noise):
    data = noise(5_000_000)
    before, after = set(by_stream(data)), by_stream(data[:1000] + b"hello" + data[1000:])
    assert sum(len(chunk) for chunk in after if chunk not in before) <= 2 * MAX_CHUNK
