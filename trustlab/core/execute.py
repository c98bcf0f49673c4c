"""The only way in: validate, check needs, seed, time, run, judge and record one operation."""

from __future__ import annotations

import os
import time
import traceback
import uuid
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trustlab.core import journal, optional, registry, step, unfinished
from trustlab.core.context import Context
from trustlab.core.errors import InterruptedRunError, TrustlabError
from trustlab.core.given import given
from trustlab.core.notices import noticing
from trustlab.core.operation import Bundle, Operation
from trustlab.core.parameters import SEED, bind, read_parameters
from trustlab.core.resolved import collecting
from trustlab.core.result import Document, Outcome, Result, Status, judge, limits_for, not_applicable, worst
from trustlab.core.seeding import seeded
from trustlab.core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.core.result import Threshold
    from trustlab.core.workspace import Workspace


def run(operation: str | Operation, parameters: Mapping[str, Any], context: Context | None = None) -> Document:
    """Run one operation and return its document.

    Parameters
    ----------
    operation : str or Operation
        The id, or the record.
    parameters : mapping
        By name; those with a format also take the Python object itself.
    context : Context or None
        The surroundings; those of a script in the current folder where None.

    Raises
    ------
    TrustlabError
        For anything that the caller can mend. A finding that fails is no error: it is in the document.
    """
    record, values = prepared(operation, parameters)
    asked = given(record.parameters, values)
    around = replace(context or Context(), seed=values.pop(SEED.name))
    started, clock = datetime.now(UTC), time.perf_counter()
    told = {"operation": record.id, "title": record.title, "given": asked, "started": _moment(started)}
    try:
        with (
            unfinished.noting(uuid.uuid4().hex, told),
            collecting() as refs,
            noticing(around.notice),
            seeded(around.seed) if record.random else nullcontext(),
        ):
            if record.records and (held := around.workspace_or_none) is not None:
                unfinished.begin(held)
            arguments = _load(record, values, around)
            answer = _call(record, arguments, around)
            if isinstance(answer, Result):
                answer = Outcome(results=[_finish(record, answer, arguments, around, clock)])
    except KeyboardInterrupt as error:
        # What the broken-off work still holds ends here, bars that are shown among it.
        traceback.clear_frames(error.__traceback__)
        raise InterruptedRunError(f"{record.id}: interrupted; nothing was half-written") from None
    document = _document(record, answer, arguments, around, started, time.perf_counter() - clock)
    seen = {"refs": list(refs.values())} if refs else {}
    document = replace(document, provenance={**document.provenance, "given": asked, **seen})
    workspace = around.workspace_or_none if record.records else None
    if workspace is not None:
        _record_run(workspace, document, around)
    return document


def prepared(operation: str | Operation, parameters: Mapping[str, Any]) -> tuple[Operation, dict[str, Any]]:
    """Return the operation that answers, and a checked value for each of its parameters: all that a run asks first.

    Raises
    ------
    TrustlabError
        Where it is unknown, a parameter is wrong, or an optional library is not installed.
    """
    record = operation if isinstance(operation, Operation) else registry.get(operation)
    for name, (other, there) in record.hands_over.items():
        if parameters.get(name) is not None:
            rest = {key: value for key, value in parameters.items() if key != name}
            return prepared(other, {**rest, there: parameters[name]})
    values = bind(record.id, record.parameters, parameters)
    optional.require(record.extra, record.id)
    return record, values


def _record_run(workspace: Workspace, document: Document, around: Context) -> None:
    from trustlab.core.sqlite_files import ReadOnlyError

    try:
        journal.write(workspace, document)
    except ReadOnlyError:
        around.notice("this workspace is read-only: the run is not in its journal")


