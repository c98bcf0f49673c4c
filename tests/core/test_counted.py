"""Counts agree with their nouns."""

from __future__ import annotations

import pytest

from trustlab.core.counted import counted, listed, shortened


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 branches"), (1, "1 branch"), (2, "2 branches"), (12_000, "12,000 branches")]
)
def test_noun_agrees(count, said):
    assert counted(count, "branch", "branches") == said


def test_plain_plural():
    assert counted(1, "row") == "1 row"
    assert counted(3, "row") == "3 rows"


@pytest.mark.parametrize(
    ("names", "said"), [([], ""), (["a", "b", "c"], "a, b, c"), (["a", "b", "c", "d", "e"], "a, b, c and 2 more")]
)
def test_names_beyond_the_first_are_counted(names, said):
    assert listed(names) == said


def test_long_texts_end_in_an_ellipsis_and_keep_to_the_limit():
    assert shortened("as it is") == "as it is"
    assert shortened("a" * 30) == "a" * 30
    assert shortened("a" * 31) == "a" * 29 + "…"
    assert shortened("abcdef", 4) == "abc…"
