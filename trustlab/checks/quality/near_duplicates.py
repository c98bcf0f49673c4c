"""Are rows copies of others but for noise or formatting?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

ID = "quality.near_duplicates"
GRIDS = 5  # random grids: a pair that one cuts apart lies in one cell of another
CELL = 64  # widths of the tolerance in a cell
NEIGHBOURS = 3  # rows further on within a cell that a row is compared with
MOST_ROWS = 20  # of the view
MOST_COLUMNS = 6
MOST_CELLS = 100_000_000  # of a table: with more, rows are sampled


@operation(
    "check",
    "Near-duplicate rows",
    needs=("features",),
    threshold=Threshold(
        warn=0.0,
        fail=0.033,
        source="Barz and Denzler (2020) found a counterpart in training for 3.3 % of CIFAR-10's test images, and "
        "published models did significantly worse once these were replaced",
    ),
    references=(
        "Barz and Denzler (2020). Do we train on test data? Purging CIFAR of near-duplicates. Journal of Imaging 6",
        "Indyk and Motwani (1998). Approximate nearest neighbors: towards removing the curse of dimensionality. STOC",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "drop": ["decision", "score"]},
)
def near_duplicates(
    subject: Subject,
    tolerance: Annotated[float, Range(0, 1)] = 0.001,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Are rows copies of others but for noise or formatting?

    Two rows are near-duplicates where every number differs by at most ``tolerance`` standard deviations of its column,
    every text is the same without case, blanks and punctuation, and something differs (equal rows are those of
    ``quality.duplicates`` and ``quality.leakage``). Rows are dealt into the cells of random grids, and compared within
    a cell, so a million rows are no trouble; a pair can be missed. What chance brings is counted on the same rows with
    each column shuffled by itself, and taken off. Where training rows are known, audited rows are compared with them,
    else with each other; then the check can only warn, as in ``quality.duplicates``.

    In plain words
    --------------
    Many cases are near copies of others.

    What to do
    ----------
    Drop near-copies before the split, or keep them on one side of it.

    Parameters
    ----------
    subject : Subject
        Features; the training rows where known.
    tolerance : float
        Standard deviations of a number's column. A choice, with no source: raise it where noise is larger.
    level : float
        Confidence level of the interval.
    context : Context
        Where grids, shuffles and the sample come from; row order matters through it.

    Returns
    -------
    Result
        Value: the share of audited rows with a near-duplicate, less what chance brings, with Newcombe's interval.

    References
    ----------
    Indyk and Motwani (1998). Approximate nearest neighbors: towards removing the curse of dimensionality. STOC.
    """
    from trustlab.stats.intervals import newcombe

    if subject.n < 2:
        return not_applicable("needs two rows to compare")
    table = _table_of(subject, tolerance, context)
    pairs = _pairs(table, context, "rows")
    # where there is no pair, there is nothing that chance could have brought
    shuffled = _pairs(_shuffled(table, context), context, "chance") if len(pairs) else pairs
    hit, by_chance = len(pairs), len(shuffled)
    n = table.audited.size
    excess = newcombe(hit, n, by_chance, n, level).at(())
    where = "a training row" if table.against_training else "another audited row"
    chance = f"; shuffled columns would bring {by_chance:,}" if by_chance else ""
    reason = f"{hit:,} of {n:,} rows ({hit / n:.2%}) differ from {where} by noise or formatting only{chance}."
    status = None
    if excess.lo <= 0:
        status = Status.PASS
    elif not table.against_training:
        status = Status.WARN
    return Result(
        status=status,
        reason=reason,
        value=max(excess.value, 0.0),
        unit="share of rows",
        interval=(max(excess.lo, 0.0), excess.hi),
        level=level,
        n=n,
        views=[_view(subject, table, pairs)],
        advice=["Keep near-copies on one side of the split, or drop them before it."] if status != Status.PASS else [],
    )


class _Rows(NamedTuple):
    """Training rows (where known) above audited rows, in numbers of tolerances and codes of texts."""

    numbers: NDArray[np.float32]
    codes: NDArray[np.int32]
    exact: NDArray[np.int64]
    first: int
    audited: NDArray[np.int64]
    trained: NDArray[np.int64]
    against_training: bool


