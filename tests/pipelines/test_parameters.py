from __future__ import annotations

from typing import Any

import pytest

from trustlab.core.errors import UsageError
from trustlab.pipelines.parameters import Parameter, check, from_source, only_literals, read

SOURCE = """
data = "loans@main"  # which version
n: int = 3
rate = 0.5
deep = True
names = ["a", "b"]
options = {"x": 1}
low, high = 1, 2
pair = (1, 2)
seen = None
made = open
"""


def declared() -> list[Parameter]:
    found = from_source(SOURCE)
    assert found is not None
    return found


def test_names_defaults_and_types_are_found() -> None:
    assert {item.name: (item.default, item.type) for item in declared()} == {
        "data": ("loans@main", "str"),
        "n": (3, "int"),
        "rate": (0.5, "float"),
        "deep": (True, "bool"),
        "names": (["a", "b"], "list"),
        "options": ({"x": 1}, "dict"),
        "pair": ([1, 2], "list"),
        "seen": (None, "any"),
        "made": (None, "any"),
    }


def test_a_cell_that_is_not_python_has_no_answer() -> None:
    assert from_source("%load_ext trustlab") is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("n = 3", True),
        ('"""Settings."""\nn = -3\nm: str = "x"', True),
        ("", False),
        ("n = len([])", False),
        ("import os\nn = 3", False),
        ("n = 3\nprint(n)", False),
        ("x.y = 3", False),
        ("%magic", False),
    ],
)
def test_a_cell_of_literals_only_is_told_from_others(source: str, expected: bool) -> None:
    assert only_literals(source) is expected


def test_texts_become_json_values() -> None:
    texts = ["data=007", "n=5", "rate=1", "deep=false", 'names=["x"]', "seen=null", "made=plain text"]
    assert read(texts, declared()) == {
        "data": "007",
        "n": 5,
        "rate": 1,
        "deep": False,
        "names": ["x"],
        "seen": None,
        "made": "plain text",
    }


def test_an_equals_sign_in_the_value_stays() -> None:
    assert read(["data=a=b"], declared()) == {"data": "a=b"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dta=x", "'dta' must be a parameter .* Did you mean 'data'"),
        ("n=three", "n must be a whole number, like its default 3; got 'three'"),
        ("n=true", "n must be a whole number"),
        ("deep=True", "deep must be true or false"),
        ("rate=NaN", "rate must be a number"),
        ("n", "key=value; got 'n'"),
        ("=3", "key=value"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read([text], declared())


def test_texts_in_a_mapping_mean_what_they_mean_on_a_command_line() -> None:
    texts = {"data": "007", "n": "5", "made": "[1]", "deep": False}
    assert read(texts, declared()) == {"data": "007", "n": 5, "made": [1], "deep": False}
    assert read(["n=5", "made=[1]"], declared()) == {"n": 5, "made": [1]}


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="'n' twice"):
        read(["n=1", "n=2"], declared())


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}])
def test_only_json_values_can_be_kept(value: Any) -> None:
    with pytest.raises(UsageError, match="JSON value"):
        check({"made": value}, declared())
