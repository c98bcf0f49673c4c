"""Where a line is cut, against the shell's own reading of it."""

from __future__ import annotations

import shlex

import pytest

from trustlab.completion.line import cut, quoted


@pytest.mark.parametrize(
    ("line", "before", "text", "start", "quote"),
    [
        ("", (), "", 0, ""),
        ("au", (), "au", 0, ""),
        ("audit ", ("audit",), "", 6, ""),
        ("audit  lender  --da", ("audit", "lender"), "--da", 15, ""),
        ("audit --where 'a > ", ("audit", "--where"), "a > ", 14, "'"),
        ('a --where "b \\" c', ("a", "--where"), 'b " c', 10, '"'),
        ("a my\\ fi", ("a",), "my fi", 2, ""),
        ("a ''", ("a",), "", 2, ""),
        ("a '' b", ("a", ""), "b", 5, ""),
    ],
)
def test_the_word_at_the_end(line, before, text, start, quote):
    found = cut(line)
    assert (found.before, found.text, found.start, found.quote) == (before, text, start, quote)


def test_a_cursor_in_the_middle_leaves_the_word_that_it_cuts_out():
    found = cut("audit lender --target x --data loans", 17)
    assert (found.before, found.text, found.after) == (("audit", "lender"), "--ta", ("x", "--data", "loans"))
    assert cut("audit 'open", 99).text == "open"
    assert cut("audit x", -3).before == ()


@pytest.mark.parametrize(
    "text", ["plain", "loans@main~1:a.csv", "two words", "it's", 'say "x"', "a$b`c\\", "a;b|c&d", "{x}", "é"]
)
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_what_is_offered_is_read_back(text, quote):
    assert shlex.split(quoted(text, quote)) == [text]
    line = f"audit {quoted(text, quote)} "
    assert cut(line).before == ("audit", text)
