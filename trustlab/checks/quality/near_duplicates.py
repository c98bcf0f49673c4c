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

    from trustlab.stats.sampling import subsample

    train = subject.train
    names = [name for name in subject.X.columns if train is None or name in train.X.columns]
    limit = max(MOST_CELLS // max(len(names), 1), 1000)
    audited = subsample(subject.n, limit, context.rng(ID, "audited"))
    trained = np.zeros(0, np.int64) if train is None else subsample(train.n, limit, context.rng(ID, "train"))
    sides = [(subject.X, audited)] if train is None else [(train.X, trained), (subject.X, audited)]
    numeric = {name for name in names if all(_is_number(frame[name]) for frame, _ in sides)}
    n = trained.size + audited.size
    # Column by column, into what is compared: a copy of all rows beside it would be the most memory of all.
    numbers = np.empty((n, len(numeric)), np.float32, "F")
    codes = np.empty((n, len(names) - len(numeric)), np.int32, "F")
    exact, places = np.ones(n, np.uint64), {id(numbers): 0, id(codes): 0}
    for name in names:
        column = _stacked([frame[name] if len(rows) == len(frame) else frame[name].iloc[rows] for frame, rows in sides])
        target: NDArray[Any] = numbers if name in numeric else codes
        found: NDArray[Any]
        if name in numeric:
            plain = column.to_numpy(dtype=float, na_value=np.nan)
            raw, found = np.where(np.isnan(plain), np.nan, plain + 0.0).view(np.int64), _scaled(plain, tolerance)
        else:
            raw, found = _coded(column)
        _mix(exact, raw)
        target[:, places[id(target)]] = found
        places[id(target)] += 1
    return _Rows(
        numbers=numbers,
        codes=codes,
        exact=exact.view(np.int64),
        first=trained.size,
        audited=audited,
        trained=trained,
        against_training=train is not None,
    )


def _is_number(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    return types.is_numeric_dtype(column) and not types.is_bool_dtype(column) and not types.is_complex_dtype(column)


def _stacked(parts: list[pd.Series[Any]]) -> pd.Series[Any]:
    import pandas as pd

    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _mix(found: NDArray[np.uint64], codes: NDArray[np.int64]) -> None:
    """Stir a column's codes into a number per row, in place: equal rows stay equal, others hardly ever become so."""
    import numpy as np

    found ^= codes.view(np.uint64)
    found *= np.uint64(0x9E3779B97F4A7C15)
    found ^= found >> np.uint64(29)


def _scaled(numbers: NDArray[np.float64], tolerance: float) -> NDArray[np.float32]:
    """Return a column in tolerances; missing and infinite values are far from everything but each other."""
    import numpy as np

    known = numbers[np.isfinite(numbers)]
    spread = float(known.std()) if known.size else 0.0
    scaled = numbers / (spread * tolerance) if spread * tolerance > 0 else numbers * 1e12
    if known.size < numbers.size:
        far = np.where(np.isnan(numbers), -1e17, np.where(numbers > 0, 1e17, -1e18))
        scaled = np.where(np.isfinite(numbers), np.nan_to_num(scaled), far)
    found: NDArray[np.float32] = np.clip(scaled, -1e18, 1e18).astype(np.float32)
    return found


def _coded(column: pd.Series[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return codes of what stands in a column, and codes of it without case, blanks and punctuation; -1 for missing."""
    import numpy as np
    import pandas as pd

    if column.dtype.kind in "mM":
        codes = np.asarray(pd.factorize(column)[0], np.int64)
        return codes, codes
    texts = column if column.dtype == "str" else column.astype(str).where(column.notna())
    codes, values = pd.factorize(texts, use_na_sentinel=True)
    found = pd.factorize(_bare(np.asarray(values, dtype=object)))[0][codes] if len(values) else codes
    return np.asarray(codes, np.int64), np.where(codes < 0, -1, found).astype(np.int64)


def _bare(texts: NDArray[Any]) -> NDArray[Any]:
    """Return texts without case, blanks and punctuation; one that is nothing else as it is."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    def bare(text: str) -> str:
        return "".join(filter(str.isalnum, text.casefold())) or text

    try:
        given = pa.array(texts, pa.string())
    except UnicodeEncodeError:  # half of a pair of surrogates
        return np.array([bare(text) for text in texts.tolist()], dtype=object)
    short = pc.replace_substring_regex(pc.ascii_lower(given), "[^0-9a-z]+", "")
    found: NDArray[Any] = pc.if_else(pc.equal(short, ""), given, short).to_numpy(zero_copy_only=False)
    for at in np.flatnonzero(~pc.string_is_ascii(given).to_numpy(zero_copy_only=False)).tolist():
        found[at] = bare(texts[at])
    return found


def _shuffled(table: _Rows, context: Context) -> _Rows:
    """Return the rows with each column shuffled by itself, within either side."""
    import numpy as np

    rng = context.rng(ID, "shuffle")
    numbers, codes = table.numbers.copy("K"), table.codes.copy("K")
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
        _mix(found, codes[:, place].astype(np.int64))
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
            _mix(cells, np.floor(table.numbers[:, place] / CELL + rng.random()).astype(np.int64))
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
