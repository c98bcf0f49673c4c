"""The Operation: one frozen record per thing that a user can ask for; every surface derives from it."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_type_hints

from trustlab.core.optional import missing
from trustlab.core.parameters import SEED, Parameter, read_parameters
from trustlab.core.views import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trustlab.core.result import Direction, Outcome, Result, Threshold

Kind = Literal["verb", "check", "detector", "explainer"]
Cost = Literal["instant", "seconds", "minutes"]

# Packages whose name is not part of the id: a verb's words and a check's family speak for themselves.
SILENT_PACKAGES = ("verbs", "checks")


class Bundle(ABC):
    """Parameters that belong together and load together, such as the subject of an audit.

    A function that takes a bundle (by its annotation) has the parameters of the bundle's ``load`` in its place, so
    every operation on the same kind of subject is asked for in the same words.
    """

    # A classmethod of the subclass: the user's parameters, documented, and the keyword ``context``; returns the bundle.
    load: ClassVar[Callable[..., Any]]

    @abstractmethod
    def why_not(self, operation: Operation) -> str | None:
        """Return why ``operation`` does not apply to this bundle, or None where it does."""

    @abstractmethod
    def provenance(self) -> Mapping[str, Any]:
        """Return what the bundle was made of, as JSON data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Everything there is to know about one operation.

    Parameters
    ----------
    id : str
        The path of its file: ``fairness.error_rates``, ``data.commit``.
    summary : str
        The docstring's first line.
    own : sequence of Parameter
        The function's own parameters; `parameters` adds the bundles' and the seed.
    bundles : mapping of str to type
        Argument name to the Bundle class that loads it.
    needs : frozenset of str
        What the subject must have: ``model``, ``labels``, ``scores``, ``sensitive``, ``train``, ``features`` …
    tasks : tuple of str
        The learning tasks it serves; empty for all.
    better : {'lower', 'higher'}
        Which way the headline value is better.
    threshold : Threshold or None
        The default limits, with their source.
    extra : str or None
        The optional extra that it needs.
    example : mapping
        Parameters of a run that takes under a second on the tiny workspace of `trustlab.testing`.
    records : bool
        Whether a run is written into the workspace's journal.
    random : bool
        Whether anything is drawn at random: where not, nothing is loaded only to be seeded.
    read_only : bool
        Whether it changes nothing that is kept: who watches a workspace need not look again after it.
    writes_with : tuple of str
        The parameters with which it does change something all the same, such as ``create``.
    hands_over : mapping of str to (str, str)
        A parameter which, where it is given, makes this the work of another operation: its id, and the parameter's
        name there. The others are handed on as they are.
    """

    id: str
    kind: Kind
    title: str
    summary: str
    doc: str
    function: Callable[..., Result | Outcome]
    own: tuple[Parameter, ...]
    bundles: Mapping[str, type[Bundle]] = field(default_factory=dict)
    takes_context: str | None = None
    needs: frozenset[str] = frozenset()
    tasks: tuple[str, ...] = ()
    better: Direction = "lower"
    threshold: Threshold | None = None
    references: tuple[str, ...] = ()
    extra: str | None = None
    cost: Cost = "seconds"
    example: Mapping[str, Any] = field(default_factory=dict)
    records: bool = False
    random: bool = True
    read_only: bool = False
    writes_with: tuple[str, ...] = ()
    hands_over: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __call__(self, *args: Any, **kwargs: Any) -> Result | Outcome:
        """Call the bare function: for tests of its numbers; everything else goes through ``core.execute``."""
        return self.function(*args, **kwargs)

    @property
    def family(self) -> str:
        """The id's first word."""
        return self.id.split(".")[0]

    @property
    def words(self) -> tuple[str, ...]:
        """What is typed after ``trust``: a verb's words, any other operation's id."""
        return tuple(self.id.split(".")) if self.kind == "verb" else (self.id,)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter a caller may give, bundles first."""
        loaded = [
            parameter
            for bundle in self.bundles.values()
            for parameter in read_parameters(bundle.load, skip=("cls", "context"))
        ]
        return (*loaded, *self.own, SEED)

    @property
    def unavailable(self) -> str | None:
        """Why it cannot run here, or None where it can."""
        if not (absent := missing(self.extra)):
            return None
        return f"needs {', '.join(absent)}, which is not installed: pip install 'trustlab[{self.extra}]'"

    def only_reads(self, given: Mapping[str, Any]) -> bool:
        """Return whether it changes nothing that is kept, asked with these parameters (those that are not defaults)."""
        return self.read_only and not any(name in given for name in self.writes_with)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON data; what the surfaces derive from is what this prints."""
        parameters = self.parameters
        return {
            "id": self.id,
            "kind": self.kind,
            "family": self.family,
            "command": " ".join(("trust", *self.words)),
            "title": self.title,
            "summary": self.summary,
            "doc": self.doc,
            "parameters": {
                "type": "object",
                "properties": {parameter.name: clean(parameter.json_schema()) for parameter in parameters},
                "required": [parameter.name for parameter in parameters if parameter.required],
                "additionalProperties": False,
            },
            "needs": sorted(self.needs),
            "tasks": list(self.tasks),
            "better": self.better,
            "thresholds": self.threshold.to_dict() if self.threshold else None,
            "references": list(self.references),
            "extra": self.extra,
            "unavailable": self.unavailable,
            "cost": self.cost,
            "read_only": self.read_only,
            "writes_with": list(self.writes_with),
            "example": clean(dict(self.example)),
        }


