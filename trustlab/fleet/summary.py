"""What is seen of a fleet: models by families, worst first; which checks fail most; and how their numbers spread."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from trustlab.core.counted import counted
from trustlab.core.result import SEVERITY, Result, Status, worst
from trustlab.core.views import Matrix, Series, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.views import View

Verdict = dict[str, Any]

QUARTERS = ("least", "lower quarter", "median", "upper quarter", "most")
MOST_MODELS = 300  # rows of a table; the JSON's ``models`` holds all
MOST_CHECKS = 30  # bars of the picture
MOST_FINDINGS = 12  # of one model, in the summary; its own report holds all
WORRY = (Status.FAIL, Status.ERROR, Status.WARN)


def worst_first(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts, worst first: by status, then by how many checks failed and warned, then by name."""

    def place(verdict: Verdict) -> tuple[Any, ...]:
        counts = _counts(verdict)
        return (SEVERITY.index(Status(verdict["status"])), *(-counts[status] for status in WORRY), verdict["name"])

    return sorted(verdicts, key=place)


def sentence(verdicts: Sequence[Verdict]) -> str:
    """Return the fleet's verdict in one sentence."""
    counts = Counter(verdict["status"] for verdict in verdicts)
    ends = {Status.FAIL: "failed", Status.ERROR: "could not be audited whole", Status.WARN: "warned"}
    parts = [f"{counts[status]:,} {words}" for status, words in ends.items() if counts[status]]
    parts.append(f"{len(verdicts) - sum(counts[status] for status in ends):,} with nothing to report")
    failing = _by_check(verdicts, Status.FAIL)
    often = ""
    if failing:
        name, count = failing.most_common(1)[0]
        often = f"; {name} fails most, in {count:,}"
    return f"{counted(len(verdicts), 'model')}: {', '.join(parts)}{often}"


def results_of(verdicts: Sequence[Verdict]) -> list[Result]:
    """Return a finding for each model: what failed and warned, and where its whole report is."""
    return [_finding(verdict) for verdict in verdicts]


def _finding(verdict: Verdict) -> Result:
    bad = sorted(
        (check for check in verdict["checks"] if check["status"] in WORRY),
        key=lambda check: (SEVERITY.index(Status(check["status"])), check["id"]),
    )
    shown = bad[:MOST_FINDINGS]
    left = f" {len(bad) - len(shown)} more are in its own report." if len(bad) > len(shown) else ""
    rows = [(check["id"], check["status"], check["value"], check["reason"]) for check in shown]
    table = Table(
        name="findings",
        title="What failed and warned",
        columns=("check", "status", "value", "finding"),
        rows=rows,
        caption=f"Its whole audit is run {verdict['run'][:8]} of the journal.{left}" if verdict["run"] else None,
    )
    counts = _counts(verdict)
    told = ", ".join(f"{counts[status]} {status.value}" for status in SEVERITY if counts[status])
    names = ", ".join(check["id"] for check in shown[:3])
    found = verdict["error"] or f"{told}{f' ({names})' if names else ''}"
    return Result(
        id=f"models.{verdict['name']}",
        title="Model",
        status=Status(verdict["status"]),
        reason=f"{verdict['name']}: {found}",
        n=verdict["rows"],
        views=[table] if rows else [],
        advice=[f"%trust runs {verdict['run'][:8]}"] if verdict["run"] and bad else [],
        provenance={"run": verdict["run"], "seconds": verdict["seconds"]},
    )


def views_of(verdicts: Sequence[Verdict]) -> list[View]:
    """Return the fleet's pictures and tables; the verdicts come worst first."""
    bars = _most(verdicts)
    return [*([bars] if bars.rows else []), _shares(verdicts), _table(verdicts), _spread(verdicts)]


def _counts(verdict: Verdict) -> Counter[str]:
    return Counter(check["status"] for check in verdict["checks"])


def _by_check(verdicts: Sequence[Verdict], status: Status) -> Counter[str]:
    return Counter(check["id"] for verdict in verdicts for check in verdict["checks"] if check["status"] == status)


