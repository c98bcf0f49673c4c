"""The pair that a drift detector compares: a reference and what came later, column by column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context  # noqa: TC001 - read at run time, by the annotation
from trustlab.core.counted import listed
from trustlab.core.errors import InputError, UsageError, did_you_mean
from trustlab.core.operation import Bundle, Operation
from trustlab.core.parameters import Data, Format, Positional, Repeated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from trustlab.data.dataset import Dataset

REASONS = {
    "numeric": "needs a numeric column that both data sets have",
    "categorical": "needs a categorical column that both data sets have",
}


@dataclass(frozen=True, kw_only=True)
class Pair(Bundle):
    """Two data sets with the same columns.

    Parameters
    ----------
    reference, current : Dataset
        The earlier and the later rows.
    numeric, categorical : tuple of str
        The columns to compare, by kind, in the reference's order.
    differences : tuple of str
        Columns that only one side has, or whose kind differs, in words: a finding of its own, never ignored.
    asked : tuple of str or None
        The columns that the user chose to compare; None for all.
    left_out : mapping of str to str
        Columns that say nothing of a row (identifiers, counters), by name, with the reason; none where the user chose.
    """

    reference: Dataset
    current: Dataset
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    differences: tuple[str, ...] = ()
    asked: tuple[str, ...] | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(
        cls,
        reference: Annotated[Data, Positional()],
        current: Annotated[Data, Positional()],
        columns: Annotated[list[str] | None, Format("column")] = None,
        derive: Annotated[list[str] | None, Format("expression"), Repeated()] = None,
        where: Annotated[str | None, Format("expression")] = None,
        names: list[str] | None = None,
        *,
        context: Context,
    ) -> Pair:
        """Load the two data sets that the user named.

        Parameters
        ----------
        reference : data
            The earlier rows: a ref (loans@main~1), a file, or in a notebook a variable.
        current : data
            The later rows.
        columns : list
            Compare only these columns; all that both have where not given.
        derive : list
            New columns on both sides, as NAME = EXPRESSION; may be repeated.
        where : str
            Keep the rows, on both sides, for which this expression is true.
        names : list
            The column names of text files that have no header, the same on both sides.
        """
        from trustlab.data import expressions
        from trustlab.data.dataset import load_dataset

        sides = []
        for name, given in (("reference", reference), ("current", current)):
            side = load_dataset(given, context, parameter=name, names=names)
            if derive:
                side = side.with_frame(expressions.derive(side.frame, derive), derive=list(derive))
            if where:
                side = side.with_frame(expressions.where(side.frame, where), where=where)
            sides.append(side)
        return pair_of(*sides, columns=columns)

    def why_not(self, operation: Operation) -> str | None:
        """Return why ``operation`` does not apply here, or None where it does."""
        offered = {"numeric": bool(self.numeric), "categorical": bool(self.categorical)}
        reason = next((REASONS[need] for need in sorted(operation.needs) if not offered[need]), None)
        return reason and " ".join(filter(None, (reason, self.said_left_out())))

    def said_left_out(self) -> str:
        """Return a sentence about the columns that are no features, or an empty text."""
        told = [f"{name} ({why})" for name, why in self.left_out.items()]
        return f"Left out: {listed(told)}; ask for them by --columns." if told else ""

    def provenance(self) -> dict[str, Any]:
        """Return both sides and the columns as JSON data."""
        return {
            "reference": self.reference.provenance(),
            "current": self.current.provenance(),
            "columns": [*self.numeric, *self.categorical],
            "left_out": dict(self.left_out),
        }


def pair_of(reference: Dataset, current: Dataset, *, columns: Sequence[str] | None = None) -> Pair:
    """Return the pair of two data sets over the columns that both have."""
    left, right = reference.frame, current.frame
    for name in columns or ():
        for side in (reference, current):
            if name not in side.frame.columns:
                near = did_you_mean(name, list(side.frame.columns))
                raise UsageError(f"columns must be columns of {side.name}; got {name!r}.{near}")
    wanted = list(columns or left.columns)
    both = [name for name in wanted if name in right.columns]
    if not both:
        raise InputError(f"{reference.name} and {current.name} must share a column; they share none")
    only = [f"only {reference.name} has {name!r}" for name in wanted if name not in right.columns]
    only += [f"only {current.name} has {name!r}" for name in right.columns if not columns and name not in left.columns]
    left_out = {} if columns else _no_features(left, right, both)
    both = [name for name in both if name not in left_out]
    numeric = [name for name in both if _is_number(left[name]) and _is_number(right[name])]
    mixed = [name for name in both if _is_number(left[name]) != _is_number(right[name])]
    only += [f"{name!r} is a number on one side and not on the other" for name in mixed]
    return Pair(
        reference=reference,
        current=current,
        numeric=tuple(numeric),
        categorical=tuple(name for name in both if name not in numeric),
        differences=tuple(only),
        asked=tuple(columns) if columns else None,
        left_out=left_out,
    )


def _no_features(left: pd.DataFrame, right: pd.DataFrame, names: Sequence[str]) -> dict[str, str]:
    """Return the columns that name or count rows or entities: they differ between any two batches.

    On both sides, or on the one that has rows enough to tell: a feature that became a counter has drifted.
    """
    from trustlab.data.roles import FEWEST, why_no_feature

    sides = [side for side in (left, right) if len(side) >= FEWEST]
    told = {name: [why_no_feature(side[name]) for side in sides] for name in names}
    return {name: why[0] for name, why in told.items() if why and all(why)}


def _is_number(column: pd.Series) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))
