from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from trustlab.core.given import given, is_object
from trustlab.core.parameters import Parameter, read_parameters


def parameters() -> tuple[Parameter, ...]:
    def asked(
        data: str, level: float = 0.95, only: list[str] | None = None, options: dict[str, str] | None = None
    ) -> None:
        """Ask.

        Parameters
        ----------
        data : str
            The rows.
        level : float
            The level.
        only : list
            Names.
        options : map
            Options.
        """

    return read_parameters(asked)


def test_only_what_differs_from_the_defaults_is_written() -> None:
    values = {"data": Path("a.csv"), "level": 0.95, "only": ["fairness"], "options": None}
    assert given(parameters(), values) == {"data": "a.csv", "only": ["fairness"]}
    assert given(parameters(), {**values, "level": 0.9})["level"] == 0.9


def test_objects_are_known_by_their_type_and_never_written() -> None:
    frame = pd.DataFrame({"a": [1]})
    told = given(parameters(), {"data": frame, "only": [frame]})
    assert is_object(told["data"])
    assert is_object(told["only"])
    assert json.loads(json.dumps(told)) == told
    assert not is_object(given(parameters(), {"data": "<pandas.DataFrame>"})["data"])
    assert is_object(given(parameters(), {"data": "x" * 5000})["data"])
    assert is_object(given(parameters(), {"only": ["a"] * 1000})["only"])


def test_secrets_are_stars() -> None:
    told = given(parameters(), {"data": "postgresql://ann:hush@db/loans", "options": {"password": "hush", "key": "a"}})
    assert "hush" not in json.dumps(told)
    assert told["options"]["key"] == "a"
