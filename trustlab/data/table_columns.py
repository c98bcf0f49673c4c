"""One column before and after: its numbers, how many cells changed, and how its values are spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from trustlab.data.cells import Cells
    from trustlab.data.row_pairs import Pairs

Holds = Literal["number", "time", "category", "text"]
Shares = tuple[tuple[str, float, float], ...]

BINS = 10
TOP = 8
MISSING, REST = "missing", "all other values"
# Categories that together make less of the rows than this are free text, of which a picture shows nothing.
COVERED = 0.2
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A column on one side.

    Parameters
    ----------
    type : str
        The pandas type.
    n, missing : int
        Rows, and those without a value.
    mean : float or None
        Of numbers.
    minimum, maximum : float, str or None
        Of numbers and times (ISO 8601).
    distinct : int or None
        Different values, of anything else.
    """

    type: str
    n: int
    missing: int
    mean: float | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    distinct: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the side as JSON data."""
        share = self.missing / self.n if self.n else None
        fields = {name: getattr(self, name) for name in ("type", "n", "missing", "mean", "minimum", "maximum")}
        return {**fields, "missing_share": share, "distinct": self.distinct}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDiff:
    """One column that both tables have.

    Parameters
    ----------
    name, before_name : str
        Its later and its earlier name.
    holds : str
        How it was looked at: number, time, category or text.
    before, after : Side
    changed : int or None
        Cells that differ among the rows that are in both; None where rows have no key.
    compared : int or None
        Those rows.
    mean_difference, largest_difference : float or None
        Of the changed cells that are numbers on both sides, by size.
    moved : float
        How much the spread of its values moved: the total variation distance of ``shares``, from 0 to 1.
    shares : sequence of (str, float, float)
        Bin or category, and its share of the rows before and after.
    """

    name: str
    before_name: str
    holds: Holds
    before: Side
    after: Side
    changed: int | None = None
    compared: int | None = None
    mean_difference: float | None = None
    largest_difference: float | None = None
    moved: float = 0.0
    shares: Shares = ()

    @property
    def changed_share(self) -> float | None:
        """The changed cells' share of the rows that are in both."""
        return None if self.changed is None else self.changed / self.compared if self.compared else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON data."""
        plain = ("name", "before_name", "holds", "changed", "mean_difference", "largest_difference", "moved")
        return {
            **{name: getattr(self, name) for name in plain},
            "changed_share": self.changed_share,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "shares": [list(row) for row in self.shares],
        }


def describe(
    before: pd.Series[Any], after: pd.Series[Any], values: Cells, pairs: Pairs | None = None
) -> tuple[ColumnDiff, np.ndarray | None]:
    """Return a column's difference, and which pairs of rows differ in it where there are pairs.

    Parameters
    ----------
    values : Cells
        Both sides, comparable.
    pairs : Pairs or None
        The rows that a key ties together.
    """
    import pandas as pd

    truth = all(pd.api.types.is_bool_dtype(side.dtype) for side in (before, after))
    present = [values.before[~values.gone_before], values.after[~values.gone_after]]
    gone = [int(values.gone_before.sum()), int(values.gone_after.sum())]
    labels, counts, moved = _spread(values, present, gone, truth=truth)
    sizes = len(before), len(after)
    shares = tuple(
        (label, one / sizes[0] if sizes[0] else 0.0, two / sizes[1] if sizes[1] else 0.0)
        for label, one, two in zip(labels, *counts, strict=True)
    )
    holds: Holds = "category" if truth or values.form == "code" else values.form
    if values.labels is not None and not _covers(shares):
        holds, shares = "text", ()
    sides = [
        _side(values, side, len(column), missing, str(column.dtype), truth=truth)
        for side, column, missing in zip(present, (before, after), gone, strict=True)
    ]
    found = ColumnDiff(
        name=str(after.name),
        before_name=str(before.name),
        holds=holds,
        before=sides[0],
        after=sides[1],
        moved=moved,
        shares=shares,
    )
    return _with_changes(found, values, pairs)


def _with_changes(found: ColumnDiff, values: Cells, pairs: Pairs | None) -> tuple[ColumnDiff, np.ndarray | None]:
    from dataclasses import replace

    import numpy as np

    if pairs is None:
        return found, None
    differ = values.differ(pairs.before, pairs.after)
    found = replace(found, changed=int(differ.sum()), compared=len(differ))
    if found.holds != "number" or not found.changed:
        return found, differ
    first, second = pairs.before[differ], pairs.after[differ]
    both = ~(values.gone_before[first] | values.gone_after[second])
    sides = values.before[first[both]].astype(float), values.after[second[both]].astype(float)
    with np.errstate(all="ignore"):  # infinities; the answer is then no number
        size = np.abs(sides[1] - sides[0])
        if size.size:
            found = replace(found, mean_difference=float(size.mean()), largest_difference=float(size.max()))
    return found, differ


def _side(values: Cells, present: np.ndarray, n: int, missing: int, dtype: str, *, truth: bool) -> Side:
    import numpy as np
    import pandas as pd

    if values.labels is not None or truth:
        return Side(type=dtype, n=n, missing=missing, distinct=int(np.count_nonzero(np.bincount(present))))
    if not present.size:
        return Side(type=dtype, n=n, missing=missing)
    low, high = present.min(), present.max()
    if values.form == "time":
        texts = [pd.Timestamp(int(end), unit=values.unit).isoformat() for end in (low, high)]
        return Side(type=dtype, n=n, missing=missing, minimum=texts[0], maximum=texts[1])
    with np.errstate(all="ignore"):
        mean = float(present.mean(dtype=float))
    return Side(type=dtype, n=n, missing=missing, mean=mean, minimum=low.item(), maximum=high.item())


def _covers(shares: Shares) -> bool:
    named = [max(one, two) for label, one, two in shares if label not in {MISSING, REST}]
    return not named or sum(named) >= COVERED


def _spread(
    values: Cells, present: Sequence[np.ndarray], gone: Sequence[int], *, truth: bool
) -> tuple[list[str], list[list[int]], float]:
    """Return bins or categories, the rows of each side in them, and how much they moved."""
    import numpy as np

    from trustlab.stats.two_sample import total_variation

    if values.labels is not None:
        labels, counts = _categories(values.labels, present)
        whole = [np.bincount(side, minlength=len(values.labels)) for side in present]
    else:
        labels, counts = _bins(values, present, truth=truth)
        whole = [np.array(side, dtype=np.int64) for side in counts]
    if any(gone):
        labels = [*labels, MISSING]
        counts = [[*side, missing] for side, missing in zip(counts, gone, strict=True)]
        whole = [np.append(side, missing) for side, missing in zip(whole, gone, strict=True)]
    moved = total_variation(*whole) if all(side.sum() for side in whole) else float("nan")
    return labels, counts, 0.0 if math.isnan(moved) else moved


def _categories(labels: np.ndarray, present: Sequence[np.ndarray]) -> tuple[list[str], list[list[int]]]:
    """Return the most frequent values, the rest as one."""
    import numpy as np

    counts = np.stack([np.bincount(side, minlength=len(labels)) for side in present])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    pooled = shares.sum(axis=0)
    order = np.argsort(-pooled, kind="stable")
    order = order[pooled[order] > 0]
    # One value alone is named rather than called the rest.
    top = order if len(order) <= TOP + 1 else order[:TOP]
    # Ties go by name, so that the order of the rows does not show.
    top = np.array(sorted(top, key=lambda at: (-pooled[at], str(labels[at]))), dtype=np.int64)
    rest = order[len(top) :]
    words = [str(labels[at]) for at in top]
    found = [side[top].tolist() for side in counts]
    if len(rest):
        words.append(REST)
        found = [[*side, int(whole[rest].sum())] for side, whole in zip(found, counts, strict=True)]
    return words, found


def _bins(values: Cells, present: Sequence[np.ndarray], *, truth: bool) -> tuple[list[str], list[list[int]]]:
    import numpy as np

    if truth:
        return ["False", "True"], [np.bincount(side, minlength=2).tolist() for side in present]
    finite = [side[np.isfinite(side)] if side.dtype.kind == "f" else side for side in present]
    labels, counts = _finite_bins(values, finite)
    beyond = [len(side) - len(kept) for side, kept in zip(present, finite, strict=True)]
    if any(beyond):
        return [*labels, "infinite"], [[*side, count] for side, count in zip(counts, beyond, strict=True)]
    return labels, counts


def _finite_bins(values: Cells, present: Sequence[np.ndarray]) -> tuple[list[str], list[list[int]]]:
    import numpy as np

    pooled = np.concatenate(present)
    if not pooled.size:
        return [], [[], []]
    whole = bool(values.form == "number" and np.all(pooled == np.floor(pooled)) and np.abs(pooled).max() < 1e15)
    low, high = float(pooled.min()), float(pooled.max())
    if whole and high - low <= BINS + 1:
        starts = np.arange(low, high + 1)
        counted = [np.bincount((side - low).astype(np.int64), minlength=len(starts)).tolist() for side in present]
        return [number_text(start) for start in starts], counted
    edges = _edges(pooled, values, whole=whole)
    cuts = edges.astype(float) if values.form == "number" else edges
    if len(cuts) > 1 and values.form == "number" and high == cuts[-1]:
        cuts[-1] = np.nextafter(cuts[-1], np.inf)  # the last bin holds its end where nothing is beyond
    counted = [np.bincount(np.searchsorted(cuts, side, side="right"), minlength=len(edges) + 1) for side in present]
    used = [at for at in range(len(edges) + 1) if 0 < at < len(edges) or counted[0][at] + counted[1][at]]
    names = _names(edges, values, whole=whole)
    return [names[at] for at in used], [side[used].tolist() for side in counted]


def _edges(pooled: np.ndarray, values: Cells, *, whole: bool) -> np.ndarray:
    """Return round edges over nearly all of the values; what lies far out goes into an open bin at the end."""
    import numpy as np

    low, high = (float(end) for end in np.quantile(pooled, (0.01, 0.99)))
    if low == high:
        low, high = float(pooled.min()), float(pooled.max())
    if low == high or not math.isfinite(high - low):
        return np.array([pooled.min()])
    if values.form == "time":
        first, width = int(pooled.min()), int(pooled.max()) - int(pooled.min())
        return np.array([first + width * at // BINS for at in range(BINS)], dtype=np.int64)
    step = _round_step((high - low) / BINS)
    step = max(step, 1.0) if whole else step
    # Whole numbers are named from first to last, so that the last edge is beyond them.
    first, last = math.floor(low / step), math.floor(high / step) + 1 if whole else math.ceil(high / step)
    # By way of text, which drops what multiplying left in the last digits.
    return np.array([float(f"{at * step:.12g}") for at in range(first, last + 1)])


def _round_step(raw: float) -> float:
    size: float = 10.0 ** math.floor(math.log10(raw))
    return next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= raw * (1 - 1e-9))


def _names(edges: np.ndarray, values: Cells, *, whole: bool) -> list[str]:
    if values.form == "time":
        texts = _time_texts(edges, values.unit)
        return [f"before {texts[0]}", *texts]
    texts = [number_text(edge) for edge in edges]
    if len(texts) == 1:
        return [f"below {texts[0]}", f"{texts[0]} or more"]
    step = edges[1] - edges[0]
    tops = (
        [number_text(edge - 1) for edge in edges[1:]]
        if whole and step > 1 and max(map(abs, edges)) < 1e4
        else texts[1:]
    )
    between = texts[:-1] if whole and step == 1 else [f"{one} to {two}" for one, two in zip(texts, tops, strict=False)]
    return [f"below {texts[0]}", *between, f"{texts[-1]} or more"]


def _time_texts(edges: np.ndarray, unit: str) -> list[str]:
    import pandas as pd

    moments = [pd.Timestamp(int(edge), unit=unit) for edge in edges]
    step = (moments[-1] - moments[0]).total_seconds() / max(len(moments) - 1, 1)
    return [f"{moment:%Y-%m-%d}" if step >= _DAY else f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments]


def number_text(value: float) -> str:
    """Return a number short enough for an axis: ``0.25``, ``12``, ``12k``, ``1.5M``."""
    for size, letter in ((1e12, ""), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            scaled = value / 1e3 if letter == "k" else value / size
            return f"{value:.3g}" if not letter else f"{scaled:.6g}{letter}"
    return f"{value + 0.0:.6g}"
