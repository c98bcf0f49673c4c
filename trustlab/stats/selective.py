"""Answering only where sure: risk by coverage, the area under that curve, and a cut whose risk is guaranteed."""

from __future__ import annotations

from math import ceil, log2
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Bools, Floats, Ints, binary, finite, fraction, same_length, vector

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class RiskCoverage(NamedTuple):
    """What is answered and lost at each cut, the surest rows first; rows of equal confidence are one step."""

    coverage: Floats
    risk: Floats
    threshold: Floats
    n: Ints


class Guarantee(NamedTuple):
    """Rows answered at a confidence of ``threshold`` or more, and the risk that they stay under."""

    threshold: float
    n: int
    errors: int
    bound: float


def risk_coverage(loss: ArrayLike, confidence: ArrayLike) -> RiskCoverage:
    """Return the mean loss of the rows that are answered, for every cut of the confidence.

    Parameters
    ----------
    loss : array_like of float, shape (n,)
        0 or 1 for classes, any finite loss else. n = 0 gives no steps.
    confidence : array_like of float, shape (n,)
        Higher is surer.

    References
    ----------
    El-Yaniv and Wiener (2010). On the foundations of noise-free selective classification. JMLR 11.
    """
    losses, sure = _checked(loss, confidence)
    order = np.argsort(-sure, kind="stable")
    ordered = sure[order]
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True]) if sure.size else np.zeros(0, np.int64)
    answered = (last + 1).astype(np.int64)
    lost = np.cumsum(losses[order])[last]
    return RiskCoverage(answered / max(sure.size, 1), lost / np.maximum(answered, 1), ordered[last], answered)


def aurc(loss: ArrayLike, confidence: ArrayLike) -> float:
    """Return the mean of the risk over the coverages 1/n, 2/n … 1; NaN without rows.

    Rows of equal confidence come in a random order, and the mean over those orders is returned: the order of the
    rows does not matter.

    Parameters
    ----------
    loss, confidence
        As for :func:`risk_coverage`.

    References
    ----------
    Geifman, Uziel and El-Yaniv (2019). Bias-reduced uncertainty estimation for deep neural classifiers. ICLR.
    """
    losses, _ = _checked(loss, confidence)
    if not losses.size:
        return float("nan")
    steps = risk_coverage(loss, confidence)
    sizes = np.diff(np.r_[0, steps.n])
    lost = steps.risk * steps.n
    mean = np.diff(np.r_[0.0, lost]) / sizes
    before = np.r_[0, steps.n[:-1]]
    place = np.arange(1, losses.size + 1)
    within = place - np.repeat(before, sizes)
    return float(np.mean((np.repeat(lost - mean * sizes, sizes) + within * np.repeat(mean, sizes)) / place))


def excess_aurc(loss: ArrayLike, confidence: ArrayLike) -> float:
    """Return how far the area lies above that of the best order, in which every smaller loss comes first."""
    losses, _ = _checked(loss, confidence)
    return aurc(losses, confidence) - aurc(losses, -losses)


def error_bound(errors: ArrayLike, n: ArrayLike, delta: float) -> Floats:
    """Return the exact upper bound of an error rate, which holds with probability ``1 - delta``; 1 without rows.

    References
    ----------
    Clopper and Pearson (1934). The use of confidence or fiducial limits. Biometrika 26; one-sided.
    """
    fraction("delta", delta)
    wrong, trials = np.broadcast_arrays(np.asarray(errors, np.float64), np.asarray(n, np.float64))
    if not np.all((wrong >= 0) & (wrong <= trials)):
        raise InputError("errors and n must be counts with 0 <= errors <= n; got other values")
    some = wrong < trials
    bound = special.betaincinv(np.where(some, wrong + 1, 1), np.where(some, trials - wrong, 1), 1 - delta)
    return np.asarray(np.where(some, bound, 1.0))


def guaranteed(wrong: ArrayLike, confidence: ArrayLike, risk: float, delta: float = 0.05) -> Guarantee | None:
    """Return the widest cut found whose true error rate is at most ``risk`` with probability ``1 - delta``.

    The binary search asks about ceil(log2 n) cuts; each bound is exact for the binomial and holds at ``delta``
    over that number, so all of them hold together.

    Parameters
    ----------
    wrong : array_like of bool or 0/1, shape (n,)
        Rows drawn as those will be that are answered later; not those that the model learned from.
    confidence : array_like of float, shape (n,)
        Higher is surer.
    risk : float
        The error rate that is allowed.
    delta : float
        The chance that the guarantee is broken.

    Returns
    -------
    Guarantee or None
        None where no cut that was asked about keeps the risk.

    References
    ----------
    Geifman and El-Yaniv (2017). Selective classification for deep neural networks. NeurIPS; algorithm 1.
    """
    fraction("risk", risk)
    fraction("delta", delta)
    losses: Bools = binary("wrong", wrong)
    steps = risk_coverage(losses, confidence)
    if not losses.size:
        return None
    questions = max(ceil(log2(losses.size)), 1)
    low, high = 1, losses.size + 1  # rows answered: the first that may be kept, the first that may not
    best: Guarantee | None = None
    for _ in range(questions):
        if low >= high:
            break
        middle = (low + high) // 2
        at = int(np.searchsorted(steps.n, middle))  # rows of equal confidence go together
        n = int(steps.n[at])
        errors = round(float(steps.risk[at]) * n)
        bound = float(error_bound(errors, n, delta / questions))
        if bound <= risk:
            if best is None or n > best.n:
                best = Guarantee(float(steps.threshold[at]), n, errors, bound)
            low = n + 1
        else:
            high = middle
    return best


def _checked(loss: ArrayLike, confidence: ArrayLike) -> tuple[Floats, Floats]:
    losses, sure = finite("loss", np.asarray(loss, np.float64)), vector("confidence", confidence)
    same_length(loss=losses, confidence=sure)
    return losses, sure
