"""Do audited rows hold categories that training never saw?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

FREE_TEXT = 0.5  # a text column with more different values than this share of its rows has no categories to know
MOST_ROWS = 50  # of the view
NAMED = 3
SHOWN = 15


@operation(
    "check",
    "Unseen categories",
    needs=("features", "train"),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: of a category that training never saw, the model has learned nothing. Rare ones turn up "
        "by chance, as many as training's single ones foretell (Good 1953): those pass",
    ),
    references=("Good (1953). The population frequencies of species and the estimation of parameters. Biometrika 40",),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def unseen_categories(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95) -> Result:
    """Do audited rows hold categories that training never saw?

    Text, truth values and categories are looked at, not numbers, identifiers or free text. Some rare categories are
    always new: the expected share of rows is that of the values which training saw once (Good and Turing's estimate).
    Where no more came than chance explains, over all features, the check passes. The model's error on the rows with a
    new category is compared with the rest.

    In plain words
    --------------
    There are cases of a kind that the model never met while it learned.

    What to do
    ----------
    Map new categories to a known one or to 'other' on purpose, or train again with them.

    Parameters
    ----------
    subject : Subject
        Audited rows and the training rows; predictions and labels where known.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    Result
        Value: the share of audited rows with at least one unseen category, with Wilson's interval.

    References
    ----------
    Good (1953). The population frequencies of species and the estimation of population parameters. Biometrika 40.
    """
    import numpy as np

    from trustlab.stats.disparity import shared_level
    from trustlab.stats.intervals import newcombe, wilson

    train = subject.train
    assert train is not None
    names = [name for name in subject.X.columns if name in train.X.columns and _has_categories(train.X[name])]
    if not names:
        return not_applicable("needs a feature with categories; numbers, identifiers and free text have none")
    new = np.zeros(subject.n, bool)
    rows: list[tuple[Any, ...]] = []
    beyond = False
    for name in names:
        unseen, examples, kinds, singles = _unseen(train.X[name], subject.X[name])
        if not unseen.any():
            continue
        new |= unseen
        count = int(unseen.sum())
        rows.append((str(name), kinds, count, *wilson(count, subject.n, level).at(()), singles / train.n, examples))
        # what training foretells is counted on rows too, and the feature that goes beyond it most is picked
        beyond |= newcombe(count, subject.n, singles, train.n, shared_level(level, len(names))).at(()).lo > 0
    overall = wilson(int(new.sum()), subject.n, level).at(())
    reason = f"No row has a category that training never saw ({counted(len(names), 'feature')}, n {subject.n:,})."
    if rows:
        reason = f"{int(new.sum()):,} of {subject.n:,} rows ({overall.value:.2%}) have a category new to training"
        rows.sort(key=lambda row: (-row[2], row[0]))
        reason += f": {rows[0][0]} ({rows[0][-1]})." if beyond else ", no more than chance brings of rare ones."
    errors, sentence = _errors(subject, new, level)
    return Result(
        status=None if beyond else Status.PASS,
        reason=reason + sentence,
        value=overall.value,
        unit="share of rows",
        interval=(overall.lo, overall.hi),
        level=level,
        n=subject.n,
        views=[*_by_column(rows), *errors],
    )


def _by_column(rows: list[tuple[Any, ...]]) -> list[Series | Table]:
    columns = ("feature", "new values", "rows", "share", "share_lo", "share_hi", "foreseen", "examples")
    picture = Series(
        name="picture",
        title="Rows with a category that training never saw",
        columns=columns[:-1],
        rows=[row[:-1] for row in rows[:SHOWN]],
        x="feature",
        y=("share", "foreseen"),
        mark="point",
    )
    table = Table(
        name="by_column",
        title="Features with unseen categories",
        columns=columns,
        rows=rows[:MOST_ROWS],
        units={"rows": "rows", "share": "share of rows"},
        caption="Foreseen: the share of rows that new rare values bring by chance (Good and Turing).",
    )
    return [picture, table] if rows else [table]


def _has_categories(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    from trustlab.data.roles import is_time, names_rows

    if types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
        return False
    known = column.dropna()
    if not len(known) or is_time(column) or names_rows(column):
        return False
    return int(known.astype(str).nunique()) <= max(FREE_TEXT * len(known), 2)


def _unseen(before: pd.Series[Any], after: pd.Series[Any]) -> tuple[NDArray[Any], str, int, int]:
    """Return the rows with a new value, examples, how many values are new, and the values that training saw once."""
    counts = before.dropna().astype(str).value_counts()
    values = after.astype(str)
    unseen = (~values.isin(counts.index) & after.notna()).to_numpy(dtype=bool)
    found = values[unseen].value_counts()
    names = sorted(found.index, key=lambda value: (-int(found[value]), value))
    words = ", ".join(repr(name[:30]) for name in names[:NAMED]) + (", …" if len(names) > NAMED else "")
    return unseen, words, len(names), int((counts == 1).sum())


def _errors(subject: Subject, new: NDArray[Any], level: float) -> tuple[list[Table], str]:
    """Return the model's error on rows with and without a new category, and a sentence."""
    import numpy as np

    from trustlab.stats.intervals import newcombe, wilson

    if subject.y is None or subject.y_pred is None or not new.any() or new.all() or not subject.classes:
        return [], ""
    wrong = np.asarray(subject.y_pred != subject.y)
    sides = [("a new category", new), ("none", ~new)]
    rows = [(words, int(at.sum()), *wilson(int(wrong[at].sum()), int(at.sum()), level).at(())) for words, at in sides]
    gap = newcombe(rows[0][2] * rows[0][1], rows[0][1], rows[1][2] * rows[1][1], rows[1][1], level).at(())
    table = Table(
        name="errors",
        title="The model's error",
        columns=("rows with", "n", "error", "error_lo", "error_hi"),
        rows=rows,
        units={"n": "rows", "error": "share of rows"},
    )
    noise = "; the difference could be noise" if gap.lo <= 0 <= gap.hi else ""
    return [table], f" The model errs in {rows[0][2]:.1%} of them and in {rows[1][2]:.1%} of the others{noise}."
