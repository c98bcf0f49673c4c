"""The worst corner of a box around each row, found by questions: every number moves by the whole budget, or stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

    from trustlab.checks.robustness._numbers import Numbers
    from trustlab.stats.arrays import Floats, Ints

ROUNDS, TRIES = 25, 4
MOST_ALONE = 60  # features whose effect is looked at one by one


def worst_corners(
    ask: Callable[[pd.DataFrame, Ints], Floats],
    table: pd.DataFrame,
    numbers: Numbers,
    budget: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return each row at the corner of its box at which the score was highest.

    The first corner follows each feature's effect alone; then random parts of it are drawn anew, and kept where that
    helps. All rows are asked together.

    Parameters
    ----------
    ask : callable
        Takes rows and which row of ``table`` each comes from, and returns how wrong the model is about them.
    budget : float
        How far a number moves, in its standard deviations, within the range observed.
    """
    import numpy as np

    standard = numbers.of(table)
    m, d = standard.shape

    def moved(rows: Ints, signs: Any) -> pd.DataFrame:
        return numbers.put(table.iloc[rows].reset_index(drop=True), standard[rows] + budget * signs)

    every = np.arange(m)
    signs = _alone(ask, moved, m, d, rng)
    best = ask(moved(every, signs), every)
    for turn in range(ROUNDS):
        share = 0.5 * (1 - turn / ROUNDS) + 0.05
        tried = np.repeat(signs, TRIES, axis=0)
        anew = rng.random(tried.shape) < share
        tried[anew] = rng.integers(-1, 2, int(anew.sum()))
        rows = np.repeat(every, TRIES)
        scores = ask(moved(rows, tried), rows).reshape(m, TRIES)
        first = scores.argmax(axis=1)
        better = scores[every, first] > best
        signs[better] = tried.reshape(m, TRIES, d)[every, first][better]
        best[better] = scores[every, first][better]
    return moved(every, signs)


def _alone(
    ask: Callable[[pd.DataFrame, Ints], Floats],
    moved: Callable[[Ints, Any], pd.DataFrame],
    m: int,
    d: int,
    rng: np.random.Generator,
) -> Floats:
    """Return the sign of each feature that is worse when it moves alone; chance where neither is."""
    import numpy as np

    signs = rng.integers(-1, 2, (m, d)).astype(np.float64)
    looked = rng.permutation(d)[:MOST_ALONE]
    rows = np.repeat(np.arange(m), 2 * looked.size)
    tried = np.zeros((rows.size, d))
    tried[np.arange(rows.size), np.tile(np.repeat(looked, 2), m)] = np.tile([-1.0, 1.0], m * looked.size)
    scores = ask(moved(rows, tried), rows).reshape(m, looked.size, 2)
    differ = scores[:, :, 0] != scores[:, :, 1]
    signs[:, looked] = np.where(differ, np.where(scores[:, :, 1] > scores[:, :, 0], 1.0, -1.0), signs[:, looked])
    return signs
