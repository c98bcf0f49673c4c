from __future__ import annotations

import re

from trustlab.core.views import Table
from trustlab.report import words
from trustlab.report.markdown import escaped, to_markdown


def test_the_verdict_is_the_one_of_every_renderer(audit):
    text = to_markdown(audit)
    assert text.startswith(f"## {words.opening(audit)}")
    assert words.verdict(audit) in text
    assert text.index("fairness") < text.index("calibration") < text.index("missing")


def test_hostile_text_is_text(hostile, making):
    text = to_markdown(hostile)
    # Code, in line or indented, is literal in Markdown.
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    assert "<" not in re.sub(r"(`+).*?\1", "", prose)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)


def test_marks_and_links_are_escaped():
    assert escaped("[a](b) | *c*") == r"\[a\]\(b\) \| \*c\*"
    assert "http:" not in escaped("http://example.org")


def test_tables_have_one_row_a_line(making):
    view = Table(name="t", columns=["a|b", "n"], rows=[["x\ny", 1]] * 25)
    text = to_markdown(making([], views=[view]))
    assert r"| a\|b | n |" in text
    assert text.count("| x y | 1 |") == 20
    assert "and 5 more rows in the JSON" in text
