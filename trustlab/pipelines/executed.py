"""What a run leaves behind: the notebook that a step executed, copied to where it can be opened, and its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.errors import ConflictError, InputError, NotFoundError, did_you_mean
from trustlab.core.result import Status

if TYPE_CHECKING:
    from pathlib import Path

    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.records import RunRecord, StepRecord


def step_of(record: RunRecord, named: str | None) -> StepRecord:
    """Return the step called ``named``; without a name the one that did not end well, else the last that ran.

    Raises
    ------
    NotFoundError
        Where there is no such step, or none has begun.
    """
    names = [one.name for one in record.steps]
    if named is None:
        ran = [one for one in record.steps if one.notebook]
        if not ran:
            raise NotFoundError(f"the run {record.id} must have executed a notebook; it did not come so far")
        return next((one for one in ran if one.status != Status.PASS), ran[-1])
    if named not in names:
        raise NotFoundError(
            f"step must be one of the run {record.id} ({', '.join(names) or 'it has none'}); got {named!r}."
            f"{did_you_mean(named, names)}"
        )
    return record.step(named)


def copy_notebook(workspace: Workspace, step: StepRecord, target: Path) -> None:
    """Copy the notebook that a step executed to ``target``, unless the same is there already.

    Raises
    ------
    NotFoundError
        Where the step executed none, or it is gone.
    ConflictError
        Where ``target`` holds something else; it is left as it is.
    InputError
        Where it cannot be written.
    """
    source = workspace.root / step.notebook if step.notebook else None
    if source is None or not source.is_file():
        why = "it is gone" if source else "it was not run"
        raise NotFoundError(f"the step {step.name} must have left its notebook; {why}")
    content = source.read_bytes()
    try:
        with target.open("xb") as file:
            file.write(content)
    except FileExistsError:
        if not target.is_file() or target.read_bytes() != content:
            raise ConflictError(
                f"notebook must name a new file; {target} is there and holds something else", "Name another file"
            ) from None
    except OSError as error:
        raise InputError(f"notebook must name a file that can be written; {target}: {error.strerror}") from None
