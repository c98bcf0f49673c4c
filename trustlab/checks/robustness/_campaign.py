"""One attack on one target: what it turned, how large the changes were, what it asked and how long it took."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness._targets import STARTS
from trustlab.checks.robustness.attacks.attack import BlackBox, order, pulled_back

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustlab.checks.robustness._targets import Target
    from trustlab.checks.robustness.attacks.attack import Attack, Norm
    from trustlab.stats.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Campaign:
    """What one attack did.

    Parameters
    ----------
    attack : Attack
        Which.
    sizes : ndarray, shape (m,)
        The smallest change found for each row, in the norm asked for; infinite where none was.
    asked : int
        Rows put to the model.
    seconds : float
        Of the machine's clock.
    """

    attack: Attack
    sizes: Floats
    asked: int
    seconds: float


def campaign(target: Target, attack: Attack, norm: Norm, budgets: Sequence[float]) -> Campaign:
    """Run an attack: along the gradient on all rows at once, by questions row by row, answered together."""
    import numpy as np

    clock, asked = time.perf_counter(), [0]
    sizes = np.full(len(target.points), np.inf)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ART and what it imports warn about each other's versions
        steps: Sequence[float | None] = budgets if attack.bounded else [None]
        for budget in steps:
            left = np.flatnonzero(~np.isfinite(sizes))
            if not left.size:
                break
            run = _along if attack.asks == "gradients" else _by_questions
            moved = run(target, attack, left, norm, budget, asked)
            if not attack.bounded:
                moved = _pulled_back(target, left, moved, asked)
            sizes[left] = measured(target, left, moved, norm, budget)
    return Campaign(attack, sizes, asked[0], time.perf_counter() - clock)


def _pulled_back(target: Target, rows: Ints, moved: Floats, asked: list[int]) -> Floats:
    """Return the turned points nearest to the rows on the lines to where the attack ended."""
    import numpy as np

    before = np.where(np.isfinite(target.points[rows]), target.points[rows], 0.0)
    gaps = ~np.isfinite(target.points[rows])

    def turned(points: Floats) -> Bools:
        steps, m, d = points.shape
        asked[0] += steps * m
        whole = np.where(gaps, np.nan, points).reshape(-1, d)
        labels = target.answer(np.tile(rows, steps), whole).argmax(axis=1).reshape(steps, m)
        return np.asarray(labels != target.labels[rows])

    return np.where(gaps, np.nan, pulled_back(turned, before, np.where(gaps, 0.0, moved)))


def measured(target: Target, rows: Ints, moved: Floats, norm: Norm, budget: float | None = None) -> Floats:
    """Return the size of each row's change where it turns the prediction, else infinity.

    The model's copy is asked again; a change beyond the budget, or out of range, does not count.
    """
    import numpy as np

    before = target.points[rows]
    change = np.where(np.isfinite(before), moved - before, 0.0)
    size = np.linalg.norm(change, ord=order(norm), axis=1)
    turned = target.answer(rows, np.where(np.isfinite(before), moved, before)).argmax(axis=1) != target.labels[rows]
    slack = 1e-4
    inside = np.all(~np.isfinite(before) | ((moved >= target.low - slack) & (moved <= target.high + slack)), axis=1)
    allowed = inside if budget is None else inside & (size <= budget * (1 + slack))
    return np.where(turned & allowed, size, np.inf)


def _along(target: Target, attack: Attack, rows: Ints, norm: Norm, budget: float | None, asked: list[int]) -> Floats:
    import numpy as np
    import torch

    from trustlab.models.threads import few_products, threads

    gradients = target.gradients
    assert gradients is not None
    before, inputs = gradients.asked[0], gradients.rows[rows]
    with threads(few=few_products(gradients.module, torch.from_numpy(inputs))):
        moved = attack.perturb(gradients.victim, inputs, target.labels[rows], norm, budget)
    asked[0] += gradients.asked[0] - before
    return np.asarray(moved[:, gradients.movable], dtype=np.float64)


def _by_questions(
    target: Target, attack: Attack, rows: Ints, norm: Norm, budget: float | None, asked: list[int]
) -> Floats:
    import numpy as np

    from trustlab.checks.robustness._together import together

    searches = [partial(_search, target, attack, int(row), norm, budget) for row in rows]
    return np.asarray(np.stack(together(searches, partial(_answers, target, asked))))


def _answers(target: Target, asked: list[int], questions: list[tuple[int, Floats]]) -> list[Floats]:
    """Return the probabilities of each question's points, asking the model once."""
    import numpy as np

    counts = [len(points) for _, points in questions]
    asked[0] += sum(counts)
    rows = np.repeat([row for row, _ in questions], counts)
    found = target.answer(rows, np.concatenate([points for _, points in questions]))
    return np.split(found, np.cumsum(counts)[:-1])


def _search(
    target: Target,
    attack: Attack,
    row: int,
    norm: Norm,
    budget: float | None,
    ask: Callable[[tuple[int, Floats]], Floats],
) -> Floats:
    """Return where the attack took one row: the numbers that it has move, its gaps stay."""
    import numpy as np

    whole = target.points[row]
    present = np.flatnonzero(np.isfinite(whole))
    if not present.size:
        return np.asarray(whole)

    def answer(points: Any) -> Floats:
        table = np.tile(whole, (len(points), 1))
        table[:, present] = points
        return ask((row, table))

    others = target.others[target.other_labels != target.labels[row]][:, present]
    others = np.where(np.isfinite(others), others, whole[present])
    far = np.abs(others - whole[present]).max(axis=1) if len(others) else np.zeros(0)
    low, high = target.low[present], target.high[present]
    box = BlackBox(
        answer,
        low,
        np.where(high > low, high, low + 1),
        target.classes,
        others[np.argsort(far, kind="stable")[:STARTS]],
    )
    moved = np.array(whole)
    moved[present] = attack.perturb(box, whole[present][None], target.labels[[row]], norm, budget)[0]
    return moved
