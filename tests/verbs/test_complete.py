"""``trust complete``: what the Tab key offers, for whoever draws a form."""

from __future__ import annotations

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.execute import run


@pytest.mark.usefixtures("playground")
def test_candidates_with_their_place_kind_and_help():
    found = run("complete", {"line": "audit lender --data loans@ma --only x", "point": 28}, Context()).payload
    assert found["candidates"] == [{"text": "loans@main", "kind": "branch", "help": "October"}]
    assert (found["start"], found["end"]) == (20, 28)
    options = run("complete", {"line": "audit --sens"}, Context()).payload["candidates"]
    assert [one["text"] for one in options] == ["--sensitive"]
    assert options[0]["help"].endswith(".")


def test_a_cursor_before_the_line_is_refused():
    with pytest.raises(UsageError, match="point must be a whole number of at least 0"):
        run("complete", {"line": "", "point": -1}, Context())
