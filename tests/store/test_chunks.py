from trustlab.store.chunks import AVERAGE_CHUNK, MAX_CHUNK, MIN_CHUNK, chunker, name_of


def test_names_are_blake3():
    # The first test vector of the BLAKE3 specification: the hash of no bytes.
    assert name_of(b"").hex() == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


def test_chunks_keep_their_limits(noise):
    for data in (noise(3_000_000), bytes(3_000_000)):
        lengths = [cut.length for cut in chunker().cut_buf(data)]
        assert sum(lengths) == len(data)
        assert all(MIN_CHUNK <= length <= MAX_CHUNK for length in lengths[:-1])
    assert AVERAGE_CHUNK / 2 < len(data) / len(lengths) <= MAX_CHUNK
