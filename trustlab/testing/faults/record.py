"""The table of planted faults in a Markdown file, between marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trustlab.core.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from trustlab.core.views import Table

PLACE = re.compile(r"(<!-- faults -->\n).*?(<!-- /faults -->)", re.DOTALL)
BETWEEN_CELLS = re.compile(r"(?<!\\)\|")


def put(table: Table, path: Path, order: Sequence[str] = ()) -> None:
    """Put the table between the marks of a Markdown file; faults of ``order`` that it lacks keep their old rows."""
    if not path.is_file():
        raise NotFoundError(f"selftest: write must name a Markdown file; there is none at {path}")
    text = path.read_text(encoding="utf-8")
    if not PLACE.search(text):
        raise InputError(f"selftest: {path} must have the marks <!-- faults --> and <!-- /faults -->; it has none")
    fresh = [["" if cell is None else str(cell).replace("|", "\\|") for cell in row] for row in table.rows]
    rows = {row[0]: row for row in recorded(path) if row[0] in order and len(row) == len(table.columns)}
    rows |= {row[0]: row for row in fresh}
    sorted_rows = sorted(rows.values(), key=lambda row: order.index(row[0]) if row[0] in order else len(order))
    lines = [list(table.columns), ["---"] * len(table.columns), *sorted_rows]
    written = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    path.write_text(PLACE.sub(lambda match: f"{match[1]}{written}\n{match[2]}", text), encoding="utf-8")


def recorded(path: Path) -> list[list[str]]:
    """Return the rows of the table that a Markdown file holds."""
    found = PLACE.search(path.read_text(encoding="utf-8"))
    lines = found.group(0).splitlines()[3:-1] if found else []
    return [[cell.strip() for cell in BETWEEN_CELLS.split(line)[1:-1]] for line in lines]
