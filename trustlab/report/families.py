"""The findings of a document in their order: what needs a look worst first, then what passed, by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.result import SEVERITY, Status
from trustlab.report import words
from trustlab.report.budget import TooLargeError
from trustlab.report.digest import MAX_SAID
from trustlab.report.markup import Markup, el, join
from trustlab.report.parts import finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.core.result import Document, Result
    from trustlab.report.parts import Medium

SECTIONS: dict[Status, str] = {
    Status.FAIL: "What failed",
    Status.ERROR: "What could not be computed",
    Status.WARN: "What deserves care",
    Status.PASS: "What was checked and passed",
    Status.SKIPPED: "What was not looked at",
    Status.NOT_APPLICABLE: "What does not apply here, and why",
}
_LOUD = (Status.FAIL, Status.ERROR, Status.WARN)


def sections(document: Document, medium: Medium, *, unfolded: bool = False) -> Markup:
    """Return the findings under a heading per status; of many, those without a fault by family, each family folded."""
    results = document.sorted_results()
    shown, rest = results[: medium.limits.findings], results[medium.limits.findings :]
    many = len(results) > MAX_SAID
    parts: list[Markup] = []
    room = medium.limits.size
    for status, heading in SECTIONS.items():
        members = [result for result in shown if words.of(result) == status]
        if not members:
            continue
        found = []
        for result in members:
            found.append(finding(result, medium))
            room -= len(found[-1])
            if room < 0:
                raise TooLargeError
        folded = many and status not in _LOUD
        title = f"{heading} ({words.number(len(members))})" if many else heading
        inside = _by_family(members, found, status, medium, unfolded=unfolded) if folded else found
        parts.append(el("section", el("h2", title), *inside))
    if rest:
        parts.append(el("p", f"and {words.number(len(rest))} more results in the JSON", _class="tl-soft"))
    return join(parts)


def _by_family(
    members: Sequence[Result], found: Sequence[Markup], status: Status, medium: Medium, *, unfolded: bool
) -> list[Markup]:
    families: dict[str, list[Markup]] = {}
    for result, row in zip(members, found, strict=True):
        families.setdefault(result.family, []).append(row)
    folded = []
    for family, rows in sorted(families.items()):
        badge = el("span", f"{words.ICON[status]} {words.number(len(rows))}", _class=f"tl-badge tl-few tl-{status}")
        said = el("span", el("b", medium.cut(family)), f" {words.number(len(rows))} {words.WORD[status]}")
        folded.append(el("details", el("summary", badge, said), *rows, _class="tl-family", open=unfolded))
    return folded


def overview(document: Document, medium: Medium) -> Markup | None:
    """Return how many findings of each family ended how, as a table; None where a glance at the list says as much."""
    if len(document.results) <= MAX_SAID:
        return None
    used = [status for status in SEVERITY if any(words.of(result) == status for result in document.results)]
    counts: dict[str, dict[Status, int]] = {}
    for result in document.results:
        row = counts.setdefault(result.family, dict.fromkeys(used, 0))
        row[words.of(result)] += 1
    head = [el("th", f"{words.ICON[status]} {words.WORD[status]}", scope="col", _class="tl-right") for status in used]
    rows = []
    for family in sorted(
        counts, key=lambda name: [*(-counts[name][status] for status in used if status in _LOUD), name]
    ):
        cells = [
            el("td", words.number(count), _class=f"tl-right {f'tl-is tl-{status}' if count else 'tl-none'}")
            for status, count in counts[family].items()
        ]
        rows.append(el("tr", el("th", medium.cut(family), scope="row"), *cells))
    corner = el("th", "Family", scope="col")
    table = el("table", el("thead", el("tr", corner, *head)), el("tbody", *rows))
    return el("div", table, _class="tl-scroll tl-overview", role="group", aria_label="How many ended how", tabindex=0)


def controls(document: Document, medium: Medium) -> Markup | None:
    """Return the page's filter, which its script shows; None where there is nothing to narrow."""
    if len(document.results) <= 4:
        return None
    families = sorted({result.family for result in document.results})
    present = [status for status in SEVERITY if any(words.of(result) == status for result in document.results)]
    by_status = [(str(status), f"{words.ICON[status]} {words.WORD[status]}") for status in present]
    return el(
        "div",
        _choice("family", "Family", [(medium.cut(name), medium.cut(name)) for name in families]),
        _choice("status", "Status", by_status),
        el("label", "Search", _for="tl-search"),
        el("input", type="search", id="tl-search", autocomplete="off", placeholder="calibration, race, privacy"),
        el("button", "Open all", type="button", _class="tl-open", aria_pressed="false"),
        el("span", "", role="status", _class="tl-soft tl-count"),
        _class="tl-filter",
        role="search",
        hidden=True,
    )


def _choice(key: str, name: str, options: Sequence[tuple[str, str]]) -> Markup:
    every = [el("option", "all", value="")]
    every += [el("option", said, value=value) for value, said in options]
    return join([el("label", name, _for=f"tl-{key}"), el("select", *every, id=f"tl-{key}")])
