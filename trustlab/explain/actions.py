"""What may be changed in a row and what a change costs: types, observed ranges, categories and fixed columns.

A change of a number costs the share of rows that lie between the old and the new value (the percentile shift of Ustun,
Spangher and Liu), so costs have no unit and no outlier stretches them; a change of a category costs 1, as in Gower's
distance.

References
----------
Ustun, Spangher and Liu (2019). Actionable recourse in linear classification. FAT*.
Gower (1971). A general coefficient of similarity and some of its properties. Biometrics 27.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import numpy as np
    import pandas as pd

    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Bools, Floats, Ints

REFERENCE_ROWS = 5000
OPTIONS = 10
FREE_TEXT_FROM = 200  # distinct texts, more than half of them met once: names and notes, no categories
KNN = 5


@dataclass(frozen=True, slots=True)
class Action:
    """One feature that may change.

    Parameters
    ----------
    name : object
        The column.
    kind : {'number', 'whole', 'category'}
        Whole numbers stay whole, categories among those seen.
    options : ndarray, shape (k,)
        Values to try, seen in the reference rows.
    seen : ndarray of float or None
        The reference's numbers, ascending; None for a category.
    rises, falls : bool
        Which way a number may go.
    """

    name: Any
    kind: Literal["number", "whole", "category"]
    options: np.ndarray
    seen: Floats | None = None
    rises: bool = True
    falls: bool = True

    def ranks(self, values: Any) -> Floats:
        """Return the share of reference rows below each number, ties counted half."""
        import numpy as np

        assert self.seen is not None
        numbers = np.asarray(values, dtype=np.float64)
        low, high = np.searchsorted(self.seen, numbers, "left"), np.searchsorted(self.seen, numbers, "right")
        return np.asarray((low + high) / (2 * self.seen.size))

    def costs(self, old: Any, new: Any) -> Floats:
        """Return what changing ``old`` to ``new`` costs, elementwise and from 0 to 1."""
        import numpy as np

        if self.kind == "category":
            return np.asarray(np.asarray(old, dtype=object) != np.asarray(new, dtype=object), dtype=np.float64)
        return np.asarray(np.abs(self.ranks(new) - self.ranks(old)))

    def allowed(self, old: Any, new: Any) -> Bools:
        """Return whether a change is one, goes the right way, and neither fills nor makes a gap, elementwise."""
        import numpy as np
        import pandas as pd

        if self.kind == "category":
            first, second = np.asarray(old, dtype=object), np.asarray(new, dtype=object)
            differ = np.asarray(first != second, dtype=bool)
            return np.asarray(differ & ~np.asarray(pd.isna(first)) & ~np.asarray(pd.isna(second)))
        before, after = np.asarray(old, dtype=np.float64), np.asarray(new, dtype=np.float64)
        return np.asarray((self.rises & (after > before)) | (self.falls & (after < before)))


@dataclass(frozen=True, slots=True)
class Actions:
    """The features that may change, and why the others may not.

    Parameters
    ----------
    actions : tuple of Action
        What may change.
    fixed : mapping of str to str
        The reason by column.
    reference : frame
        Rows as they occur.
    """

    actions: tuple[Action, ...]
    fixed: dict[str, str]
    reference: pd.DataFrame

    def __iter__(self) -> Iterator[Action]:
        """Go through the actions."""
        return iter(self.actions)

    def __len__(self) -> int:
        """The number of features that may change."""
        return len(self.actions)

    def without(self, names: Collection[Any]) -> Actions:
        """Return the same without the features in ``names``."""
        kept = tuple(action for action in self.actions if action.name not in names)
        return Actions(kept, self.fixed, self.reference)

    def distances(self, one: pd.DataFrame, other: pd.DataFrame) -> Floats:
        """Return the cost from each row of ``one`` to each of ``other``, shape (a, b); a gap against a value is 1."""
        import numpy as np

        total = np.zeros((len(one), len(other)))
        for action in self.actions:
            if action.kind == "category":
                mine, theirs = _coded(one[action.name], other[action.name])
                total += mine[:, None] != theirs[None, :]
                continue
            first, second = (numbers_in(frame[action.name]) for frame in (one, other))
            gap = np.abs(action.ranks(first)[:, None] - action.ranks(second)[None, :])
            lost = np.isnan(first)[:, None] != np.isnan(second)[None, :]
            both = np.isnan(first)[:, None] & np.isnan(second)[None, :]
            total += np.where(lost, 1.0, np.where(both, 0.0, gap))
        return total

    def strangeness(self, rows: pd.DataFrame, *, own: bool = False) -> Floats:
        """Return the mean cost to the five nearest reference rows; with ``own``, the nearest (itself) is left out."""
        import numpy as np

        k = min(KNN + own, len(self.reference))
        nearest = np.sort(np.partition(self.distances(rows, self.reference), k - 1, axis=1)[:, :k], axis=1)
        return np.asarray(nearest[:, int(own) :].mean(axis=1) if k > own else np.full(len(rows), np.nan))


def actions_of(
    subject: Subject,
    rng: np.random.Generator,
    *,
    immutable: Collection[str] | None = None,
    only_up: Collection[str] = (),
    only_down: Collection[str] = (),
) -> Actions:
    """Return what may change in the subject's rows.

    Types, ranges and categories are those of the training rows, or of the audited ones where those are not known.

    Parameters
    ----------
    immutable : collection of str or None
        Columns that stay; the sensitive ones where None.
    only_up, only_down : collection of str
        Numbers that can only rise or fall.

    Raises
    ------
    UsageError
        Where a name is no feature.
    """
    from trustlab.stats.sampling import subsample

    rows = subject.X if subject.train is None or subject.train.n < 2 else subject.train.X
    rows = rows[list(subject.X.columns)] if set(subject.X.columns) <= set(rows.columns) else subject.X
    rows = rows.iloc[subsample(len(rows), REFERENCE_ROWS, rng)].reset_index(drop=True)
    _known(subject, {"immutable": immutable or (), "only_up": only_up, "only_down": only_down})
    sensitive = () if subject.sensitive is None else tuple(subject.sensitive.columns)
    stays = set(sensitive if immutable is None else immutable)
    found, fixed = [], {}
    for name in rows.columns:
        action = "immutable" if name in stays else _action(name, rows[name], name not in only_down, name not in only_up)
        if isinstance(action, str):
            fixed[str(name)] = action
        else:
            found.append(action)
    return Actions(tuple(found), fixed, rows)


def _known(subject: Subject, given: dict[str, Collection[str]]) -> None:
    from trustlab.models.labels import column_of

    for parameter, names in given.items():
        for name in names:
            column_of(subject.dataset.frame, name, parameter, subject.dataset.name)


def _action(name: Any, column: pd.Series, rises: bool, falls: bool) -> Action | str:
    """Return what may be done to a column, or why nothing may."""
    import numpy as np
    import pandas as pd

    kept = column.dropna()
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers = numbers_in(kept)
        numbers = np.sort(numbers[np.isfinite(numbers)])
        distinct = np.unique(numbers)
        if distinct.size < 2:
            return "has one value"
        if distinct.size == 2:
            return Action(name, "category", distinct)
        whole = bool((distinct == np.round(distinct)).all())
        places = np.linspace(0, 1, OPTIONS)
        options = distinct if distinct.size <= OPTIONS else np.unique(np.quantile(numbers, places, method="nearest"))
        return Action(name, "whole" if whole else "number", options, numbers, rises, falls)
    if pd.api.types.is_datetime64_any_dtype(column):
        return "a moment in time"
    if not all(isinstance(value, str | bool | int | float) for value in kept.tolist()):
        return "neither numbers nor text"
    counts = kept.value_counts()
    if len(counts) < 2:
        return "has one value"
    if len(counts) > FREE_TEXT_FROM and (counts == 1).sum() > len(counts) / 2:
        return "free text"
    options = np.empty(min(len(counts), OPTIONS), dtype=object)
    options[:] = counts.index[: options.size].tolist()
    return Action(name, "category", options)


def numbers_in(column: Any) -> Floats:
    """Return a column's numbers as floats, NaN where missing."""
    import numpy as np

    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _coded(one: pd.Series, other: pd.Series) -> tuple[Ints, Ints]:
    import numpy as np
    import pandas as pd

    both = pd.concat([one.astype(object), other.astype(object)])
    codes = pd.factorize(both)[0]
    return np.asarray(codes[: len(one)]), np.asarray(codes[len(one) :])