def _most(verdicts: Sequence[Verdict]) -> Series:
    tallies = {status: _by_check(verdicts, status) for status in WORRY}
    names = {name for tally in tallies.values() for name in tally}
    order = sorted(names, key=lambda name: (*(-tallies[status][name] for status in WORRY), name))
    left = f" {len(order) - MOST_CHECKS} more are in the table below." if len(order) > MOST_CHECKS else ""
    return Series(
        name="most",
        title="Which checks fail most",
        columns=("check", "fail", "error", "warn"),
        rows=[(name, *(tallies[status][name] for status in WORRY)) for name in order[:MOST_CHECKS]],
        x="check",
        y=("fail", "error", "warn"),
        mark="bar",
        units=dict.fromkeys(("fail", "error", "warn"), "models"),
        caption=f"Models of {len(verdicts):,} in which each check failed, could not finish or warned.{left}",
    )


def _families(verdicts: Sequence[Verdict]) -> list[str]:
    return sorted({_family(check) for verdict in verdicts for check in verdict["checks"]})


def _family(check: Mapping[str, Any]) -> str:
    return str(check["id"]).split(".")[0]


def _shares(verdicts: Sequence[Verdict]) -> Matrix:
    """Return, for each family, the share of models whose worst finding in it has each status."""
    rows = []
    for family in _families(verdicts):
        ends = Counter(cell.status for cell in (_cell(verdict, family) for verdict in verdicts) if cell.status)
        whole = sum(ends.values())
        rows.append((family, *(ends[status] / whole if whole else None for status in SEVERITY)))
    return Matrix(
        name="families",
        title="How the families end over the fleet",
        columns=("family", *(str(status) for status in SEVERITY)),
        rows=rows,
        row_axis="family",
        column_axis="worst status",
        caption="The share of models whose worst finding in the family is this.",
    )


class _cell:  # noqa: N801 - a value, made and read in one line
    """The worst status of a family in one model, and how many checks ended so."""

    def __init__(self, verdict: Verdict, family: str) -> None:
        found = [Status(check["status"]) for check in verdict["checks"] if _family(check) == family]
        self.status = worst(found) if found else None
        self.count = sum(status == self.status for status in found)

    def __str__(self) -> str:
        return f"{self.status} {self.count}" if self.status else "-"


def _table(verdicts: Sequence[Verdict]) -> Table:
    families = _families(verdicts)
    shown = verdicts[:MOST_MODELS]
    left = f" The {MOST_MODELS} worst of {len(verdicts):,} are shown." if len(verdicts) > MOST_MODELS else ""
    rows = [
        (
            verdict["name"],
            verdict["status"],
            *(str(_cell(verdict, family)) for family in families),
            verdict["rows"],
            verdict["run"][:8] if verdict["run"] else None,
        )
        for verdict in shown
    ]
    return Table(
        name="models",
        title="Models by families",
        columns=("model", "status", *families, "rows", "run"),
        rows=rows,
        caption=f"Worst first. A family's cell is its worst status and how many of its checks ended so.{left}",
    )


def _spread(verdicts: Sequence[Verdict]) -> Table:
    """Return each check's ends and the spread of its number over the fleet."""
    import numpy as np

    numbers: dict[str, list[tuple[float, str]]] = defaultdict(list)
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        for check in verdict["checks"]:
            ends[check["id"]][check["status"]] += 1
            if check["value"] is not None:
                numbers[check["id"]].append((float(check["value"]), verdict["name"]))
    rows = []
    for name in sorted(ends, key=lambda one: (*(-ends[one][status] for status in WORRY), one)):
        values = np.array([value for value, _ in numbers[name]])
        five = [float(number) for number in np.quantile(values, (0, 0.25, 0.5, 0.75, 1))] if len(values) else [None] * 5
        tally = ends[name]
        rows.append((name, *(tally[status] for status in (*WORRY, Status.PASS)), len(values), *five))
    return Table(
        name="checks",
        title="Each check over the fleet",
        columns=("check", "fail", "error", "warn", "pass", "n", *QUARTERS),
        rows=rows,
        caption="How often it ended so, and how its number spreads over the models that have one.",
    )
