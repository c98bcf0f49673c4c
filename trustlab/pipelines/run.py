"""Run a pipeline: its steps in order, each through papermill, until the end or a closed gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InterruptedRunError, TrustlabError
from trustlab.core.result import Status, worst
from trustlab.pipelines import catalog, journal, lease, notebooks, records, steps
from trustlab.pipelines import parameters as parameter_cells
from trustlab.pipelines.interrupts import termination_as_interrupt
from trustlab.pipelines.records import RunRecord, StepRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.lease import Lease
    from trustlab.pipelines.parameters import Parameter
    from trustlab.pipelines.spec import Pipeline, Step

    Progress = Callable[[str], None]

INTERRUPTED = "interrupted: the user or the system stopped it"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is going to do: the revision, and each step's values."""

    pipeline: Pipeline
    values: Mapping[str, Mapping[str, Any]]


def run_pipeline(
    workspace: Workspace,
    name: str,
    *,
    parameters: Mapping[str, Any] | Sequence[str] | None = None,
    trigger: str = "manual",
    progress: Progress | None = None,
) -> RunRecord:
    """Run a pipeline's latest revision now, and return how it ended.

    A step runs once what it needs has ended well. Where a cell raises or a gate does not open, the steps that need
    that one, directly or not, are skipped; the others run. The run's status is the worst of its steps'.

    Parameters
    ----------
    parameters : mapping, sequence of ``key=value`` or None
        Values for this run alone, in place of the promoted ones; each goes to every step that has such a parameter.
    trigger : str
        Why it runs; one word, kept with the run.
    progress : callable or None
        Takes a sentence whenever a step or a cell begins.

    Returns
    -------
    RunRecord

    Raises
    ------
    NotFoundError, UsageError, DamagedError
        Before anything is written down: no such pipeline, a parameter that does not fit, a damaged notebook.
    InterruptedRunError
        At Ctrl-C or SIGTERM: the kernel is ended and the run marked.
    """
    plan = make_plan(workspace, name, parameters)
    with lease.hold(workspace) as held:
        given = {key: value for values in plan.values.values() for key, value in values.items()}
        with journal.writing(workspace) as connection:
            records.begin(connection, held, name, trigger, parameters=given)
        return _carry_out(workspace, held, lambda: plan, progress)


def run_claimed(workspace: Workspace, held: Lease, name: str, progress: Progress | None = None) -> RunRecord:
    """Run a pipeline whose run is written down already, by the scheduler that claimed its tick.

    What stands against the run (a pipeline that is gone, a damaged notebook) ends it with the status error.
    """
    return _carry_out(workspace, held, lambda: make_plan(workspace, name, None), progress)


def make_plan(workspace: Workspace, name: str, parameters: Mapping[str, Any] | Sequence[str] | None) -> Plan:
    """Load a pipeline and fit the values to its steps; `run_pipeline` says what can be wrong."""
    pipeline = catalog.load(workspace, name)
    declared = {step.name: declared_by(workspace, step) for step in pipeline.steps}
    given = parameters or {}
    if not isinstance(given, Mapping):
        given = parameter_cells.assignments(given)
    parameter_cells.check_names(given, [item.name for found in declared.values() for item in found])
    values: dict[str, dict[str, Any]] = {}
    for step in pipeline.steps:
        own = {item.name for item in declared[step.name]}
        mine = {key: value for key, value in given.items() if key in own}
        values[step.name] = {**step.parameters, **parameter_cells.read(mine, declared[step.name])}
    return Plan(pipeline, values)


def declared_by(workspace: Workspace, step: Step) -> list[Parameter]:
    """Return the parameters of a step's kept notebook; none where it has no parameters cell."""
    node = notebooks.read(catalog.open_notebook(workspace, step.notebook))
    has_cell = notebooks.parameters_at(node, step.notebook.file) is not None
    return notebooks.declared(node, step.notebook.file) if has_cell else []


def _carry_out(workspace: Workspace, held: Lease, plan: Callable[[], Plan], progress: Progress | None) -> RunRecord:
    """Walk the plan; whatever happens, the run has ended when this returns or raises."""
    with lease.beating(workspace, held.run), termination_as_interrupt():
        try:
            status, reason = _walk(workspace, held, plan(), progress or (lambda _sentence: None))
        except KeyboardInterrupt:
            records.finish(workspace, held.run, Status.ERROR, INTERRUPTED)
            raise InterruptedRunError(
                f"the run {held.run} was interrupted; its kernel is ended and it is marked so"
            ) from None
        except TrustlabError as error:
            status, reason = Status.ERROR, error.message
        except BaseException as error:
            records.finish(workspace, held.run, Status.ERROR, f"stopped by {type(error).__name__}: {error}")
            raise
        records.finish(workspace, held.run, status, reason)
    return records.find(workspace, held.run)


def _walk(workspace: Workspace, held: Lease, plan: Plan, progress: Progress) -> tuple[Status, str | None]:
    ordered = plan.pipeline.order()
    records.plan_steps(workspace, held.run, plan.pipeline.revision, ordered)
    blocked: set[str] = set()
    ended: list[StepRecord] = []
    for at, step in enumerate(ordered):
        closed = [need for need in step.needs if need in blocked]
        if closed:
            record, blocks = StepRecord(name=step.name, status=Status.SKIPPED, reason=f"it needs {closed[0]}"), True
        else:
            progress(f"{plan.pipeline.name}: step {step.name} ({at + 1} of {len(ordered)})")
            records.start_step(workspace, held.run, step.name)
            values = plan.values[step.name]
            record, blocks = steps.execute(workspace, plan.pipeline, step, values, held.folder, progress)
        if blocks:
            blocked.add(step.name)
        records.finish_step(workspace, held.run, record)
        ended.append(record)
    status = worst(record.status for record in ended)
    first = next((record for record in ended if record.status == status and record.reason), None)
    return status, f"step {first.name}: {first.reason}" if first else None
