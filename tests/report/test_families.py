from __future__ import annotations

import re

from trustlab.core.result import Result, Status
from trustlab.report.html import to_html


def many(making):
    results = [
        Result(id=f"{family}.check{at}", title=f"Check {at}", status=status, reason="So it is.")
        for family in ("quality", "fairness")
        for at, status in enumerate([Status.FAIL, *[Status.PASS] * 12, Status.NOT_APPLICABLE])
    ]
    return making(results)


def test_passes_are_folded_by_family_with_their_counts_and_faults_are_not(making):
    page = to_html(many(making))
    assert re.findall(r"<h2>([^<]*\(\d+\))</h2>", page) == [
        "What failed (2)",
        "What was checked and passed (24)",
        "What does not apply here, and why (2)",
    ]
    assert page.count('class="tl-family"') == 4
    assert "<b>fairness</b> 12 passed" in page
    assert page.index("fairness.check0") < page.index('class="tl-family"')


def test_the_overview_counts_families_by_status(making):
    page = to_html(many(making))
    table = page[page.index("tl-overview") :].partition("</table>")[0]
    rows = [re.findall(r">([^<>]+)<", row) for row in table.split("<tr>")[1:]]
    assert rows[0] == ["Family", "✕ failed", "✓ passed", "– not applicable"]  # noqa: RUF001 - the dash is the icon
    assert rows[1:] == [["fairness", "1", "12", "1"], ["quality", "1", "12", "1"]]


def test_a_short_list_is_neither_folded_nor_counted(audit):
    page = to_html(audit)
    assert 'class="tl-family"' not in page
    assert "tl-overview" not in page.partition("</style>")[2]