def operation(
    kind: Kind,
    title: str,
    *,
    needs: Sequence[str] = (),
    tasks: Sequence[str] = (),
    better: Direction = "lower",
    threshold: Threshold | None = None,
    references: Sequence[str] = (),
    extra: str | None = None,
    cost: Cost = "seconds",
    example: Mapping[str, Any] | None = None,
    records: bool = False,
    random: bool = True,
    read_only: bool = False,
    writes_with: Sequence[str] = (),
    hands_over: Mapping[str, tuple[str, str]] | None = None,
) -> Callable[[Callable[..., Result | Outcome]], Operation]:
    """Turn a function into an operation; its id is the path of its file.

    The fields are those of `Operation`; parameters, summary and help come from the signature and the docstring.
    """
    fields: dict[str, Any] = {
        "needs": frozenset(needs),
        "tasks": tuple(tasks),
        "better": better,
        "threshold": threshold,
        "references": tuple(references),
        "extra": extra,
        "cost": cost,
        "example": dict(example or {}),
        "records": records,
        "random": random,
        "read_only": read_only,
        "writes_with": tuple(writes_with),
        "hands_over": dict(hands_over or {}),
    }
    return lambda function: _record(function, kind, title, fields)


def _record(function: Callable[..., Result | Outcome], kind: Kind, title: str, fields: Mapping[str, Any]) -> Operation:
    doc = inspect.getdoc(function) or ""
    bundles, context_name = _injected(function)
    skip = (*bundles, *((context_name,) if context_name else ()))
    return Operation(
        id=_id_of(function.__module__),
        kind=kind,
        title=title,
        summary=doc.split("\n\n")[0].replace("\n", " ").strip(),
        doc=doc,
        function=function,
        own=read_parameters(function, skip=skip),
        bundles=bundles,
        takes_context=context_name,
        **fields,
    )


def _id_of(module: str) -> str:
    words = module.split(".")[1:] or [module]  # a package that is one file has its own name
    return ".".join(words[1:] if words and words[0] in SILENT_PACKAGES else words)


def _injected(function: Callable[..., Any]) -> tuple[dict[str, type[Bundle]], str | None]:
    from trustlab.core.context import Context

    bundles: dict[str, type[Bundle]] = {}
    context_name = None
    for name, hint in get_type_hints(function).items():
        if name == "return" or not isinstance(hint, type):
            continue
        if issubclass(hint, Bundle):
            bundles[name] = hint
        elif issubclass(hint, Context):
            context_name = name
    return bundles, context_name
