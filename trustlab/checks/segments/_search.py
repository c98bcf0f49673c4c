"""Slices proposed by one half of the rows, merged, and put to the test on the other half."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from trustlab.checks.segments._columns import Columns
    from trustlab.core.context import Context
    from trustlab.models.subject import Subject
    from trustlab.stats.error_tree import Condition, Node
    from trustlab.stats.intervals import Interval
    from trustlab.stats.lattice import Lattice

ID = "segments.worst_slice"
ALIKE = 0.5  # the share of common rows (Jaccard) from which two slices are one
LOOKED_AT = 20  # slices looked at for each that is put to the test: most repeat those before them
STILL = 2.0  # standard errors by which a slice must err more without the rows of slices before it
SMALLEST_P = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """The rows looked at, split: one half proposes, the other confirms.

    Parameters
    ----------
    rows : ndarray of int
        Row numbers of the subject.
    search, confirm : ndarray of int
        Places among ``rows``.
    errors : ndarray of float
        Of ``rows``.
    binary : bool
        Whether an error is 0 or 1.
    expected : ndarray of float or None
        Each row's chance of an error by the model's own probabilities, where an error is 0 or 1 and these are known.
    """

    rows: NDArray[np.int64]
    search: NDArray[np.int64]
    confirm: NDArray[np.int64]
    errors: NDArray[np.float64]
    binary: bool
    expected: NDArray[np.float64] | None
    columns: Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A slice that one half of the rows proposes."""

    path: tuple[Condition, ...]
    found_by: str
    score: float
    mean: float
    significant: bool
    merged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A slice as the half sees it that had no part in finding it."""

    words: str
    expression: str | None
    n: int
    error: float
    rest: float
    difference: Interval
    proposal: Proposal
    adjusted: float
    confirmed: bool
    inside: NDArray[np.bool_]
    expected: Interval | None

    @property
    def hidden(self) -> bool:
        """Whether the slice errs more than the model's own probabilities say, or these are not known."""
        return self.confirmed and (self.expected is None or self.error > self.expected.hi)


def row_errors(subject: Subject, loss: str) -> tuple[NDArray[np.float64], str]:
    """Return each row's error and what it is called."""
    import numpy as np

    assert subject.y is not None
    assert subject.y_pred is not None
    if loss == "log" and subject.proba is not None:
        right = subject.proba[np.arange(subject.n), subject.y.astype(int)]
        return -np.log(np.clip(right, 1e-6, 1)), "log loss"
    gap = subject.y_pred - subject.y
    if not subject.classes:
        return np.abs(gap).astype(float), "mean absolute error"
    return (gap != 0).astype(float), "error"


def halve(subject: Subject, max_rows: int, limits: tuple[int, int], loss: str, context: Context) -> Halves:
    """Return the rows, half and half by chance and every class alike, with their columns in codes."""
    import numpy as np

    from trustlab.checks.segments._columns import columns_of
    from trustlab.stats.sampling import stratified_halves, subsample

    def compute() -> Halves:
        assert subject.y is not None
        rng = context.rng(ID)
        errors, _ = row_errors(subject, loss)
        strata = subject.y
        if not subject.classes:
            strata = np.searchsorted(np.quantile(subject.y, [0.25, 0.5, 0.75]), subject.y)
        rows = subsample(subject.n, max_rows, rng)
        search, confirm = stratified_halves(strata[rows], rng)
        errors = errors[rows]
        columns = columns_of(subject, rows, search, errors, limits)
        binary = bool(np.isin(errors, (0.0, 1.0)).all()) and bool(subject.classes) and loss != "log"
        expected = _expected(subject)[rows] if binary and subject.proba is not None else None
        return Halves(
            rows=rows,
            search=search,
            confirm=confirm,
            errors=errors,
            binary=binary,
            expected=expected,
            columns=columns,
        )

    found: Halves = subject.memo(f"segments: halves {max_rows} {limits} {loss} {context.seed}", compute)
    return found


def _expected(subject: Subject) -> NDArray[np.float64]:
    """Return each row's chance of a wrong prediction, as the model's own probabilities have it."""
    import numpy as np

    assert subject.proba is not None
    assert subject.y_pred is not None
    expected: NDArray[np.float64] = 1 - subject.proba[np.arange(subject.n), subject.y_pred.astype(int)]
    return expected


