"""What every operation keeps: run these over the registry, or over an operation of one's own.

Subclass `OperationContract` in a test module, parametrise ``record``, and run in a copy of the tiny workspace.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core import commandline
from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.execute import run
from trustlab.core.parameters import docstring_parameters

if TYPE_CHECKING:
    from trustlab.core.operation import Operation

VOLATILE_KEYS = {"seconds", "started", "run", "finished", "created", "time", "run_id", "id", "next", "heartbeat"}
VOLATILE_UNITS = {"seconds", "rows/s", "MB", "calls"}  # what a machine measured of itself
HEX = re.compile(r"\b(\d{8}T\d{6}-)?[0-9a-f]{8,64}\b")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+00:00|Z)?")
DURATION = re.compile(r"\b\d[\d,]*(\.\d+)?(e[+-]?\d+)? (s|ms|rows/s)(?!\w)")


def normal(value: Any, folder: str) -> Any:
    """Return JSON data without what differs between two equal runs: ids, times and the folder's name."""
    if isinstance(value, dict):
        if isinstance(value.get("unit"), str) and value["unit"] in VOLATILE_UNITS:
            value = {key: item for key, item in value.items() if key not in {"value", "interval", "level"}}
        kept = {key: item for key, item in value.items() if key not in VOLATILE_KEYS or _is_operation_id(key, item)}
        return {key: normal(item, folder) for key, item in kept.items()}
    if isinstance(value, list):
        return [normal(item, folder) for item in value]
    if isinstance(value, str):
        text = MOMENT.sub("<moment>", value.replace(folder, "<folder>"))
        return HEX.sub("<id>", DURATION.sub("<seconds>", text))
    return value


def _is_operation_id(key: str, item: Any) -> bool:
    return key == "id" and isinstance(item, str) and not HEX.fullmatch(item)


def drop_timing_columns(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the views' columns of times and ids left out."""
    for view in [*document.get("views", []), *(v for r in document.get("results", []) for v in r["views"])]:
        units = view["units"]
        keep = [
            at
            for at, name in enumerate(view["columns"])
            if name not in VOLATILE_KEYS and units.get(name) not in VOLATILE_UNITS
        ]
        view["columns"] = [view["columns"][at] for at in keep]
        view["rows"] = [[row[at] for at in keep] for row in view["rows"]]
    return document


class OperationContract:
    """The contract of one operation; pytest collects the subclasses."""

    def check_example(self, record: Operation) -> dict[str, Any]:
        """Run the example, validate its document against the schema, and return it."""
        import jsonschema

        schema = json.loads((resources.files("trustlab.core") / "schema" / "document-v1.json").read_text("utf-8"))
        document = run(record, record.example, Context(progress=False, notice=lambda _: None)).to_dict()
        text = json.dumps(document, allow_nan=False)
        assert json.loads(text) == document, "the document is plain JSON data"
        jsonschema.validate(document, schema)
        assert document["status"] != "error", document["results"] or document["summary"]
        return document

    def check_documented(self, record: Operation) -> None:
        """Check that every parameter of the signature is in the docstring, and none else."""
        documented = set(docstring_parameters(record.doc))
        own = {parameter.name for parameter in record.own}
        assert own <= documented, f"undocumented: {own - documented}"
        assert documented <= own | set(record.bundles) | {record.takes_context}, "the docstring names no ghost"
        assert record.summary.endswith((".", "?")), record.summary
        for parameter in record.parameters:
            assert parameter.help, f"{parameter.name} says what it is"

    def check_thresholds_have_sources(self, record: Operation) -> None:
        """Check that a limit says who set it."""
        if record.threshold is not None:
            assert len(record.threshold.source) > 10

    def check_bad_parameters_are_named(self, record: Operation) -> None:
        """Check that a bad value, or one under an unknown name, is a UsageError that names it."""
        for parameter in record.parameters:
            bad = _bad_value(parameter)
            if bad is None:
                continue
            try:
                run(record, {**record.example, parameter.name: bad})
            except UsageError as error:
                assert parameter.name in error.message, error.message  # noqa: PT017 - plug-in authors may not use pytest
            else:
                raise AssertionError(f"{record.id} took {parameter.name}={bad!r}")
        try:
            run(record, {**record.example, "no_such_parameter": 1})
        except UsageError as error:
            assert "no_such_parameter" in error.message  # noqa: PT017 - the same
        else:
            raise AssertionError(f"{record.id} took an unknown parameter")

    def from_python(self, record: Operation) -> dict[str, Any]:
        """Run the example as ``tl.verb(...)``."""
        from trustlab.surfaces.python import call

        return dict(call(record, **record.example).to_dict())

    def from_command_line(self, record: Operation) -> dict[str, Any]:
        """Run the example as ``trust verb … --json``."""
        from trustlab.surfaces import cli

        stdout = io.StringIO()
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(io.StringIO()):
            cli.main([*commandline.write(record, record.example), "--json"])
        return dict(json.loads(stdout.getvalue()))

    def from_magic(self, record: Operation) -> dict[str, Any]:
        """Run the example as ``%trust verb …``."""
        from IPython.testing.globalipapp import start_ipython

        shell = start_ipython()
        if shell is None:
            from IPython.core.getipython import get_ipython

            shell = get_ipython()
        shell.run_line_magic("load_ext", "trustlab")
        return dict(shell.run_line_magic("trust", shlex.join(commandline.write(record, record.example))).to_dict())

    def comparable(self, document: dict[str, Any]) -> Any:
        """Return a document as it must be from every surface."""
        return normal(drop_timing_columns(document), str(Path.cwd()))


def _bad_value(parameter: Any) -> Any:
    if parameter.choices:
        return "no such choice"
    if parameter.type in {"integer", "number"}:
        return parameter.hi + 1 if parameter.hi is not None else "text"
    return {"boolean": "perhaps", "list": 3, "map": 3}.get(parameter.type, 3 if parameter.format is None else None)
