"""``trust selftest``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import PathLike, Range
from trustlab.core.result import Outcome, Status
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.testing.faults.bench import Alarm, Line

COLUMNS = (
    "fault",
    "what was done",
    "check",
    "flagged",
    "clean twin failed",
    "clean twin warned",
    "value",
    "clean value",
)


@operation("verb", "Self-test", cost="minutes", example={"seeds": 1, "only": ["duplicates"]})
def selftest(
    seeds: Annotated[int, Range(1, 1000)] = 20,
    only: list[str] | None = None,
    every: bool = False,
    write: PathLike = None,
    *,
    context: Context,
) -> Outcome:
    """Plant known faults into clean data and models, and show which of them the checks find.

    Every fault is planted under each seed, and the check that is meant for it is asked about the faulty case and about
    its clean twin. Flagged is warned or failed, or failed alone where a check warns of clean cases too. Models are made
    up and small: that a check finds the fault here shows that it works, not that it finds every fault of the kind.

    Parameters
    ----------
    seeds : int
        How often each fault is planted, each time in data drawn anew: seeds 0, 1, 2 …
    only : list
        Only these faults, or those meant for these checks or families.
    every : bool
        Ask the clean cases every check that an audit asks, too, and show which raised an alarm.
    write : path
        A Markdown file with the marks ``<!-- faults -->`` and ``<!-- /faults -->``: the table is put between them; rows
        of faults that were not asked for stay.

    Returns
    -------
    Outcome
        A row per fault. Fails where a check flags its fault under fewer than 95 % of the seeds, or fails the clean twin
        under more than 5 %.
    """
    from trustlab.testing.faults.bench import FALSE, alarms, measure
    from trustlab.testing.faults.catalogue import FAULTS, chosen

    lines = measure(chosen(only), seeds, context)
    table = _table(lines)
    if write is not None:
        from trustlab.testing.faults.record import put

        put(table, context.path(str(write)), list(FAULTS))
    broken = [line.fault.name for line in lines if not line.kept]
    views = [table]
    if every:
        found = alarms(seeds, context)
        broken += [f"{one.check} on {one.twin}" for one in found if one.failed > FALSE * seeds]
        views.append(_alarms(found))
    kept = f"{sum(line.kept for line in lines)} of {counted(len(lines), 'planted fault')}"
    missed = f"; not: {', '.join(broken)}" if broken else ""
    return Outcome(
        payload={"faults": [dict(zip(COLUMNS, row, strict=True)) for row in table.rows], "broken": broken},
        status=Status.FAIL if broken else Status.PASS,
        summary=f"{kept} found, their clean twins left alone ({counted(seeds, 'seed')} each){missed}",
        views=views,
    )


def _table(lines: Sequence[Line]) -> Table:
    rows = [
        (
            line.fault.name,
            line.fault.says,
            line.fault.check,
            f"{line.flagged}/{line.seeds}",
            f"{line.clean_failed}/{line.seeds}",
            f"{line.clean_warned}/{line.seeds}",
            None if line.value is None else float(f"{line.value:.3g}"),
            None if line.clean_value is None else float(f"{line.clean_value:.3g}"),
        )
        for line in lines
    ]
    return Table(
        name="faults",
        title="Planted faults, and the checks that are meant for them",
        columns=COLUMNS,
        rows=rows,
        caption="Flagged: warned or failed. Values are medians over the seeds.",
    )


def _alarms(found: Sequence[Alarm]) -> Table:
    bad = [one for one in found if one.failed or one.warned]
    return Table(
        name="alarms",
        title="Alarms on clean cases",
        columns=("check", "clean case", "failed", "warned", "what it said first"),
        rows=[
            (one.check, one.twin, f"{one.failed}/{one.seeds}", f"{one.warned}/{one.seeds}", one.reason) for one in bad
        ],
        caption=f"Of {len(found):,} pairs of a check and a clean case, the others raised none.",
    )
