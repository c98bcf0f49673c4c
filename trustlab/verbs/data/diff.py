"""``trust data diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.store.diff import Change

LISTED = 1000
COLUMNS = ("change", "path", "bytes_before", "bytes_after")


@operation("verb", "Difference", example={"before": "loans@main~1", "after": "loans@main"})
def diff(
    before: Annotated[str, Format("ref"), Positional()],
    after: Annotated[str | None, Format("ref"), Positional()] = None,
    *,
    context: Context,
) -> Outcome:
    """List the files that differ between two versions.

    Parameters
    ----------
    before : ref
        The earlier version; with :PATH only that file or folder.
    after : ref
        The later version; where not given, before is the later one, and is compared with the version before it.
    """
    from trustlab.data.dataset import store_of
    from trustlab.store.diff import diff as compare

    first, second = _pair(before, after)
    found = compare(store_of(context.workspace), first, second)
    kinds = {"added": found.added, "removed": found.removed, "changed": found.changed}
    listed = {word: [_change(change) for change in changes] for word, changes in kinds.items()}
    rows = [(word, one["path"], one["bytes_before"], one["bytes_after"]) for word in listed for one in listed[word]]
    counts = ", ".join(f"{len(changes):,} {word}" for word, changes in listed.items())
    table = Table(
        name="changes",
        title="Files that differ",
        columns=COLUMNS,
        rows=rows[:LISTED],
        units={"bytes_before": "B", "bytes_after": "B"},
        caption=f"The first {LISTED:,} of {len(rows):,}." if len(rows) > LISTED else None,
    )
    return Outcome(
        payload={
            "before": {"ref": first, "commit": found.before},
            "after": {"ref": second, "commit": found.after},
            **listed,
        },
        summary=f"{first} to {second}: {counts if found else 'no difference'}",
        views=[table] if rows else [],
        advice=[f"%trust drift {first} {second}"] if found.changed else [],
    )


def _pair(before: str, after: str | None) -> tuple[str, str]:
    from dataclasses import replace

    from trustlab.store.refs import parse

    if after is not None:
        return before, after
    later = parse(before)
    return str(replace(later, back=later.back + 1)), before


def _change(change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "bytes_before": change.before.size if change.before else None,
        "bytes_after": change.after.size if change.after else None,
    }
