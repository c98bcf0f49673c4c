import io

from hypothesis import given, settings
from hypothesis import strategies as st
from pyfastcdc import FastCDC

from trustlab.store.chunks import AVERAGE_CHUNK, MAX_CHUNK, MIN_CHUNK, name_of, split


def cut(data: bytes) -> list[bytes]:
    return [bytes(chunk) for chunk in split(io.BytesIO(data))]


def test_names_are_blake3():
    # The first test vector of the BLAKE3 specification: the hash of no bytes.
    assert name_of(b"").hex() == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


@given(st.binary(max_size=300))
def test_small_content_is_one_chunk(data):
    assert cut(data) == ([data] if data else [])


@settings(max_examples=20, deadline=None)
@given(
    size=st.integers(AVERAGE_CHUNK - 1, 3 * MAX_CHUNK), fill=st.sampled_from([None, 0, 255]), seed=st.integers(0, 99)
)
def test_chunks_join_to_the_content(size, fill, seed):
    import random

    data = random.Random(seed).randbytes(size) if fill is None else bytes([fill]) * size
    chunks = cut(data)
    assert b"".join(chunks) == data
    assert all(len(chunk) <= MAX_CHUNK for chunk in chunks)
    assert size <= AVERAGE_CHUNK or all(len(chunk) >= MIN_CHUNK for chunk in chunks[:-1])


def test_windows_do_not_show_in_the_borders(noise):
    data = noise(20 * 1024 * 1024)
    cuts = FastCDC(AVERAGE_CHUNK, min_size=MIN_CHUNK, max_size=MAX_CHUNK).cut_buf(data)
    whole = [bytes(data[c.offset : c.offset + c.length]) for c in cuts]
    assert cut(data) == whole


def test_a_stream_that_gives_little_at_a_time_cuts_the_same(noise):
    data = noise(400_000)

    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 70_000) if size >= 0 else size)

    assert b"".join(bytes(chunk) for chunk in split(Slow(data))) == data


def test_an_insertion_changes_only_the_chunks_around_it(noise):
    data = noise(5_000_000)
    before, after = set(cut(data)), cut(data[:1000] + b"hello" + data[1000:])
    assert sum(len(chunk) for chunk in after if chunk not in before) <= 2 * MAX_CHUNK


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end():
    class Slow(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.inner = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            return self.inner.readinto(memoryview(buffer)[:1000])

    data = bytes(range(256)) * 1200
    assert b"".join(bytes(chunk) for chunk in split(Slow(data))) == data
