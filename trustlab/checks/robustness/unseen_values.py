"""Does the model answer what cannot be?"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import listed
from trustlab.core.errors import InputError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Matrix, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

ID = "robustness.unseen_values"
SINGLY = 12  # columns that are asked one by one where all of them together are refused
UNKNOWN = "never seen before"


@operation(
    "check",
    "Impossible and unseen input",
    needs=("model", "features"),
    tasks=("binary", "multiclass", "regression"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: whether the model or what stands before it refuses impossible values is a design. "
        "Shown, not judged",
    ),
    references=(
        "Breck, Polyzotis, Roy, Whang and Zinkevich (2019). Data validation for machine learning. MLSys",
        "Regulation (EU) 2024/1689 (AI Act), Article 15(4): resilience to errors, faults and inconsistencies",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def unseen_values(
    subject: Subject,
    max_columns: Annotated[int, Range(1), Unit("columns")] = 40,
    *,
    context: Context,
) -> Result:
    """Does the model answer what cannot be?

    One value of an audited row is made impossible at a time: missing, infinite, negative where none was, a million
    times the largest seen, a text in place of a number, a category never seen, an empty text; then a whole row is
    emptied and a column left out. What comes back is an answer, an answer with a warning, a refusal (an error of value
    or type), an answer that is none (not a number, no class) or another error. An answer without complaint means that
    such rows are predicted in use, unless something before the model refuses them.

    In plain words
    --------------
    The model answers without complaint when it is told what cannot be.

    What to do
    ----------
    Refuse such rows before the model is asked: it answers them without complaint.

    Parameters
    ----------
    subject : Subject
        The model and audited rows.
    max_columns : int
        Columns to try, drawn by the seed where there are more.
    context : Context
        Where rows and columns come from.

    Returns
    -------
    Result
        Value: the kinds of impossible input that are answered without complaint in some column. Views ``answers``
        (columns by kind and outcome) and ``kinds``.
    """
    from trustlab.stats.sampling import subsample

    rng = context.rng(ID)
    places = subsample(subject.X.shape[1], max_columns, rng)
    names = [subject.X.columns[place] for place in places]
    number = int(rng.integers(subject.n)) if subject.n else 0
    base = subject.X.iloc[[number]].reset_index(drop=True)
    found = [_asked(subject, base, probe) for probe in _probes(subject, base, names)]
    if not found:
        return not_applicable("no column has a value that cannot be")
    return _finding(subject, found, len(names))


@dataclass(frozen=True)
class _Probe:
    """A kind of impossible input.

    Parameters
    ----------
    cells : mapping
        The impossible value by column; each is tried in a row of its own.
    row : frame or None
        The whole row, where not one value alone is wrong.
    """

    kind: str
    cells: dict[Any, Any] = field(default_factory=dict)
    row: pd.DataFrame | None = None


@dataclass
class _Answers:
    """What came back, by column."""

    kind: str
    outcome: dict[str, list[str]] = field(
        default_factory=lambda: {"answered": [], "warned": [], "refused": [], "no answer": [], "other error": []}
    )
    message: str = ""
    confidence: float | None = None


def _probes(subject: Subject, base: pd.DataFrame, names: list[Any]) -> Iterator[_Probe]:
    import numpy as np
    import pandas as pd

    numbers = set(subject.numeric_columns)
    numeric = [name for name in names if str(name) in numbers]
    seen = {name: subject.X[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in numeric}
    seen = {name: values[np.isfinite(values)] for name, values in seen.items()}
    numeric = [name for name in numeric if seen[name].size]
    words = [name for name in names if name not in seen and not pd.api.types.is_datetime64_any_dtype(base[name])]
    whole = [name for name in names if not subject.X[name].isna().any()]
    kinds: dict[str, dict[Any, Any]] = {
        "missing, where none was": dict.fromkeys(whole, None),
        "infinite": dict.fromkeys(numeric, np.inf),
        "negative, where none was": {name: -seen[name].max() - 1 for name in numeric if seen[name].min() >= 0},
        "a million times the largest": {name: 1e6 * (np.abs(seen[name]).max() or 1.0) for name in numeric},
        "text in place of a number": dict.fromkeys(numeric, "unknown"),
        "category never seen": dict.fromkeys(words, UNKNOWN),
        "empty text": dict.fromkeys(words, ""),
    }
    for kind, values in kinds.items():
        if values:
            yield _Probe(kind, values)
    yield _Probe("a row of gaps", row=_emptied(base))
    if base.shape[1] > 1:
        yield _Probe("a column left out", row=base.drop(columns=[names[0]]))


def _with(base: pd.DataFrame, values: dict[Any, Any]) -> pd.DataFrame:
    """Return a row for each value, with that value in its column, in a type that can hold it."""
    import numpy as np
    import pandas as pd

    rows = base.iloc[np.zeros(len(values), dtype=int)].reset_index(drop=True)
    for at, (name, value) in enumerate(values.items()):
        cells = rows[name].tolist()
        cells[at] = value
        numeric = pd.api.types.is_numeric_dtype(base[name]) and not isinstance(value, str)
        rows[name] = pd.Series(cells, dtype=np.float64 if numeric else object)
    return rows


def _emptied(base: pd.DataFrame) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    gaps = {}
    for name in base.columns:
        numeric = pd.api.types.is_numeric_dtype(base[name])
        gaps[name] = np.array([np.nan]) if numeric else np.array([None], dtype=object)
    return pd.DataFrame(gaps)


def _asked(subject: Subject, base: pd.DataFrame, probe: _Probe) -> _Answers:
    """Return what the model says: to all columns' rows at once, and one by one where that is refused."""
    found = _Answers(probe.kind)
    names = [str(name) for name in probe.cells] or ["the row"]
    rows = _with(base, probe.cells) if probe.row is None else probe.row
    outcome, found.message = _outcome(subject, rows, found)
    if outcome in {"answered", "warned"} or len(names) == 1:
        found.outcome[outcome] = names
        return found
    for name, value in list(probe.cells.items())[:SINGLY]:
        outcome, message = _outcome(subject, _with(base, {name: value}), found)
        found.outcome[outcome].append(str(name))
        found.message = message or found.message
    return found