def tree_of(halves: Halves, min_rows: int, depth: int, level: float) -> list[Node]:
    """Return the tree that the searching half grows."""
    from trustlab.stats.error_tree import grow_error_tree

    chosen = halves.columns.chosen
    return grow_error_tree(
        halves.errors[halves.search],
        halves.columns.codes[halves.search],
        [column.fine.size for column in chosen],
        [column.fine.edges is not None for column in chosen],
        min_rows,
        depth,
        level,
    )


def propose(halves: Halves, min_rows: int, order: int, most: int, level: float) -> tuple[list[Proposal], Lattice]:
    """Return the slices that err most in the searching half, from lattice and tree, those that repeat others merged.

    Where none is beyond what chance makes of so many slices, the first one is returned, not significant.
    """
    import numpy as np

    from trustlab.models.threads import few_cells, threads
    from trustlab.stats.lattice import search_lattice

    errors, codes = halves.errors[halves.search], halves.columns.codes[halves.search]
    with threads(few=few_cells(*codes.shape)):
        lattice = search_lattice(errors, halves.columns.coarse()[halves.search], min_rows, order)
    adjusted = lattice.adjusted()
    found = [
        Proposal(
            path=path,
            found_by="lattice",
            score=_score(float(lattice.mean[at]), int(lattice.n[at]), errors),
            mean=float(lattice.mean[at]),
            significant=bool(adjusted[at] <= 1 - level),
        )
        for at, path in enumerate(halves.columns.paths(lattice, LOOKED_AT * most))
    ]
    found += _leaves(halves, errors, codes, (min_rows, order, lattice.possible), level)
    ordered = sorted(found, key=lambda one: (not one.significant, -one.score))
    if ordered and not ordered[0].significant:
        return ordered[:1], lattice
    significant = [one for one in ordered if one.significant]
    return _merged(significant, np.asarray(codes), errors, min_rows, most), lattice


def _score(mean: float, n: int, errors: NDArray[np.float64]) -> float:
    """Return by how many standard errors a slice errs more than all rows, rounded so that equal slices tie."""
    return round(float((mean - errors.mean()) * n**0.5 / (errors.std() or 1.0)), 9)


def _leaves(
    halves: Halves, errors: NDArray[np.float64], codes: NDArray[np.int64], sizes: tuple[int, int, int], level: float
) -> list[Proposal]:
    """Return the tree's nodes that err more than the rest, each tried as often as there are slices in the lattice."""
    min_rows, order, possible = sizes
    proposals = []
    for node in tree_of(halves, min_rows, order, level)[1:]:
        inside = node.rows(codes)
        p_value = p_worse(errors[inside], errors[~inside], binary=halves.binary)
        proposals.append(
            Proposal(
                path=node.path,
                found_by="tree",
                score=_score(node.mean, node.n, errors),
                mean=node.mean,
                significant=p_value * possible <= 1 - level,
            )
        )
    return [one for one in proposals if one.score > 0]


def _merged(
    found: Sequence[Proposal], codes: NDArray[np.int64], errors: NDArray[np.float64], min_rows: int, most: int
) -> list[Proposal]:
    """Return the slices that say something new: not the rows of one before, nor bad only for holding its rows."""
    import numpy as np

    chosen: list[Proposal] = []
    masks: list[NDArray[np.bool_]] = []
    covered = np.zeros(errors.size, np.bool_)
    for one in found[: LOOKED_AT * most]:
        inside = np.logical_and.reduce([condition.rows(codes) for condition in one.path])
        shares = [float((inside & mask).sum() / (inside | mask).sum()) for mask in masks]
        if shares and (max(shares) > ALIKE or not _still_worse(inside & ~covered, covered, errors, min_rows)):
            at = int(np.argmax(shares))
            chosen[at] = replace(chosen[at], merged=chosen[at].merged + 1)
        elif len(chosen) < most:
            chosen.append(one)
            masks.append(inside)
            covered |= inside
    return chosen


