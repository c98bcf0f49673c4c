import random

from hypothesis import given
from hypothesis import strategies as st

from trustlab.store.bases import Bases
from trustlab.store.chunks import name_of
from trustlab.store.cutting import Piece
from trustlab.store.trees import Extent


def chunks(seed: int, lengths: list[int]) -> list[bytes]:
    return [random.Random(f"{seed} {number}").randbytes(length) for number, length in enumerate(lengths)]


def bases(contents: list[bytes], size: int = 0) -> Bases:
    by_name = {name_of(data): data for data in contents}

    def read(names):
        return [by_name[name] for name in names]

    starts = [sum(map(len, contents[:number])) for number in range(len(contents))]
    extents = [Extent(name_of(data), len(data)) for data in contents]
    return Bases(zip(starts, extents, strict=True), size, read)


def pieces(contents: list[bytes]) -> list[Piece]:
    return [Piece(name_of(data), data) for data in contents]


@given(st.lists(st.integers(50, 200), min_size=1, max_size=30), st.data())
def test_an_edited_chunk_is_paired_with_the_one_it_was(lengths, data):
    old = chunks(1, lengths)
    there = data.draw(st.sets(st.integers(0, len(old) - 1)))
    new = [b"!" + chunk[1:] if number in there else chunk for number, chunk in enumerate(old)]
    expected = {name_of(new[number]): (name_of(old[number]),) for number in there}
    assert bases(old).pair(pieces(new)) == expected


def test_an_insertion_shifts_what_follows():
    old = chunks(1, [100] * 6)
    new = [old[0], chunks(2, [1000])[0], old[1], b"!" + old[2][1:], old[3] + b"more", b"!" + old[4], old[5]]
    pairs = bases(old, sum(map(len, new))).pair(pieces(new))
    for at, was in ((3, 2), (4, 3), (5, 4)):
        assert name_of(old[was]) in pairs[name_of(new[at])]


def test_what_lies_beyond_the_old_end_has_no_base():
    new = chunks(2, [100, 100, 100])
    assert bases(chunks(1, [100])).pair(pieces(new)) == {name_of(new[0]): (name_of(chunks(1, [100])[0]),)}
    assert bases([]).pair(pieces(chunks(2, [100]))) == {}


def test_ends_that_stayed_tell_the_place_wherever_it_is():
    old = chunks(1, [1000] * 40)
    new = [b"!" + chunk[1:] for chunk in old]
    # Long after the others, as where another column of a table begins.
    moved = [*new[:20], *chunks(2, [1000] * 3), *new[30:], *new[20:27]]
    walked = bases(old, sum(map(len, moved)))
    pairs = walked.pair(pieces(moved[:15]))
    walked.learn(len(pairs))
    pairs |= walked.pair(pieces(moved[15:]))
    for number, was in [*enumerate(range(20)), *enumerate(range(30, 40), 23), *enumerate(range(20, 27), 33)]:
        assert name_of(old[was]) in pairs[name_of(moved[number])], number


def test_the_old_chunks_are_read_only_where_some_resemble():
    asked = []
    old, new = chunks(1, [1000] * 40), chunks(2, [1000] * 40)
    extents = [(1000 * number, Extent(name_of(data), 1000)) for number, data in enumerate(old)]
    walked = Bases(extents, 40_000, lambda names: asked.append(names) or old)
    for at in range(0, 40, 10):
        walked.pair(pieces(new[at : at + 10]))
        walked.learn(0)
    assert not asked
    walked.learn(1)
    walked.pair(pieces(new[:1]))
    walked.pair(pieces(new[1:2]))
    assert len(asked) == 1
