"""One audit of a fleet, where a worker does it: idempotent, and its failure is its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core.context import Context
from trustlab.core.errors import InputError, InterruptedRunError, NotFoundError, TrustlabError
from trustlab.core.result import Status
from trustlab.core.version import VERSION
from trustlab.fleet import records
from trustlab.fleet.entries import Entry
from trustlab.fleet.shared import with_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.core.result import Document

LOOK_EVERY = 0.5  # seconds between looks at a process's memory
SAID = 300  # characters of a process's last words


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for every audit of a fleet.

    Parameters
    ----------
    folder : str
        Where relative names start and the search for the workspace begins; ``TRUSTLAB_HOME`` on the worker wins.
    tries : int
        How often a model may end the process that audits it.
    memory : int or None
        Bytes that a process of its own may take.
    version : str
        trustlab's, which a worker must have too.
    single : bool
        Whether libraries are held to one thread: there is a process for each core.
    """

    folder: str
    tries: int = 3
    memory: int | None = None
    version: str = VERSION
    single: bool = True


def surroundings(folder: str) -> Context:
    """Return the context on this worker, which may not have the client's folder."""
    here = Path(folder)
    return Context(folder=here if here.is_dir() else None, progress=False, notice=lambda _sentence: None)


def unreachable(folder: str, version: str) -> str | None:
    """Return why this process cannot work for a fleet, or None where it can; asked of each worker before the start."""
    if version != VERSION:
        return f"it has trustlab {VERSION}, and the fleet's is {version}"
    try:
        _ = surroundings(folder).workspace
    except NotFoundError as error:
        return f"{error.message}; set TRUSTLAB_HOME there to the workspace's folder"
    return None


def audited(entry: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, Any]:
    """Audit one model and return its verdict; what an earlier try finished is returned as it is.

    The first try is made in this process, with the tables that it shares. A try that never ended took a process with
    it: the next ones are made in a process of their own, so that a model takes nothing along but itself.

    Parameters
    ----------
    entry, terms : mapping
        The fields of `Entry` and `Terms`: plain data, which every version of Dask can carry.
    """
    own, ruled = Entry(**entry), Terms(**terms)
    context = surroundings(ruled.folder)
    begun = records.begin(context.workspace, own.key)
    if begun is None:
        raise InputError(
            f"the worker must work in the fleet's workspace; {context.workspace.root} is another one",
            hint="Set TRUSTLAB_HOME on the worker, and database_url where its nodes share no disk",
        )
    tries, verdict = begun
    if verdict is not None:
        return verdict
    if tries == 1:
        return perform(own, ruled)
    ended = "the process that audited it ended"
    while tries <= ruled.tries:
        ended = alone(own, ruled)
        tries, verdict = records.begin(context.workspace, own.key) or (tries + 1, None)
        if verdict is not None:
            return verdict
    verdict = failed(own, f"{ended}; tried {ruled.tries} times")
    records.end(context.workspace, own.key, verdict)
    return verdict


def perform(entry: Entry, terms: Terms) -> dict[str, Any]:
    """Audit here, and write the verdict; a fault becomes a verdict too."""
    from trustlab.core.execute import run

    context = surroundings(terms.folder)
    try:
        with _one_thread() if terms.single else nullcontext():
            verdict = summed(entry, run("audit", _parameters(entry, context), context))
    except InterruptedRunError:
        raise KeyboardInterrupt from None  # it was meant for the fleet, and is no fault of this model
    except TrustlabError as error:
        verdict = failed(entry, " ".join(filter(None, (error.message, error.hint))))
    except MemoryError:
        verdict = failed(entry, "its audit needs more memory than there is")
    except Exception as error:  # noqa: BLE001 - the boundary: one model's fault must not end the fleet, and is shown
        verdict = failed(entry, f"could not finish: {type(error).__name__}: {error}")
    records.end(context.workspace, entry.key, verdict)
    return verdict


def _parameters(entry: Entry, context: Context) -> dict[str, Any]:
    parameters = with_tables(entry.parameters, entry.identity, context)
    policy = parameters.get("policy")
    if entry.rules is not None and not (isinstance(policy, str) and context.path(policy).is_file()):
        parameters["policy"] = dict(entry.rules)
    return parameters


def _one_thread() -> Any:
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def alone(entry: Entry, terms: Terms) -> str:
    """Audit in a process of its own, which leaves a verdict unless it dies; return how it ended."""
    import psutil

    asked = json.dumps([asdict(entry), asdict(terms)])
    process = subprocess.Popen(
        [sys.executable, "-m", "trustlab.fleet.alone"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with_limit, said = "", ""
        told: str | None = asked
        while True:
            try:
                _, said = process.communicate(told, timeout=LOOK_EVERY)
                break
            except subprocess.TimeoutExpired:
                told = None  # it has been said
                if terms.memory and not with_limit and psutil.Process(process.pid).memory_info().rss > terms.memory:
                    with_limit = f"its audit needed more than {terms.memory / 1e9:.1f} GB, and was stopped"
                    process.kill()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return with_limit or _ended(process.returncode, said)


def _ended(code: int, said: str) -> str:
    if code < 0:
        return f"its audit ended the process by signal {signal.Signals(-code).name}"
    words = " ".join(said.split())[-SAID:]
    return f"its audit ended the process with status {code}" + (f" ({words})" if words else "")


def summed(entry: Entry, document: Document) -> dict[str, Any]:
    """Return what a fleet keeps of an audit; the whole document is in the journal, under ``run``."""
    checks = [
        {"id": result.id, "title": result.title, "status": str(result.status), "reason": result.reason, "value": value}
        for result, value in ((result, result.to_dict()["value"]) for result in document.results)
    ]
    kept = document.to_dict()
    return {
        "name": entry.name,
        "status": str(document.status),
        "run": document.provenance["run"],
        "seconds": document.provenance["seconds"],
        "summary": document.summary,
        "blocked_by": kept["blocked_by"],
        "rows": kept["rows"],
        "checks": checks,
        "error": None,
    }


def failed(entry: Entry, reason: str) -> dict[str, Any]:
    """Return the verdict on a model that could not be audited."""
    return {
        "name": entry.name,
        "status": str(Status.ERROR),
        "run": None,
        "seconds": None,
        "summary": reason,
        "blocked_by": [],
        "rows": None,
        "checks": [],
        "error": reason,
    }
