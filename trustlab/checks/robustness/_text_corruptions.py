"""How texts go bad: typing errors, letter case, lost words, punctuation, exchanged words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.checks.robustness._suite import Corruption
from trustlab.checks.robustness._table_corruptions import mistyped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

TYPOS = (0.02, 0.05, 0.1, 0.2, 0.4)
WORDS = (0.05, 0.1, 0.2, 0.3, 0.5)
CASE = (0.1, 0.25, 0.5, 0.75, 1.0)
SIGNS = re.compile(r"[^\w\s]+")
LONGEST = 2000  # words; what a text says after these stays as it is


def text_suite(rng: np.random.Generator) -> dict[str, Corruption]:
    """Return the corruptions of texts."""
    bad = _Bad(rng)
    return {
        "typos": Corruption(f"one typing error in a word: a share of {_list(TYPOS)} of words", bad.typos),
        "upper": Corruption(f"words in capitals: a share of {_list(CASE)}", bad.cased(str.upper)),
        "lower": Corruption(f"words in small letters: a share of {_list(CASE)}", bad.cased(str.lower)),
        "dropped": Corruption(f"words left out: a share of {_list(WORDS)}", bad.dropped),
        "exchanged": Corruption(f"words exchanged with the next: a share of {_list(WORDS)}", bad.exchanged),
        "no_signs": Corruption(f"words without their punctuation: a share of {_list(CASE)}", bad.cased(_unsigned)),
        "more_signs": Corruption(f"an exclamation mark after a word: a share of {_list(WORDS)}", bad.more_signs),
    }


def _list(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _unsigned(word: str) -> str:
    return SIGNS.sub("", word)


@dataclass(frozen=True)
class _Bad:
    """Makes bad texts of good ones; words hit at a severity are hit at the next as well."""

    rng: np.random.Generator

    def typos(self, texts: Sequence[str]) -> list[list[str]]:
        """Mistype words."""
        return self._by_word(texts, TYPOS, lambda word: mistyped(word, self.rng))

    def cased(self, change: Callable[[str], str]) -> Callable[[Sequence[str]], list[list[str]]]:
        """Return a corruption that changes words by a function."""
        return lambda texts: self._by_word(texts, CASE, change)

    def dropped(self, texts: Sequence[str]) -> list[list[str]]:
        """Leave words out."""
        return self._by_word(texts, WORDS, lambda _: "")

    def more_signs(self, texts: Sequence[str]) -> list[list[str]]:
        """Add exclamation marks."""
        return self._by_word(texts, WORDS, lambda word: f"{word}!")

    def exchanged(self, texts: Sequence[str]) -> list[list[str]]:
        """Exchange neighbouring words."""
        made: list[list[str]] = [[] for _ in WORDS]
        for text in texts:
            words = text.split()
            hit = self.rng.random(len(words)).tolist()
            for rows, share in zip(made, WORDS, strict=True):
                order = list(words)
                for at in range(len(order) - 1):
                    if hit[at] < share:
                        order[at], order[at + 1] = order[at + 1], order[at]
                rows.append(" ".join(order))
        return made

    def _by_word(self, texts: Sequence[str], shares: Sequence[float], change: Callable[[str], str]) -> list[list[str]]:
        made: list[list[str]] = [[] for _ in shares]
        for text in texts:
            words = text.split(maxsplit=LONGEST)
            hit = self.rng.random(len(words)).tolist()
            changed = [change(word) if chance < shares[-1] else word for word, chance in zip(words, hit, strict=True)]
            for rows, share in zip(made, shares, strict=True):
                mixed = (new if chance < share else old for old, new, chance in zip(words, changed, hit, strict=True))
                rows.append(" ".join(word for word in mixed if word))
        return made
