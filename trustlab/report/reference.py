"""The README's tables of operations, from the registry: ``python -m trustlab.report.reference README.md``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trustlab.core import registry

if TYPE_CHECKING:
    from collections.abc import Sequence


def tables() -> dict[str, str]:
    """Return the Markdown tables by the name of their place."""
    known = registry.operations().values()
    verbs = [(f"`{' '.join(record.words)}`", record.summary) for record in known if record.kind == "verb"]
    others = [
        (f"`{record.id}`", record.summary, ", ".join(sorted(record.needs)) or "rows", _limits(record.threshold))
        for record in known
        if record.kind != "verb"
    ]
    return {
        "verbs": _table(("verb", "what it does"), verbs),
        "checks": _table(("id", "the question", "needs", "warns, fails at"), others),
    }


def filled(text: str) -> str:
    """Return a Markdown text with the tables put between their marks, ``<!-- verbs -->`` and ``<!-- /verbs -->``."""
    for name, table in tables().items():
        place = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = place.sub(lambda match, table=table: f"{match[1]}{table}\n{match[2]}", text)  # type: ignore[misc] # bound now
    return text


def _limits(threshold: object) -> str:
    if threshold is None:
        return "by its own rule: `--help`"
    warn, fail = getattr(threshold, "warn", None), getattr(threshold, "fail", None)
    return "shown, not judged" if warn is None and fail is None else f"{_number(warn)}, {_number(fail)}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(filled(Path(name).read_text(encoding="utf-8")), encoding="utf-8")
