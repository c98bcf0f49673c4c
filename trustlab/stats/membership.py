"""What an attack on membership proves: the privacy loss that it refutes, and the likelihood ratio that it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Bools, Floats, Ints, binary, same_length, vector
from trustlab.stats.intervals import Interval, clopper_pearson, newcombe

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CUTS = 200
SMALLEST = 1e-12  # probability


class PrivacyLoss(NamedTuple):
    """A lower bound of epsilon, and the cut that shows it on rows which did not choose it.

    ``members`` tells which side of the cut speaks: True where rows at or above it are called members, False where
    rows below it are called strangers. ``hits`` of ``hit_rows`` are called so rightly, ``slips`` of ``slip_rows``
    wrongly.
    """

    epsilon: float
    cut: float
    members: bool
    hits: int
    hit_rows: int
    slips: int
    slip_rows: int


def privacy_loss(
    truth: ArrayLike, score: ArrayLike, rng: np.random.Generator, level: float = 0.95, delta: float = 1e-5
) -> PrivacyLoss | None:
    """Return the largest epsilon that the attack refutes, at a confidence of ``level``.

    Under (epsilon, delta) differential privacy whatever is said of a member is said of a stranger with a probability
    of at least (p - delta) / e^epsilon. So epsilon is at least ln((p - delta) / q), for any cut and either side of
    it. The cut is chosen on one half of the rows and judged on the other by exact binomial ends, so that looking for
    the best cut does not flatter the attack. With n rows it can never show more than about ln n.

    Parameters
    ----------
    truth : array_like of bool, shape (n,)
        Whether the row was trained on.
    score : array_like of float, shape (n,)
        Higher where the attack believes so.
    rng : numpy.random.Generator
        Halves the rows.
    level : float
        Confidence that the true epsilon is at least the bound, both rates together.
    delta : float
        The slack of approximate differential privacy.

    Returns
    -------
    PrivacyLoss or None
        Epsilon is 0 where nothing is refuted. None where a half lacks members or strangers.

    References
    ----------
    Kairouz, Oh and Viswanath (2015). The composition theorem for differential privacy. ICML; the two regions.
    Jagielski, Ullman and Oprea (2020). Auditing differentially private machine learning. NeurIPS; exact ends.
    """
    halves = _halves(truth, score, rng)
    if min(part.size for half in halves for part in half) == 0:
        return None
    cuts = _cuts(halves[0])
    options = [(members, _bound(*_rates(*halves[0], cuts, members=members), level, delta)) for members in (True, False)]
    members, bounds = max(options, key=lambda option: float(option[1].max()))
    cut = float(cuts[int(bounds.argmax())])
    rates = _rates(*halves[1], np.asarray([cut]), members=members)
    found = max(float(_bound(*rates, level, delta)[0]), 0.0)
    return PrivacyLoss(found, cut, members, *(int(np.ravel(part)[0]) for part in rates))


def advantage(truth: ArrayLike, score: ArrayLike, rng: np.random.Generator, level: float = 0.95) -> Interval:
    """Return how much more often members are called members than strangers are, at the best cut.

    Parameters
    ----------
    truth, score, rng, level
        As for :func:`privacy_loss`: here too one half of the rows chooses the cut and the other half judges it.

    Returns
    -------
    Interval
        With Newcombe's ends; NaN where a half lacks members or strangers.

    References
    ----------
    Yeom, Giacomelli, Fredrikson and Jha (2018). Privacy risk in machine learning. IEEE CSF.
    """
    halves = _halves(truth, score, rng)
    if min(part.size for half in halves for part in half) == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    cuts = _cuts(halves[0])
    hits, members, slips, strangers = _rates(*halves[0], cuts, members=True)
    best = cuts[[int((hits / members - slips / strangers).argmax())]]
    judged = _rates(*halves[1], best, members=True)
    return newcombe(*judged, level).at((0,))


def log_odds(probability: ArrayLike) -> Floats:
    """Return ln(p / (1 - p)) of the true label's probability, kept finite: nearly normal over trainings.

    References
    ----------
    Carlini et al. (2022). Membership inference attacks from first principles. IEEE S&P; section IV.
    """
    chance = np.clip(np.asarray(probability, np.float64), SMALLEST, 1 - SMALLEST)
    return np.asarray(special.logit(chance))


def likelihood_ratio(observed: ArrayLike, shadow: ArrayLike, inside: ArrayLike, *, offline: bool = False) -> Floats:
    """Return how much likelier each row's answer is if the row was trained on: Carlini's attack.

    Parameters
    ----------
    observed : array_like of float, shape (n,)
        The attacked model's log-odds of each row's true label.
    shadow : array_like of float, shape (models, n)
        The shadow models' ones.
    inside : array_like of bool, shape (models, n)
        Whether the shadow model trained on the row. Few models have one variance for all rows, as the paper advises
        below 64.
    offline : bool
        Only ask how unlikely the answer is for a row that was left out: needs no models that trained on it.

    Returns
    -------
    ndarray of float
        Higher where the row looks like a member; NaN where no model had it in, or none had it out.

    References
    ----------
    Carlini et al. (2022). Membership inference attacks from first principles. IEEE S&P; algorithm 1.
    """
    seen, table = vector("observed", observed), np.asarray(shadow, np.float64)
    had = np.asarray(inside, bool)
    if table.shape != had.shape or table.ndim != 2 or table.shape[1] != seen.size:
        raise InputError(f"shadow and inside must have a row per model and {seen.size} columns; got {table.shape}")
    out_mean, out_deviation = _normal(table, ~had)
    if offline:
        return np.asarray(special.log_ndtr((seen - out_mean) / out_deviation))
    in_mean, in_deviation = _normal(table, had)
    z_in, z_out = (seen - in_mean) / in_deviation, (seen - out_mean) / out_deviation
    return np.asarray((z_out**2 - z_in**2) / 2 + np.log(out_deviation) - np.log(in_deviation))


def _halves(truth: ArrayLike, score: ArrayLike, rng: np.random.Generator) -> list[tuple[Floats, Floats]]:
    """Return the scores of members and strangers in either half of the rows."""
    inside, marks = binary("truth", truth), vector("score", score)
    same_length(truth=inside, score=marks)
    first = np.zeros(inside.size, dtype=bool)
    for side in (True, False):
        rows = np.flatnonzero(inside == side)
        first[rng.permutation(rows)[: rows.size // 2]] = True
    return [(marks[half & inside], marks[half & ~inside]) for half in (first, ~first)]


def _cuts(half: tuple[Floats, Floats]) -> Floats:
    return np.unique(np.quantile(np.concatenate(half), np.linspace(0, 1, CUTS)))


def _normal(table: Floats, chosen: Bools) -> tuple[Floats, float]:
    """Return each row's mean over the chosen models, and one deviation around them for all rows."""
    count = chosen.sum(axis=0)
    mean = np.divide(np.where(chosen, table, 0).sum(axis=0), count, out=np.full(count.size, np.nan), where=count > 0)
    freedom = int(np.maximum(count - 1, 0).sum())
    squares = float((np.where(chosen, table - np.nan_to_num(mean), 0.0) ** 2).sum())
    return mean, max(float(np.sqrt(squares / freedom)) if freedom else 1.0, 1e-6)


def _rates(inside: Floats, outside: Floats, cuts: Floats, *, members: bool) -> tuple[Ints, int, Ints, int]:
    """Return right calls, rows they could be right about, wrong calls and their rows, for each cut."""
    at_or_above = [
        np.asarray(values.size - np.searchsorted(np.sort(values), cuts, side="left"), np.int64)
        for values in (inside, outside)
    ]
    if members:
        return at_or_above[0], inside.size, at_or_above[1], outside.size
    return outside.size - at_or_above[1], outside.size, inside.size - at_or_above[0], inside.size


def _bound(hits: Ints, hit_rows: int, slips: Ints, slip_rows: int, level: float, delta: float) -> Floats:
    caught = clopper_pearson(hits, hit_rows, level).lo - delta
    alarms = clopper_pearson(slips, slip_rows, level).hi
    return np.asarray(np.log(np.maximum(caught, SMALLEST)) - np.log(alarms))
