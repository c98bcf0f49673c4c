"""One step: its notebook through papermill, in a kernel of its own."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

from trustlab.core.errors import InputError
from trustlab.core.result import Status
from trustlab.core.step import CurrentStep
from trustlab.core.views import clean
from trustlab.pipelines import catalog, notebooks
from trustlab.pipelines.gates import judge_step
from trustlab.pipelines.records import CellError, StepRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.spec import Pipeline, Step

KERNELS = ("trustlab", "python3")
QUIET_SECONDS = 2.0
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def execute(
    workspace: Workspace,
    pipeline: Pipeline,
    step: Step,
    values: Mapping[str, Any],
    folder: Path,
    progress: Callable[[str], None],
) -> tuple[StepRecord, bool]:
    """Run a step's notebook and judge what it glued.

    Its kernel is told which step of which run it is, so that what it commits and trains can say so.

    Parameters
    ----------
    values : mapping
        The parameters to inject, checked.
    folder : Path
        The run's, called by its id: where the executed notebook and the log go.
    progress : callable
        Takes a sentence when a cell begins, every other second at most.

    Returns
    -------
    record : StepRecord
    blocks : bool
        Whether the steps that need this one are to be skipped.
    """
    from papermill.exceptions import PapermillExecutionError

    source = catalog.open_notebook(workspace, step.notebook)
    target, log = folder / f"{step.name}.ipynb", folder / f"{step.name}.log"
    blank = StepRecord(
        name=step.name, notebook=str(target.relative_to(workspace.root)), log=str(log.relative_to(workspace.root))
    )
    with log.open("a", encoding="utf-8") as stream:
        try:
            told = _told(pipeline, step, folder.name, source, values)
            _run_papermill(workspace, told, source, target, values, stream, progress)
        except PapermillExecutionError as error:
            stream.write("\n" + _plain("\n".join(error.traceback)) + "\n")
            found = _cell_error(error, source, injected=bool(values))
            reason = f"cell {found.cell} raised {found.kind}: {found.message}".strip()
            return replace(blank, status=Status.ERROR, reason=reason, glued=_glued(target), error=found), True
        except RuntimeError as error:
            # nbclient's word for a kernel that did not start or died, for want of memory as a rule.
            stream.write(f"\n{type(error).__name__}: {error}\n")
            reason = f"the kernel did not live to the end: {_plain(str(error)).strip()}"
            return replace(blank, status=Status.ERROR, reason=reason), True
    glued = _glued(target)
    verdict = judge_step(step.gate, glued)
    return replace(blank, status=verdict.status, reason=verdict.reason, glued=glued), verdict.blocks


def kernel_name() -> str:
    """Return the kernelspec that runs steps: trustlab's where it is installed, else the current Python's.

    Raises
    ------
    InputError
        Where there is neither.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    known = KernelSpecManager().find_kernel_specs()
    for name in KERNELS:
        if name in known:
            return name
    raise InputError(f"a kernel called {' or '.join(KERNELS)} must be installed; got {', '.join(known) or 'none'}")


def _told(pipeline: Pipeline, step: Step, run: str, source: Path, values: Mapping[str, Any]) -> CurrentStep:
    node = notebooks.read(source)
    has_cell = notebooks.parameters_at(node, step.notebook.file) is not None
    own = notebooks.declared(node, step.notebook.file) if has_cell else []
    # What the cell computes shows in its code alone.
    literal = {item.name: item.default for item in own if item.type != "any"}
    return CurrentStep(
        pipeline=pipeline.name,
        revision=pipeline.revision,
        run=run,
        step=step.name,
        notebook=step.notebook.file,
        code_hash=step.notebook.digest,
        parameters={**literal, **values},
    )


def _run_papermill(
    workspace: Workspace,
    told: CurrentStep,
    source: Path,
    target: Path,
    values: Mapping[str, Any],
    log: IO[str],
    progress: Callable[[str], None],
) -> None:
    import papermill

    total = len(notebooks.read(source).cells) + bool(values)

    last = time.monotonic()

    def say(cell: Any, cell_index: int) -> None:  # noqa: ARG001 - nbclient passes both by name
        nonlocal last
        if time.monotonic() - last >= QUIET_SECONDS:
            progress(f"{told.step}: cell {cell_index + 1} of {total}")
            last = time.monotonic()

    papermill.execute_notebook(
        _literal(source),
        _literal(target),
        parameters=dict(values) or None,
        kernel_name=kernel_name(),
        language="python",
        progress_bar=False,
        stdout_file=log,
        stderr_file=log,
        # Not papermill's cwd: that would move this whole process, other threads included.
        resources={"metadata": {"path": str(workspace.root.parent)}},
        kernel_manager_class=_kernel_manager(workspace, told, log),
        on_cell_start=say,
    )


def _kernel_manager(workspace: Workspace, told: CurrentStep, log: IO[str]) -> type:
    """Return a kernel manager whose kernels know the workspace and the step, and leave our own stdout alone."""
    from jupyter_client.manager import AsyncKernelManager

    class StepKernelManager(AsyncKernelManager):
        """Starts kernels for one step."""

        async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override] # the base states the sync type
            environment = {**os.environ, "TRUSTLAB_HOME": str(workspace.root), **told.environment()}
            # What the kernel prints comes as messages; its bare stderr has what it says when it crashes.
            await super().start_kernel(**{"env": environment, "stdout": subprocess.DEVNULL, "stderr": log, **kwargs})

    return StepKernelManager


def _literal(path: Path) -> str:
    """Return the path with its braces doubled: papermill fills them in from the parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _glued(path: Path) -> dict[str, Any]:
    """Return what an executed notebook glued, JSON values only: frames and displays stay in the notebook."""
    import scrapbook

    if not path.exists():
        return {}
    scraps = scrapbook.read_notebook(str(path)).scraps
    return {name: clean(scrap.data) for name, scrap in scraps.items() if scrap.encoder in {"json", "text"}}


def _cell_error(error: Any, source: Path, *, injected: bool) -> CellError:
    node = notebooks.read(source)
    at = int(error.cell_index)
    place = notebooks.parameters_at(node, source.name)
    # papermill puts its cell behind the parameters cell, or first; numbers are those of the promoted notebook.
    if injected and at > (-1 if place is None else place):
        at = max(at - 1, 0)
    match = re.search(rf"(?:In\[{error.exec_count}\]), line (\d+)", _plain("\n".join(error.traceback)))
    line = int(match.group(1)) if match else None
    lines = str(error.source).splitlines()
    return CellError(
        cell=at + 1,
        line=line,
        source=lines[line - 1] if line is not None and line <= len(lines) else None,
        kind=str(error.ename),
        message=_plain(str(error.evalue)),
    )


def _plain(text: str) -> str:
    return _COLOURS.sub("", text)
