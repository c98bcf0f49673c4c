"""``trust data read``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Data, Positional, Range, Short
from trustlab.core.result import Outcome
from trustlab.core.views import from_frame


@operation("verb", "Rows", read_only=True, example={"data": "loans@main"})
def read(
    data: Annotated[Data, Positional()],
    rows: Annotated[int, Range(0, 1000), Short("n")] = 10,
    *,
    context: Context,
) -> Outcome:
    """Read the table of a version or a mount, and show its first rows; in a notebook the frame is the report's value.

    Parameters
    ----------
    data : data
        A ref (loans@main, loans@main:part.csv), a mount (bucket:part.csv, sales:orders), a trust:// address, or a file.
    rows : int
        How many rows to show.
    """
    from trustlab.data.dataset import load_dataset

    dataset = load_dataset(data, context)
    frame = dataset.frame
    shown = from_frame("rows", frame.head(rows), title=f"The first {min(rows, len(frame))} of {len(frame):,} rows")
    return Outcome(
        payload={
            "data": dataset.provenance(),
            "columns": [{"name": str(name), "type": str(frame[name].dtype)} for name in frame.columns],
        },
        summary=f"{dataset.name}: {counted(len(frame), 'row')}, {counted(frame.shape[1], 'column')}",
        views=[shown],
        value=frame,
    )