def _table_of(subject: Subject, tolerance: float, context: Context) -> _Rows:
    import numpy as np
    import pandas as pd
    from pandas.api import types

    from trustlab.checks.quality._rows import row_codes
    from trustlab.stats.sampling import subsample

    train = subject.train
    names = [name for name in subject.X.columns if train is None or name in train.X.columns]
    limit = max(MOST_CELLS // max(len(names), 1), 1000)
    audited = subsample(subject.n, limit, context.rng(ID, "audited"))
    trained = np.zeros(0, np.int64) if train is None else subsample(train.n, limit, context.rng(ID, "train"))
    parts = [subject.X[names].iloc[audited]]
    if train is not None:
        parts.insert(0, train.X[names].iloc[trained])
    frame = pd.concat(parts, ignore_index=True)
    numeric = [
        types.is_numeric_dtype(frame[name]) and not types.is_bool_dtype(frame[name]) and not _complex(frame[name])
        for name in names
    ]
    numbers = [_scaled(frame[name], tolerance) for name, at in zip(names, numeric, strict=True) if at]
    texts = [_normalised(frame[name]) for name, at in zip(names, numeric, strict=True) if not at]
    return _Rows(
        numbers=np.column_stack(numbers) if numbers else np.zeros((len(frame), 0), np.float32),
        codes=np.column_stack(texts) if texts else np.zeros((len(frame), 0), np.int32),
        exact=row_codes(frame),
        first=trained.size,
        audited=audited,
        trained=trained,
        against_training=train is not None,
    )


def _complex(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    return bool(types.is_complex_dtype(column))


def _scaled(column: pd.Series[Any], tolerance: float) -> NDArray[np.float32]:
    """Return a column in tolerances; missing and infinite values are far from everything but each other."""
    import numpy as np

    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    known = numbers[np.isfinite(numbers)]
    spread = float(known.std()) if known.size else 0.0
    scaled = numbers / (spread * tolerance) if spread * tolerance > 0 else numbers * 1e12
    far = np.where(np.isnan(numbers), -1e17, np.where(numbers > 0, 1e17, -1e18))
    found: NDArray[np.float32] = np.clip(np.where(np.isfinite(numbers), np.nan_to_num(scaled), far), -1e18, 1e18)
    return found.astype(np.float32)


def _normalised(column: pd.Series[Any]) -> NDArray[np.int32]:
    """Return codes of texts without case, blanks and punctuation; -1 for missing."""
    import numpy as np
    import pandas as pd

    codes, values = pd.factorize(column.astype(str).where(column.notna()), use_na_sentinel=True)
    plain = pd.Series(values, dtype=object).map(lambda text: "".join(filter(str.isalnum, text.casefold())) or text)
    found = pd.factorize(plain)[0][codes] if len(values) else codes
    return np.where(codes < 0, -1, found).astype(np.int32)


def _shuffled(table: _Rows, context: Context) -> _Rows:
    """Return the rows with each column shuffled by itself, within either side."""
    import numpy as np

    rng = context.rng(ID, "shuffle")
    numbers, codes = table.numbers.copy(), table.codes.copy()
    for part in (slice(0, table.first), slice(table.first, None)):
        for matrix in (numbers, codes):
            for place in range(matrix.shape[1]):
                matrix[part, place] = rng.permutation(matrix[part, place])
    exact = _hash(numbers.view(np.int32)) ^ _hash(codes, salt=1)
    return table._replace(numbers=numbers, codes=codes, exact=exact)


def _hash(codes: NDArray[np.int32], salt: int = 0) -> NDArray[np.int64]:
    """Return a number per row that equal rows share and others hardly ever."""
    import numpy as np

    found = np.full(len(codes), np.uint64(salt + 1))
    for place in range(codes.shape[1]):
        found ^= codes[:, place].astype(np.uint64) + np.uint64(place + 1)
        found *= np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found.view(np.int64)


def _pairs(table: _Rows, context: Context, salt: str) -> NDArray[np.int64]:
    """Return pairs (other row, audited row) of near-duplicates; one other row for each audited row."""
    import numpy as np

    rng = context.rng(ID, salt)
    fixed = _hash(table.codes)
    kept = []
    for _ in range(GRIDS if table.numbers.shape[1] else 1):
        cells = fixed.copy().view(np.uint64)
        for place in range(table.numbers.shape[1]):
            cell = np.floor(table.numbers[:, place] / CELL + rng.random()).astype(np.int64)
            cells ^= cell.view(np.uint64) + np.uint64(place + 1)
            cells *= np.uint64(0x9E3779B97F4A7C15)
            cells ^= cells >> np.uint64(29)
        order = np.lexsort((table.exact, cells)) if not table.numbers.shape[1] else np.argsort(cells, kind="stable")
        sorted_cells = cells[order]
        for step in range(1, NEIGHBOURS + 1):
            same = np.flatnonzero(sorted_cells[step:] == sorted_cells[:-step])
            kept.append(_near(table, order[same], order[same + step]))
    found = np.vstack(kept)
    _, once = np.unique(found[:, 1], return_index=True)
    pairs: NDArray[np.int64] = found[once]
    return pairs


def _near(table: _Rows, one: NDArray[np.int64], two: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which pairs are near, not equal, and concern an audited row (and a training row where there are any)."""
    import numpy as np

    if table.against_training:
        crossing = (one < table.first) != (two < table.first)
        one, two = one[crossing], two[crossing]
        one, two = np.minimum(one, two), np.maximum(one, two)
    near = table.exact[one] != table.exact[two]
    one, two = one[near], two[near]
    good = (table.codes[one] == table.codes[two]).all(axis=1)
    good &= (np.abs(table.numbers[one] - table.numbers[two]) <= 1).all(axis=1)
    pairs = np.column_stack([one[good], two[good]])
    return pairs if table.against_training else np.vstack([pairs, pairs[:, ::-1]])


def _view(subject: Subject, table: _Rows, pairs: NDArray[np.int64]) -> Table:
    rows: list[tuple[Any, ...]] = []
    for other, row in pairs[:MOST_ROWS]:
        mine = int(table.audited[row - table.first])
        side = subject.train if table.against_training and subject.train is not None else subject
        theirs = int(table.trained[other]) if table.against_training else int(table.audited[other])
        values = [
            (str(name), subject.X[name].iloc[mine], side.X[name].iloc[theirs])
            for name in subject.X.columns[:200]
            if name in side.X.columns
        ]
        unlike = [f"{name}: {one!s} / {two!s}" for name, one, two in values if str(one) != str(two)]
        rows.append((mine, theirs, "; ".join(unlike[:MOST_COLUMNS])))
    other = "training row" if table.against_training else "other row"
    return Table(
        name="pairs",
        title="Rows that differ by noise or formatting only",
        columns=("row", other, "what differs"),
        rows=rows,
        caption=f"Rows are counted from 0. {max(len(pairs) - MOST_ROWS, 0):,} more.",
    )
