"""Counts agree with their nouns."""

from __future__ import annotations

import pytest

from trustlab.core.counted import counted, listed


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
