"""What stands in the data is no command."""

import shlex

import pytest

from trustlab.checks.advice import explain_rows


def test_a_command_reads_back_as_its_words() -> None:
    (line,) = explain_rows("lender@2", "loans@main", "race == 'Black' and age > 30")
    assert shlex.split(line)[-1] == "race == 'Black' and age > 30"


@pytest.mark.parametrize("value", ["$(id)", "{print(1)}", 'x" --json "', "`id`", "two\nlines", "back\\slash"])
def test_a_value_that_would_run_is_not_proposed(value: str) -> None:
    assert explain_rows("lender", "loans", f"race == '{value}'") == []
