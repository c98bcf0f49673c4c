"""What an operation returns: findings with a status each, gathered in a document, the JSON contract's version 1."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.errors import UsageError
from trustlab.core.views import View, clean, view_from_dict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCHEMA_VERSION = 1
RESERVED = {"schema", "operation", "title", "status", "summary", "results", "views", "advice", "provenance"}

Direction = Literal["lower", "higher"]


class Status(StrEnum):
    """The six ends of a question; "could not look" is never "fine"."""

    FAIL = "fail"
    WARN = "warn"
    ERROR = "error"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    SKIPPED = "skipped"
    NOT_APPLICABLE = "not_applicable"


SEVERITY: tuple[Status, ...] = (
    Status.FAIL,
    Status.ERROR,
    Status.WARN,
    Status.PASS,
    Status.SKIPPED,
    Status.NOT_APPLICABLE,
)

LOOKED = frozenset({Status.FAIL, Status.WARN, Status.PASS})


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a number begins to worry.

    Parameters
    ----------
    warn, fail : float or None
        The limits, in the unit of the result's value; None where there is no such limit.
    source : str
        Who says so: a law, a guideline, a paper, a convention of the field, or the policy's owner.
    """

    warn: float | None
    fail: float | None
    source: str

    def differs(self, other: Threshold) -> bool:
        """Return whether the numbers are others, whoever says so."""
        return (self.warn, self.fail) != (other.warn, other.fail)

    def to_dict(self) -> dict[str, Any]:
        """Return the limits as JSON data."""
        return {"warn": clean(self.warn), "fail": clean(self.fail), "source": self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One finding: a check's, detector's or explainer's answer.

    The function that computes it fills the numbers, the sentence and the views; ``core.execute`` fills ``id``,
    ``title``, ``provenance`` and, where the function left it None, ``status`` by the thresholds. A status that the
    function gives (a test's) stands unless a policy states limits; ``threshold`` it gives where the limits depend on
    the data.

    Parameters
    ----------
    reason : str or None
        The finding as one sentence for a person, numbers included; for not_applicable, skipped and error, why.
    value : float or None
        The headline number that the thresholds judge.
    interval : pair of float or None
        Its confidence interval at ``level``.
    n : int or None
        The rows the number rests on.
    advice : sequence of str
        What to do next: commands (``%trust …``) or plain sentences.
    """

    status: Status | None = None
    reason: str | None = None
    value: float | None = None
    unit: str | None = None
    interval: tuple[float, float] | None = None
    level: float | None = None
    n: int | None = None
    p_value: float | None = None
    views: Sequence[View] = ()
    advice: Sequence[str] = ()
    id: str = ""
    title: str = ""
    threshold: Threshold | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The id's first word, such as ``fairness``."""
        return self.id.split(".")[0]

    @property
    def is_judged(self) -> bool:
        """Whether a limit, or a test of its own, stands behind its status: what is only shown has passed nothing."""
        limits = self.threshold
        return limits is None or limits.warn is not None or limits.fail is not None

    def view(self, name: str) -> View:
        """Return the view called ``name``; KeyError where there is none."""
        for view in self.views:
            if view.name == name:
                return view
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON data; what does not apply is null, never absent."""
        return {
            "id": self.id,
            "title": self.title,
            "status": str(self.status) if self.status else None,
            "reason": self.reason,
            "value": clean(self.value),
            "unit": self.unit,
            "interval": clean(self.interval),
            "level": clean(self.level),
            "n": clean(self.n),
            "p_value": clean(self.p_value),
            "threshold": self.threshold.to_dict() if self.threshold else None,
            "views": [view.to_dict() for view in self.views],
            "advice": list(self.advice),
            "provenance": clean(dict(self.provenance)),
        }


def not_applicable(reason: str) -> Result:
    """Return a finding that says why the question does not arise here."""
    return Result(status=Status.NOT_APPLICABLE, reason=reason)


def limits_for(own: Threshold | None, declared: Threshold | None, stated: Threshold | None) -> Threshold | None:
    """Return the limits by which a finding is judged.

    Parameters
    ----------
    own : Threshold or None
        What the finding itself says: limits that depend on the data, such as what a guess gets.
    declared : Threshold or None
        What the operation's record says.
    stated : Threshold or None
        What a policy says; a side that it leaves as it is declared is the finding's own.
    """
    if stated is None:
        return own or declared
    if own is None or declared is None:
        return stated
    return Threshold(
        own.warn if stated.warn == declared.warn else stated.warn,
        own.fail if stated.fail == declared.fail else stated.fail,
        own.source if stated.source == declared.source else stated.source,
    )


def judge(result: Result, threshold: Threshold | None, direction: Direction, *, by_limits: bool = False) -> Result:
    """Return ``result`` with its status set by ``threshold``.

    A value beyond ``fail`` fails only where the end of its interval nearest to fine is beyond ``warn`` too;
    otherwise the excess could be noise and the finding warns. Without an interval the value alone decides.
    A status that the check gave by a test of its own stands, but nothing fails without a limit to fail.

    Parameters
    ----------
    direction : {'lower', 'higher'}
        Which way is better.
    by_limits : bool
        Whether the limits are a policy's: then they decide over the check's own test wherever there is a number.
    """
    judged = replace(result, threshold=threshold)
    value = clean(judged.value)
    tested = judged.status
    if tested is not None and not (by_limits and tested in LOOKED and value is not None):
        mild = tested == Status.FAIL and threshold is not None and threshold.fail is None
        return replace(judged, status=Status.WARN) if mild else judged
    found = _by_limits(judged, value, threshold, direction)
    if tested is not None and found.status in LOOKED and SEVERITY.index(found.status) > SEVERITY.index(tested):
        said = f"The limits of the policy decide; the check's own test would say {tested}."
        return replace(found, reason=" ".join(filter(None, (found.reason, said))))
    return found


def _by_limits(judged: Result, value: float | None, threshold: Threshold | None, direction: Direction) -> Result:
    if value is None:
        return replace(judged, status=Status.ERROR, reason=judged.reason or "the number could not be computed")
    if threshold is None:
        return replace(judged, status=Status.PASS)
    sign = 1.0 if direction == "lower" else -1.0

    def beyond(number: float, limit: float | None) -> bool:
        return limit is not None and sign * number > sign * limit

    bounds = clean(judged.interval)
    # the other end may be open (a ratio to a rate of 0): only this one decides
    nearest = (bounds[0] if direction == "lower" else bounds[1]) if bounds else None
    kind_end = value if nearest is None else nearest
    given = [limit for limit in (threshold.warn, threshold.fail) if limit is not None]
    first_limit = min(given, key=lambda limit: sign * limit, default=None)
    noise = not beyond(kind_end, first_limit)
    if beyond(value, threshold.fail) and not noise:
        return replace(judged, status=Status.FAIL)
    if beyond(value, first_limit):
        sentence = judged.reason or ""
        if noise:
            sentence = f"{sentence} This could be noise: the interval reaches the limit.".strip()
        return replace(judged, status=Status.WARN, reason=sentence or None)
    return replace(judged, status=Status.PASS)


def worst(statuses: Iterable[Status | str | None]) -> Status:
    """Return the status of a whole from its parts.

    Fail, error and warn win in that order; then pass, if anything passed; a whole of which nothing was looked at
    is skipped or not_applicable, never pass. No parts at all is pass: the operation did what it was asked.
    """
    present = {Status(status) for status in statuses if status}
    if not present:
        return Status.PASS
    return next(status for status in SEVERITY if status in present)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a verb hands to ``core.execute``.

    Parameters
    ----------
    payload : mapping
        The verb's own keys of the document, such as ``commit`` or ``pipelines``; JSON data.
    results : sequence of Result
        Finished findings (they come out of ``core.execute``).
    status : Status or None
        The whole's status; the worst of the results' where None.
    summary : str or None
        One sentence for a person.
    views : sequence of View
        What the verb itself shows (a log, a list of pipelines), outside any finding.
    value : object
        The Python value for a caller in the same process (a frame, a fitted model); never part of the JSON.
    """

    payload: Mapping[str, Any] = field(default_factory=dict)
    results: Sequence[Result] = ()
    status: Status | None = None
    summary: str | None = None
    views: Sequence[View] = ()
    advice: Sequence[str] = ()
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One finished operation, the unit that every surface shows and ``--json`` prints."""

    operation: str
    title: str
    status: Status
    results: Sequence[Result]
    payload: Mapping[str, Any]
    summary: str | None
    views: Sequence[View]
    advice: Sequence[str]
    provenance: Mapping[str, Any]
    value: Any = None

    def __post_init__(self) -> None:
        """Refuse a payload that would hide one of the document's own keys."""
        if hidden := sorted(RESERVED & set(self.payload)):
            raise UsageError(f"{self.operation}: a payload must leave the document's own keys alone; got {hidden[0]!r}")

    def counts(self) -> dict[str, int]:
        """Return how many results ended in each status, worst first."""
        return {str(status): sum(result.status == status for result in self.results) for status in SEVERITY}

    def sorted_results(self) -> list[Result]:
        """Return the results, worst first, otherwise in the order they were asked."""
        return sorted(self.results, key=lambda result: SEVERITY.index(result.status or Status.ERROR))

    def to_dict(self) -> dict[str, Any]:
        """Return the document as JSON data, the contract's form."""
        return {
            "schema": SCHEMA_VERSION,
            "operation": self.operation,
            "title": self.title,
            "status": str(self.status),
            "summary": self.summary,
            "results": [result.to_dict() for result in self.results],
            "views": [view.to_dict() for view in self.views],
            "advice": list(self.advice),
            "provenance": clean(dict(self.provenance)),
            **clean(dict(self.payload)),
        }


def document_from_dict(data: Mapping[str, Any]) -> Document:
    """Return the document that `Document.to_dict` wrote, for a journal's reader; the Python value is gone."""
    return Document(
        operation=data["operation"],
        title=data["title"],
        status=Status(data["status"]),
        results=[_result_from_dict(result) for result in data["results"]],
        payload={key: value for key, value in data.items() if key not in RESERVED},
        summary=data["summary"],
        views=[view_from_dict(view) for view in data["views"]],
        advice=data["advice"],
        provenance=data["provenance"],
    )


def _result_from_dict(data: Mapping[str, Any]) -> Result:
    threshold, interval = data["threshold"], data["interval"]
    fields = {
        **data,
        "status": Status(data["status"]),
        "interval": None if interval is None else (interval[0], interval[1]),
        "threshold": None if threshold is None else Threshold(**threshold),
        "views": [view_from_dict(view) for view in data["views"]],
    }
    return Result(**fields)
