"""Parameters come from signatures, and every bad value is named."""

from typing import Annotated, Literal

import pytest

from trustlab.core.errors import UsageError
from trustlab.core.parameters import Columns, Positional, Range, Repeated, Short, Unit, bind, read_parameters


def example(
    name: Annotated[str, Positional()],
    rows: Annotated[int, Range(1, 10), Unit("rows"), Short("n")] = 5,
    level: Annotated[float | None, Range(0, 1)] = None,
    mode: Literal["fast", "exact"] = "fast",
    only: list[str] | None = None,
    derive: Annotated[list[str] | None, Repeated()] = None,
    flag: bool = False,
    values: Annotated[dict[str, str] | None, Short("p")] = None,
    sensitive: Columns = None,
) -> None:
    """Do something.

    Parameters
    ----------
    name : str
        Who it is.
    rows, level : int
        How many
        there are.

    Returns
    -------
    None
    """


PARAMETERS = read_parameters(example)
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}


def test_the_signature_is_read() -> None:
    assert [p.type for p in PARAMETERS] == [
        "string", "integer", "number", "string", "list", "list", "boolean", "map", "string",
    ]  # fmt: skip
    assert BY_NAME["name"].required
    assert BY_NAME["name"].positional
    assert BY_NAME["name"].help == "Who it is."
    assert BY_NAME["rows"].help == "How many there are."
    assert (BY_NAME["rows"].lo, BY_NAME["rows"].hi, BY_NAME["rows"].unit, BY_NAME["rows"].short) == (1, 10, "rows", "n")
    assert BY_NAME["level"].nullable
    assert BY_NAME["mode"].choices == ("fast", "exact")
    assert BY_NAME["sensitive"].format == "columns"


def test_json_schema() -> None:
    assert BY_NAME["rows"].json_schema() == {
        "type": "integer",
        "description": "How many there are.",
        "minimum": 1,
        "maximum": 10,
        "unit": "rows",
        "default": 5,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "name is needed"),
        ({"name": "a", "row": 3}, r"no parameter is called 'row'. Did you mean 'rows'\?"),
        ({"name": "a", "rows": 11}, r"rows must be a whole number from 1 to 10 \(rows\); got 11"),
        ({"name": "a", "rows": 2.5}, "rows must be a whole number"),
        ({"name": "a", "rows": True}, "rows must be a whole number"),
        ({"name": "a", "rows": float("nan")}, "rows must be a whole number"),
        ({"name": "a", "mode": "fas"}, r"mode must be one of fast, exact; got 'fas'. Did you mean 'fast'\?"),
        ({"name": "a", "flag": "yes"}, "flag must be true or false"),
        ({"name": "a", "values": [1]}, "values must be key=value pairs"),
        ({"name": 3}, "name must be text; got 3"),
    ],
)
def test_bad_values_are_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        bind("example", PARAMETERS, given)


def test_good_values_take_their_type() -> None:
    import numpy as np

    bound = bind("example", PARAMETERS, {"name": "a", "rows": np.int64(3), "only": "a, b", "level": 1})
    assert bound["rows"] == 3
    assert type(bound["rows"]) is int
    assert bound["only"] == ["a", "b"]
    assert bound["level"] == 1.0
    frame = object()
    assert bind("example", PARAMETERS, {"name": "a", "sensitive": frame})["sensitive"] is frame


def test_texts_are_parsed() -> None:
    assert BY_NAME["only"].parse("a, b,", "x") == ["a", "b"]
    assert BY_NAME["derive"].parse("c = f(a, b)", "x") == ["c = f(a, b)"]
    assert BY_NAME["values"].parse("k=v=w", "x") == {"k": "v=w"}
    with pytest.raises(UsageError, match="rows must be a whole number"):
        BY_NAME["rows"].parse("many", "x")
    with pytest.raises(UsageError, match="values must be key=value"):
        BY_NAME["values"].parse("novalue", "x")
