"""Properties of texts by hand, and nearly equal texts against sets counted one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.stats import texts


def jaccard(one: str, two: str) -> float:
    a, b = ({text[at : at + 5] for at in range(len(text) - 4)} for text in (one, two))
    return len(a & b) / len(a | b)


def test_properties_by_hand() -> None:
    found = texts.properties(["Ab 12!", "", "é é"])
    wanted = {
        "characters": [6, 0, 3],
        "words": [2, 0, 2],
        "word length": [2, 0, 1],
        "special characters": [1 / 6, 0, 0],
        "digits": [2 / 6, 0, 0],
        "capitals": [1 / 6, 0, 0],
        "beyond ASCII": [0, 0, 2 / 3],
    }
    assert {name: list(values) for name, values in found.items()} == {
        name: pytest.approx(values) for name, values in wanted.items()
    }
    np.testing.assert_array_equal(texts.empty(["", " \n", "a"]), [True, True, False])


def test_nearly_equal_texts_are_found() -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"word{at}" for at in range(500)])
    own = [" ".join(rng.choice(words, 40)) for _ in range(300)]
    edited = [text[:-3] + "end" for text in own[:200]]
    group = texts.copies([*own, *edited, own[5].upper() + "  "])
    alike = np.array([jaccard(one, two) >= texts.ALIKE for one, two in zip(own, edited, strict=False)])
    assert alike.all()
    assert (group[300:500] == np.arange(200)).mean() > 0.98
    assert group[500] == 5
    np.testing.assert_array_equal(group[:300], np.arange(300))


def test_minhash_agrees_as_often_as_sets_are_alike() -> None:
    one, two = "the quick brown fox jumps over the lazy dog " * 3, "the quick brown fox jumps over a sleepy cat " * 3
    many = [f"{part} {at}" for at in range(60) for part in (one, two)]
    signatures = texts.minhash(texts._shingles(many))
    agree = (signatures[::2] == signatures[1::2]).mean()
    assert agree == pytest.approx(np.mean([jaccard(many[at], many[at + 1]) for at in range(0, 120, 2)]), abs=0.15)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=12))
def test_any_text_is_its_own_copy_and_heads_come_first(found: list[str]) -> None:
    group = texts.copies(found)
    assert len(group) == len(found)
    assert all(group[at] <= at for at in range(len(found)))
    np.testing.assert_array_equal(group[group], group)
    np.testing.assert_array_equal(texts.copies([*found, *found])[len(found) :], group)


def test_words_and_signs() -> None:
    presence, words = texts.words_of(["Good! film", "good film!", "bad"])
    assert words == ["!", "film", "good"]
    np.testing.assert_array_equal(presence.toarray(), [[1, 1, 1], [1, 1, 1], [0, 0, 0]])
    assert texts.words_of(["a", "b"])[1] == []


def test_of_very_many_letters_near_copies_are_looked_for_among_some_and_equal_ones_among_all(monkeypatch):
    rng = np.random.default_rng(0)
    made = [" ".join(map(str, rng.integers(0, 10**6, 20))) for _ in range(60)]
    many = [*made, *made, *(f"{text} x" for text in made)]
    whole = texts.copies(many)
    assert len(set(whole.tolist())) == 60
    monkeypatch.setattr("trustlab.stats.texts.MOST_CHARACTERS", 8000)
    part = texts.copies(many)
    assert (part[60:120] == part[:60]).all()
    assert 60 < len(set(part.tolist())) <= 120
    kept, order = texts.searched(many), rng.permutation(180)
    assert (kept[60:120] == kept[:60]).all()
    assert 0 < kept.sum() < 180
    assert texts.searched([many[place] for place in order]).tolist() == kept[order].tolist()