def _outcome(subject: Subject, rows: pd.DataFrame, found: _Answers) -> tuple[str, str]:
    assert subject.predictor is not None
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            subject.predict(rows)
            proba = subject.predict_proba(rows) if subject.classes and subject.predictor.has_proba else None
        except InputError as error:
            cause = error.__cause__
            if cause is None and ": X must" in error.message:
                return "refused", error.message
            if cause is None:
                return "no answer", error.message
            kind = "refused" if isinstance(cause, ValueError | TypeError) else "other error"
            return kind, f"{type(cause).__name__}: {str(cause).splitlines()[0] if str(cause) else ''}"
    if proba is not None:
        found.confidence = float(proba.max(axis=1).mean())
    return ("warned", str(said[0].message)) if said else ("answered", "")


def _finding(subject: Subject, found: list[_Answers], columns: int) -> Result:
    quiet = [one for one in found if one.outcome["answered"]]
    broken = [one for one in found if one.outcome["other error"] or one.outcome["no answer"]]
    usual = None
    if subject.proba is not None:
        usual = float(subject.proba.max(axis=1).mean())
    sure = [one for one in quiet if one.confidence is not None]
    most = max(sure, key=lambda one: one.confidence or 0.0, default=None)
    told = ", ".join(one.kind for one in quiet[:4]) + (", …" if len(quiet) > 4 else "")
    said = f" ({told})" if quiet else ""
    said += f"; {most.kind} with {most.confidence:.0%} confidence on average" if most and most.confidence else ""
    crash = f" {len(broken)} end in an error that is no refusal, or in no valid answer." if broken else ""
    outcomes = tuple(found[0].outcome)
    return Result(
        reason=f"Of {len(found)} kinds of impossible input {len(quiet)} are answered without complaint{said}.{crash}",
        value=len(quiet),
        unit="kinds",
        n=columns,
        views=[
            Matrix(
                name="answers",
                title="Columns by impossible input and outcome",
                columns=("input", *outcomes),
                rows=[(one.kind, *(len(one.outcome[name]) for name in outcomes)) for one in found],
                row_axis="input",
                column_axis="outcome",
                caption=f"Where all columns together are refused, the first {SINGLY} are asked one by one.",
            ),
            Table(
                name="kinds",
                title="What the model says",
                columns=("input", "answered_in", "refused_in", "says", "confidence", "usual_confidence"),
                rows=[(one.kind, *_names(one), one.message[:200] or None, one.confidence, usual) for one in found],
            ),
        ],
    )


def _names(one: _Answers) -> tuple[str, str]:
    def some(names: list[str]) -> str:
        return listed(names, 5) or "none"

    refused = [
        name for outcome, names in one.outcome.items() if outcome not in {"answered", "warned"} for name in names
    ]
    return some(one.outcome["answered"] + one.outcome["warned"]), some(refused)
