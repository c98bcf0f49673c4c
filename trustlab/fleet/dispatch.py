"""Who audits: this process, a Dask cluster of this machine's cores, or the team's by its scheduler's address."""

from __future__ import annotations

import time
from collections import deque
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from trustlab.core.cores import usable_cores
from trustlab.core.errors import ConflictError, MissingExtraError, UsageError
from trustlab.fleet import task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustlab.fleet.entries import Entry
    from trustlab.fleet.task import Terms

CONNECT_SECONDS = 30
RESENT = 3  # how often an audit is sent again that Dask gave up, beside the tries of the audit itself
# One task a worker, so that only the audit that runs is blamed for a dead process; how often a model may end one is
# counted in the workspace, and Dask shall not count against it.
CONFIGURATION = {
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 20,
}


def answers(
    entries: Sequence[Entry], terms: Terms, *, address: str | None, workers: int | None
) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """Yield each entry with its verdict, as they come.

    Parameters
    ----------
    entries : sequence of Entry
        Enrolled in the workspace already.
    address : str or None
        Of a Dask scheduler; a local cluster where None.
    workers : int or None
        Processes of the local cluster, a core each; 0 audits one after another in this process.
    """
    if workers == 0:
        for entry in entries:
            yield entry, task.audited(asdict(entry), asdict(terms))
        return
    with _client(address, workers or usable_cores(), len(entries), terms) as client:
        _refuse_unreachable(client, terms)
        yield from _spread(client, entries, terms)


@contextmanager
def _client(address: str | None, workers: int, audits: int, terms: Terms) -> Iterator[Any]:
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise MissingExtraError(
            "a fleet is spread by Dask, whose package distributed must be installed; it is not",
            hint="pip install 'dask[distributed]'; or one after another in this process: --workers 0",
        ) from None
    with dask.config.set(CONFIGURATION):
        if address is not None:
            try:
                client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            except (OSError, ValueError) as error:
                raise ConflictError(
                    f"the Dask scheduler at {address} must answer within {CONNECT_SECONDS} s; {error}",
                    hint="See dask_address in .trust/config.toml, or TRUSTLAB_DASK_ADDRESS",
                ) from None
            with client:
                yield client
            return
        with (
            LocalCluster(
                n_workers=min(workers, audits),
                threads_per_worker=1,
                processes=True,
                memory_limit=terms.memory or "auto",
                dashboard_address=None,
                silence_logs=50,
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield client


def _refuse_unreachable(client: Any, terms: Terms) -> None:
    """Ask every worker whether it can work in this workspace, before it is given any."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        raise ConflictError(
            f"the Dask scheduler must have a worker within {CONNECT_SECONDS} s; none came",
            hint="Start one on a node: dask worker ADDRESS --nthreads 1",
        ) from None
    said = client.run(task.unreachable, terms.folder, terms.version)
    if broken := {worker: why for worker, why in said.items() if why is not None}:
        worker, why = next(iter(broken.items()))
        more = f" ({len(broken)} of {len(said)} workers)" if len(said) > 1 else ""
        raise UsageError(f"each Dask worker must reach the workspace; {worker} cannot: {why}{more}")


def _spread(client: Any, entries: Sequence[Entry], terms: Terms) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """Keep as many audits on the way as there are threads, and send again what got lost."""
    from distributed import as_completed

    waiting, sent = deque(entries), dict.fromkeys((entry.key for entry in entries), 0)
    under_way: dict[Any, Entry] = {}
    done = as_completed(loop=client.loop)

    def send() -> None:
        room = max(1, sum(client.nthreads().values()))
        while waiting and len(under_way) < room:
            entry = waiting.popleft()
            sent[entry.key] += 1
            name = f"trust-audit-{entry.key[:16]}-{sent[entry.key]}-{time.monotonic_ns()}"
            future = client.submit(task.audited, asdict(entry), asdict(terms), key=name, pure=False)
            under_way[future] = entry
            done.add(future)

    try:
        send()
        for future in done:
            entry = under_way.pop(future)
            fault = None if future.status == "finished" else _fault(future)
            if fault is None:
                yield entry, future.result()
            elif sent[entry.key] <= RESENT:
                waiting.append(entry)
            else:
                yield entry, task.failed(entry, fault)
            send()
    finally:
        # Ctrl-C lands here too. What has not begun does not begin; of a local cluster, what runs ends with it.
        client.cancel(list(under_way))


def _fault(future: Any) -> str:
    """Return why Dask gave an audit up: its worker died once too often, the future got lost, or the task raised."""
    if future.status != "error":
        return f"Dask lost the audit ({future.status})"
    error = future.exception()
    return f"Dask gave the audit up: {type(error).__name__}: {error}"
