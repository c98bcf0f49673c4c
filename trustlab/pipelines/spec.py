"""What a pipeline is: steps in an order, each a promoted notebook with parameters and perhaps a gate."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, did_you_mean
from trustlab.core.result import Status
from trustlab.pipelines.cron import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DIGEST_PATTERN = re.compile(r"[0-9a-f]{64}")
STATUS_SCRAP = "trust_status"


def checked_name(kind: str, name: object) -> str:
    """Return ``name`` where it can name a pipeline or a step, and so a file.

    Raises
    ------
    InputError
        Where it is anything but 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter
        or a digit.
    """
    if isinstance(name, str) and NAME_PATTERN.fullmatch(name):
        return name
    raise InputError(
        f"a {kind}'s name must be 1 to 64 letters, digits, dots, dashes or underscores, "
        f"beginning with a letter or a digit; got {name!r}"
    )


@dataclass(frozen=True, slots=True)
class Notebook:
    """An immutable copy of a notebook.

    Parameters
    ----------
    file : str
        The file's name when it was promoted, for people.
    digest : str
        BLAKE3 of the stored copy's bytes, 64 hexadecimal digits; the copy's name in the workspace.
    """

    file: str
    digest: str

    def to_dict(self) -> dict[str, Any]:
        """Return the reference as JSON data."""
        return {"file": self.file, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Gate:
    """What a step must have glued for the steps after it to run.

    Parameters
    ----------
    glued : str
        The name that the notebook glues with scrapbook: one of the six status words, or an operation's JSON
        document, of which ``status`` counts. A policy takes part through what it decided: the notebook audits
        under its policy and glues the verdict.
    accept : sequence of Status
        The statuses that pass. What was not looked at (skipped, not_applicable, error) is never accepted unless
        it is named here.
    """

    glued: str = STATUS_SCRAP
    accept: tuple[Status, ...] = (Status.PASS, Status.WARN)

    def to_dict(self) -> dict[str, Any]:
        """Return the gate as JSON data."""
        return {"glued": self.glued, "accept": [str(status) for status in self.accept]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One notebook of a pipeline.

    Parameters
    ----------
    parameters : mapping of str to JSON value
        What is injected after the notebook's parameters cell.
    needs : sequence of str
        The steps that must have ended well before this one starts.
    gate : Gate or None
        What this step must pass; None lets the next steps run whatever it glued, as long as no cell raised.
    """

    name: str
    notebook: Notebook
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    gate: Gate | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the step as JSON data."""
        return {
            "name": self.name,
            "notebook": self.notebook.to_dict(),
            "parameters": dict(self.parameters),
            "needs": list(self.needs),
            "gate": self.gate.to_dict() if self.gate else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A named graph of steps; immutable, changed only by a new revision.

    Parameters
    ----------
    created : datetime
        When this revision was promoted, with a time zone.
    revision : int
        1 for the first promotion, then one more each time.
    schedule : Schedule or None
        When it runs by itself; kept beside the revisions, so that it can change without one.
    """

    name: str
    steps: tuple[Step, ...]
    created: datetime
    revision: int = 1
    schedule: Schedule | None = None

    def __post_init__(self) -> None:
        """Refuse what could never run: no step, a name used twice, a step that is missing, a cycle."""
        checked_name("pipeline", self.name)
        if not self.steps:
            raise InputError(f"pipeline {self.name} must have at least one step; got none")
        names = [checked_name("step", step.name) for step in self.steps]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"pipeline {self.name}: each step must have a name of its own; got '{name}' twice")
        for step in self.steps:
            for need in step.needs:
                if need not in names:
                    raise InputError(
                        f"pipeline {self.name}: step {step.name} must need steps of this pipeline; "
                        f"got '{need}'.{did_you_mean(need, [name for name in names if name != step.name])}"
                    )
        self.order()

    def order(self) -> tuple[Step, ...]:
        """Return the steps so that each comes after what it needs; otherwise as they were written.

        Raises
        ------
        InputError
            Where steps need each other in a circle.
        """
        by_name = {step.name: step for step in self.steps}
        sorter = TopologicalSorter({step.name: step.needs for step in self.steps})
        try:
            sorter.prepare()
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            raise InputError(
                f"pipeline {self.name}: steps must not need each other in a circle; got {circle}"
            ) from None
        ordered: list[Step] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready(), key=list(by_name).index)
            ordered += [by_name[name] for name in ready]
            sorter.done(*ready)
        return tuple(ordered)

    def step(self, name: str) -> Step | None:
        """Return the step called ``name``, or None."""
        return next((step for step in self.steps if step.name == name), None)

    def with_step(self, step: Step) -> tuple[Step, ...]:
        """Return the steps with ``step`` added, or put in the place of the one that has its name."""
        if self.step(step.name) is None:
            return (*self.steps, step)
        return tuple(step if old.name == step.name else old for old in self.steps)

    def to_dict(self) -> dict[str, Any]:
        """Return the pipeline as JSON data."""
        return {
            "name": self.name,
            "revision": self.revision,
            "created": self.created.isoformat(),
            "schedule": self.schedule.to_dict() if self.schedule else None,
            "steps": [step.to_dict() for step in self.steps],
        }

    def to_json(self) -> str:
        """Return the pipeline as a JSON document."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def to_yaml(self) -> str:
        """Return the pipeline as a YAML document."""
        import yaml

        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

    def rescheduled(self, schedule: Schedule | None) -> Pipeline:
        """Return the same pipeline on another schedule."""
        return replace(self, schedule=schedule)


def from_text(text: str) -> Pipeline:
    """Read a pipeline from YAML, of which JSON is a part.

    Raises
    ------
    InputError
        Where the text is not YAML, or says something that a pipeline has no place for.
    """
    import yaml

    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"a pipeline must be written as YAML or JSON; got {_first_line(error)}") from None
    return from_dict(data)


def from_dict(data: object) -> Pipeline:
    """Read a pipeline from JSON data; unknown keys are errors, never ignored."""
    found = _keys(data, "a pipeline", required=("name", "steps", "created"), optional=("revision", "schedule"))
    name = checked_name("pipeline", found["name"])
    revision = found.get("revision", 1)
    if not isinstance(revision, int) or isinstance(revision, bool) or revision < 1:
        raise InputError(f"pipeline {name}: revision must be a whole number from 1; got {revision!r}")
    schedule = found.get("schedule")
    return Pipeline(
        name=name,
        steps=tuple(_step(item, name) for item in _sequence(found["steps"], f"pipeline {name}: steps")),
        created=_moment(found["created"], f"pipeline {name}: created"),
        revision=revision,
        schedule=None if schedule is None else _schedule(schedule, name),
    )


def _step(data: object, pipeline: str) -> Step:
    where = f"pipeline {pipeline}: a step"
    found = _keys(data, where, required=("name", "notebook"), optional=("parameters", "needs", "gate"))
    name = checked_name("step", found["name"])
    where = f"pipeline {pipeline}: step {name}"
    notebook = _keys(found["notebook"], f"{where}: notebook", required=("file", "digest"))
    if not DIGEST_PATTERN.fullmatch(str(notebook["digest"])):
        raise InputError(f"{where}: the notebook's digest must be 64 hexadecimal digits; got {notebook['digest']!r}")
    parameters = found.get("parameters") or {}
    if not isinstance(parameters, dict) or not all(isinstance(key, str) for key in parameters):
        raise InputError(f"{where}: parameters must map names to values; got {parameters!r}")
    gate = found.get("gate")
    return Step(
        name=name,
        notebook=Notebook(file=str(notebook["file"]), digest=notebook["digest"]),
        parameters=parameters,
        needs=tuple(_words(found.get("needs") or (), f"{where}: needs")),
        gate=None if gate is None else _gate(gate, where),
    )


def _gate(data: object, where: str) -> Gate:
    found = _keys(data, f"{where}: gate", optional=("glued", "accept"))
    glued = found.get("glued", STATUS_SCRAP)
    if not isinstance(glued, str) or not glued:
        raise InputError(f"{where}: gate: glued must be the name of a glued value; got {glued!r}")
    accept = found.get("accept")
    return Gate(glued, Gate().accept if accept is None else accepted(_words(accept, f"{where}: gate: accept")))


def accepted(words: Iterable[str]) -> tuple[Status, ...]:
    """Return the statuses that ``words`` name.

    Raises
    ------
    InputError
        Where a word is not one of the six statuses, or there is none.
    """
    statuses = []
    for word in words:
        if word not in set(Status):
            raise InputError(f"a gate must accept some of the six statuses; got '{word}'.{did_you_mean(word, Status)}")
        statuses.append(Status(word))
    if not statuses:
        raise InputError("a gate must accept at least one status; got none")
    return tuple(statuses)


def _schedule(data: object, pipeline: str) -> Schedule:
    found = _keys(data, f"pipeline {pipeline}: schedule", required=("cron",), optional=("timezone",))
    return Schedule.checked(found["cron"], found.get("timezone", "UTC"))


def _keys(data: object, where: str, required: Sequence[str] = (), optional: Sequence[str] = ()) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InputError(f"{where} must be a mapping; got {type(data).__name__}")
    known = (*required, *optional)
    for key in data:
        if key not in known:
            raise InputError(
                f"{where} must have the keys {', '.join(known)} only; got '{key}'.{did_you_mean(key, known)}"
            )
    for key in required:
        if key not in data:
            raise InputError(f"{where} must have the key '{key}'; got {', '.join(map(str, data)) or 'none'}")
    return data


def _sequence(data: object, where: str) -> list[Any]:
    if not isinstance(data, list | tuple):
        raise InputError(f"{where} must be a list; got {type(data).__name__}")
    return list(data)


def _words(data: object, where: str) -> list[str]:
    words = _sequence(data, where)
    for word in words:
        if not isinstance(word, str):
            raise InputError(f"{where} must be a list of words; got {word!r}")
    return words


def _moment(data: object, where: str) -> datetime:
    # YAML reads an unquoted timestamp as a datetime already.
    try:
        moment = data if isinstance(data, datetime) else datetime.fromisoformat(str(data))
    except ValueError:
        raise InputError(f"{where} must be a time in ISO 8601; got {data!r}") from None
    if moment.tzinfo is None:
        raise InputError(f"{where} must have a time zone, such as +00:00; got {data!r}")
    return moment


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
