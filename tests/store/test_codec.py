"""Plain, packed or patch: what was put comes out, and an edit anywhere costs what it changed."""

import random
import shutil

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from trustlab.core.errors import DamagedError
from trustlab.store.branches import create_branch, delete_branch
from trustlab.store.chunks import name_of
from trustlab.store.codec import MIN_PACKED, PACKED, PATCH, PLAIN, decode, encode
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.read import read
from trustlab.store.schema import CHUNKS
from trustlab.store.verify import verify


def codecs(store) -> dict[int, int]:
    with store.read() as connection:
        query = select(CHUNKS.c.codec, func.count()).group_by(CHUNKS.c.codec)
        return {row[0]: row[1] for row in connection.execute(query)}


def numbers(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows)


def edited(values: np.ndarray, share: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    there = rng.choice(len(values), int(share * len(values)), replace=False)
    changed = values.copy()
    changed[there] += 1
    return changed


@settings(deadline=None)
@given(data=st.binary(max_size=3 * MIN_PACKED), times=st.integers(1, 4), cut=st.integers(0, 3 * MIN_PACKED))
def test_what_is_encoded_is_decoded(data, times, cut):
    content, base = data * times, data[cut:] * times + b"x"
    plain = encode(content)
    assert bytes(decode(plain.codec, plain.data, {})) == content
    patch = encode(content, ([name_of(base)], base))
    assert bytes(decode(patch.codec, patch.data, {name_of(base): base})) == content
    assert len(patch.data) <= max(len(content), MIN_PACKED)


def test_the_form_follows_the_content():
    noise = random.Random(0).randbytes(100_000)
    assert encode(b"a" * (MIN_PACKED - 1)).codec == PLAIN
    assert encode(noise).codec == PLAIN
    assert encode(b"some words " * 5000).codec == PACKED
    other = random.Random(1).randbytes(100_000)
    assert encode(noise, ([name_of(other)], other)).codec == PLAIN
    one_percent = edited(numbers(12_000), 0.01, 1).tobytes()
    base = numbers(12_000).tobytes()
    patch = encode(one_percent, ([name_of(base)], base))
    assert patch.codec == PATCH
    assert len(patch.data) < 0.03 * len(one_percent)


def test_damaged_forms_are_none_and_never_a_fault():
    base = numbers(2000).tobytes()
    patch = encode(edited(numbers(2000), 0.01, 1).tobytes(), ([name_of(base)], base))
    packed = encode(b"some words " * 5000)
    assert decode(patch.codec, patch.data, {}) is None
    assert decode(PATCH, b"short", {}) is None
    assert decode(9, b"anything", {}) is None
    for stored in (patch, packed):
        for at in range(0, len(stored.data), 97):
            bad = bytearray(stored.data)
            bad[at] ^= 0xFF
            found = decode(stored.codec, bytes(bad), {name_of(base): base})
            assert found is None or isinstance(found, bytes)


def test_a_bomb_is_not_unpacked():
    bomb = zstandard.ZstdCompressor().compress(bytes(100 * 1024 * 1024))
    assert decode(PACKED, bomb, {}) is None


def test_rows_edited_anywhere_cost_what_was_edited(store):
    values = numbers(500_000)
    first = commit(store, "r", [("t", values.tobytes())])
    second = commit(store, "r", [("t", edited(values, 0.01, 1).tobytes())])
    assert second.bytes_added < 0.08 * first.bytes_added
    # A patch's base is never a patch: the third version leans on the first.
    third = commit(store, "r", [("t", edited(edited(values, 0.01, 1), 0.01, 2).tobytes())])
    assert third.bytes_added < 0.12 * first.bytes_added
    with store.read() as connection:
        bases = select(CHUNKS.c.bases).where(CHUNKS.c.bases.is_not(None))
        assert set(connection.execute(select(CHUNKS.c.codec).where(CHUNKS.c.name.in_(bases))).scalars()) == {PLAIN}
    assert read(store, "r~1") == edited(values, 0.01, 1).tobytes()
    assert (
        read(store, "r", 1_000_001, 1_000_009)
        == edited(edited(values, 0.01, 1), 0.01, 2).tobytes()[1_000_001:1_000_009]
    )
    assert verify(store).ok


def test_bytes_put_in_everywhere_cost_little_too(store):
    text = b"".join(b"%d;%d\n" % (n, n * n % 9973) for n in range(200_000))
    lines = text.split(b"\n")
    for at in range(0, len(lines), 150):
        lines[at] += b";more"
    first = commit(store, "r", [("t", text)])
    second = commit(store, "r", [("t", b"\n".join(lines))])
    assert second.bytes_added < 0.25 * first.bytes_added
    assert read(store, "r") == b"\n".join(lines)


def test_another_content_of_the_same_name_is_stored_whole(store, noise):
    commit(store, "r", [("model", noise(8_000_000))])
    commit(store, "r", [("model", noise(8_000_000, seed=1))])
    assert PATCH not in codecs(store)


def test_gc_keeps_what_patches_lean_on(store):
    values = numbers(200_000)
    commit(store, "r", [("t", values.tobytes())])
    create_branch(store, "side", "r")
    changed = edited(values, 0.01, 1).tobytes()
    commit(store, "r", [("t", changed)], branch="side")
    # Only the second version is kept.
    store_of_second = commit(store, "s", [("t", changed)])
    for branch in ("main", "side"):
        delete_branch(store, "r", branch)
    assert gc(store).commits == 2
    assert verify(store).ok
    assert read(store, "s") == changed
    assert codecs(store)[PATCH] > 5
    delete_branch(store, "s", "main")
    assert gc(store).chunks > 10
    assert codecs(store) == {}
    assert store_of_second.bytes_added < 5000


def test_damage_to_a_base_is_named_with_all_that_leans_on_it(store):
    values = numbers(100_000)
    first = commit(store, "r", [("t", values.tobytes())])
    second = commit(store, "r", [("t", edited(values, 0.01, 1).tobytes())])
    with store.read() as connection:
        (pack,) = {
            place.pack
            for name, place in locate_all(store, connection).items()
            if not place.bases and place.length > 9000
        }
    shutil.move(store.packs.path(pack), store.packs.path(pack).with_suffix(".away"))
    store.packs.forget()
    (damage,) = verify(store).damages
    assert (damage.kind, damage.pack) == ("missing pack", pack)
    assert damage.commits == tuple(sorted((f"r@{first.commit}", f"r@{second.commit}")))
    with pytest.raises(DamagedError):
        read(store, "r")
    # What comes now is stored whole and stands by itself.
    commit(store, "r", [("t", edited(values, 0.02, 3).tobytes())])
    assert read(store, "r") == edited(values, 0.02, 3).tobytes()


def locate_all(store, connection):
    from trustlab.store.index import locate

    return locate(connection, [bytes(name) for name in connection.execute(select(CHUNKS.c.name)).scalars()])