def evaluate(
    record: Operation,
    bundles: Mapping[str, Bundle],
    context: Context,
    *,
    parameters: Mapping[str, Any] | None = None,
    threshold: Threshold | None = None,
) -> Result:
    """Run one check, detector or explainer on bundles that are already loaded, and return its finished result.

    A fault inside becomes a result with the status error: the rest of an audit goes on, and the fault is shown.

    Parameters
    ----------
    parameters : mapping or None
        The operation's own parameters.
    threshold : Threshold or None
        The policy's limits; the operation's own where None.
    """
    own = bind(record.id, record.own, parameters or {})
    arguments = {**{name: bundles[name] for name in record.bundles}, **own}
    clock = time.perf_counter()
    absent = optional.missing(record.extra)
    if absent:
        answer = Result(
            status=Status.SKIPPED, reason=f"needs the extra '{record.extra}' (pip install 'trustlab[{record.extra}]')"
        )
    else:
        try:
            with seeded(context.seed):
                answer = _result_of(_call(record, arguments, context))
        except TrustlabError as error:
            answer = Result(status=Status.ERROR, reason=" ".join(filter(None, (error.message, error.hint))))
        except Exception as error:  # noqa: BLE001 - the boundary: one check's fault must not end the audit, and is shown
            answer = Result(
                status=Status.ERROR, reason=f"{record.id} could not finish: {type(error).__name__}: {error}"
            )
    return _finish(record, answer, arguments, context, clock, threshold)


def _load(record: Operation, values: Mapping[str, Any], context: Context) -> dict[str, Any]:
    arguments = dict(values)
    for name, bundle in record.bundles.items():
        names = [parameter.name for parameter in read_parameters(bundle.load, skip=("cls", "context"))]
        arguments[name] = bundle.load(**{key: arguments.pop(key) for key in names}, context=context)
    return arguments


def _call(record: Operation, arguments: Mapping[str, Any], context: Context) -> Result | Outcome:
    for name in record.bundles:
        if reason := arguments[name].why_not(record):
            return not_applicable(reason)
    extra = {record.takes_context: context} if record.takes_context else {}
    return record.function(**arguments, **extra)


def _result_of(answer: Result | Outcome) -> Result:
    assert isinstance(answer, Result), "checks, detectors and explainers return a Result"
    return answer


def _finish(
    record: Operation,
    result: Result,
    arguments: Mapping[str, Any],
    context: Context,
    clock: float,
    threshold: Threshold | None = None,
) -> Result:
    limits = limits_for(result.threshold, record.threshold, threshold)
    by_policy = threshold is not None and (record.threshold is None or threshold.differs(record.threshold))
    judged = judge(result, limits, record.better, by_limits=by_policy)
    provenance = {
        "operation": record.id,
        "parameters": {parameter.name: _plain(arguments[parameter.name]) for parameter in record.own},
        "seed": context.seed,
        "seconds": round(time.perf_counter() - clock, 3),
        "inputs": {name: arguments[name].provenance() for name in record.bundles},
        "references": list(record.references),
        **result.provenance,
    }
    return replace(judged, id=record.id, title=record.title, provenance=provenance)


def _document(
    record: Operation,
    outcome: Outcome | Result,
    arguments: Mapping[str, Any],
    context: Context,
    started: datetime,
    seconds: float,
) -> Document:
    assert isinstance(outcome, Outcome)
    statuses = [result.status for result in outcome.results]
    within = step.current()
    summary = outcome.summary or (outcome.results[0].reason if outcome.results else None)
    return Document(
        operation=record.id,
        title=record.title,
        status=outcome.status or worst(statuses),
        results=list(outcome.results),
        payload=outcome.payload,
        summary=summary,
        views=list(outcome.views),
        advice=list(outcome.advice),
        provenance={
            "run": uuid.uuid4().hex,
            "started": _moment(started),
            "seconds": round(seconds, 3),
            "seed": context.seed,
            "author": context.author,
            "trustlab": VERSION,
            "parameters": {name: _plain(arguments[name]) for name in arguments if name not in record.bundles},
            "inputs": {name: arguments[name].provenance() for name in record.bundles},
            **({"pipeline": within.place()} if within else {}),
        },
        value=outcome.value,
    )


def _moment(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, os.PathLike):
        return str(value)
    return f"<{type(value).__module__}.{type(value).__qualname__}>"