def _still_worse(fresh: Any, covered: Any, errors: NDArray[np.float64], min_rows: int) -> bool:
    """Return whether the rows of a slice that are in none before it err more than the other rows that are in none."""
    others = errors[~covered]
    if fresh.sum() < min_rows or not others.size:
        return False
    spread = float(others.std())
    gap = float(errors[fresh].mean() - others.mean())
    return gap > 0 and (spread == 0 or gap * float(fresh.sum()) ** 0.5 / spread > STILL)


def confirm(halves: Halves, proposals: Sequence[Proposal], min_rows: int, level: float) -> list[Tested]:
    """Return the proposals with enough rows in the other half, tested on it."""
    import numpy as np

    from trustlab.stats.multiplicity import benjamini_hochberg

    errors, codes = halves.errors[halves.confirm], halves.columns.codes[halves.confirm]
    masks = [np.logical_and.reduce([condition.rows(codes) for condition in one.path]) for one in proposals]
    kept = [at for at, mask in enumerate(masks) if min_rows <= mask.sum() <= mask.size - min_rows]
    sides = [(errors[masks[at]], errors[~masks[at]]) for at in kept]
    adjusted = benjamini_hochberg([p_worse(*pair, binary=halves.binary) for pair in sides])
    confirmed = [bool(p <= 1 - level) and proposals[at].significant for at, p in zip(kept, adjusted, strict=True)]
    # intervals for what a false discovery rate has picked: as wide as the share picked asks for, so that those of
    # confirmed slices leave 0 out (Benjamini and Yekutieli 2005)
    each = 1 - (1 - level) * max(sum(confirmed), 1) / max(len(kept), 1)
    return [
        Tested(
            words=halves.columns.words(proposals[at].path),
            expression=halves.columns.expression(proposals[at].path),
            n=inside.size,
            error=float(inside.mean()),
            rest=float(outside.mean()),
            difference=difference(inside, outside, each, binary=halves.binary),
            proposal=proposals[at],
            adjusted=float(adjusted[rank]),
            confirmed=confirmed[rank],
            inside=masks[at],
            expected=_own_expectation(halves, masks[at], each),
        )
        for rank, (at, (inside, outside)) in enumerate(zip(kept, sides, strict=True))
    ]


def _own_expectation(halves: Halves, inside: NDArray[np.bool_], level: float) -> Interval | None:
    """Return the error that the model's own probabilities expect in a slice, and what would be no surprise then.

    The number of errors is a sum of independent ones with known chances: its normal approximation.
    """
    from trustlab.stats.intervals import Interval, normal_quantile

    if halves.expected is None:
        return None
    p = halves.expected[halves.confirm][inside]
    half = normal_quantile(level) * float((p * (1 - p)).sum()) ** 0.5 / p.size
    return Interval(float(p.mean()), float(p.mean()) - half, float(p.mean()) + half)


def difference(inside: NDArray[np.float64], outside: NDArray[np.float64], level: float, *, binary: bool) -> Interval:
    """Return the mean error inside minus outside: Newcombe's interval for shares, Welch's for means."""
    from trustlab.stats.intervals import newcombe
    from trustlab.stats.means import welch

    if binary:
        return newcombe(inside.sum(), inside.size, outside.sum(), outside.size, level).at(())
    return welch(inside, outside).interval(level)


def p_worse(inside: NDArray[np.float64], outside: NDArray[np.float64], *, binary: bool) -> float:
    """Return the two-sided p-value that belongs to the interval of `difference`; 1 where inside errs no more."""
    import numpy as np
    from scipy import optimize

    from trustlab.stats.means import welch

    found = welch(inside, outside)
    if found.value <= 0:
        return 1.0
    if not binary:
        return found.p_value

    def end(log_p: float) -> float:
        return difference(inside, outside, 1 - float(np.exp(log_p)), binary=True).lo

    # the level at which the interval begins to touch 0; beyond this nothing is gained
    least, most = float(np.log(SMALLEST_P)), float(np.log(0.999))
    if end(least) >= 0:
        return SMALLEST_P
    return float(np.exp(optimize.brentq(end, least, most))) if end(most) > 0 else 1.0
