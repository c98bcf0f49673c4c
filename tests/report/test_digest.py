from __future__ import annotations

from trustlab.core.result import Result, Status
from trustlab.report.digest import MAX_SAID, digest, listed
from trustlab.report.markdown import to_markdown
from trustlab.report.terminal import cells, to_text

FAMILIES = ("quality", "fairness", "privacy")


def many(making):
    statuses = [Status.PASS] * 3 + [Status.NOT_APPLICABLE, Status.SKIPPED]
    results = [
        Result(id=f"{family}.check{at}", title=f"Check {at}", status=status, reason=f"{family} sentence {at}.")
        for family in FAMILIES
        for at, status in enumerate(statuses * 2)
    ]
    return making([*results, Result(id="fairness.worst", status=Status.FAIL, reason="It failed.")])


def test_few_findings_are_all_said(making):
    few = making(many(making).results[:MAX_SAID])
    assert len(digest(few).said) == MAX_SAID
    assert digest(few).left == 0


def test_of_many_the_faults_are_said_and_the_rest_is_counted(making):
    found = digest(many(making))
    assert [result.id for result in found.said] == ["fairness.worst"]
    assert found.counted[Status.PASS] == {"quality": 6, "fairness": 6, "privacy": 6}
    assert found.left == 30
    assert digest(many(making), everything=True).left == 0
    assert listed({"a": 1, "b": 12}) == "b 12, a 1"


def test_the_terminal_says_where_the_rest_is(making):
    lines = to_text(many(making), again="trust runs 1234abcd").splitlines()
    assert "✕ fairness It failed." in lines
    assert "trust runs 1234abcd --verbose" in lines[-1]
    assert max(map(cells, lines)) <= 100
    assert to_text(many(making), everything=True).count("sentence") == 30


def test_markdown_counts_alike(making):
    text = to_markdown(many(making))
    assert "- ✓ 18 passed: fairness 6, privacy 6, quality 6" in text
    assert "sentence" not in text
    assert to_markdown(many(making), everything=True).count("sentence") == 30
