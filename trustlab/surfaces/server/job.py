"""A job: one operation that runs, or ran, in a process of its own."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from trustlab.core.errors import InterruptedRunError, TrustlabError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

State = Literal["queued", "running", "done", "failed", "cancelled"]
MOST_POINTS = 300
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is.

    Parameters
    ----------
    label : str
        What is being done.
    done : int
        How many of its parts are finished.
    total : int or None
        How many there are, where that is known.
    """

    label: str
    done: int
    total: int | None


@dataclass(slots=True)
class Curve:
    """What the work measured so far: a table, whose first column runs along the axis."""

    columns: tuple[str, ...]
    rows: list[tuple[float | None, ...]] = field(default_factory=list)

    def add(self, values: Mapping[str, float | None]) -> None:
        """Add a point; where there are too many to look at, every other one is let go."""
        self.rows.append(tuple(values.get(name) for name in self.columns))
        if len(self.rows) > MOST_POINTS:
            del self.rows[1::2]


@dataclass(kw_only=True, eq=False)
class Job:
    """One job, from the moment that it was asked for.

    Parameters
    ----------
    id, operation, title : str
        Its own id; the operation's id and title.
    parameters : mapping
        What was asked, as it may be shown.
    asked : mapping
        What was asked.
    folder : pathlib.Path
        Where relative paths start.
    light : bool
        Whether it may run beside those that keep the cores busy.
    read_only : bool
        Whether it changes nothing that is kept.
    waited : bool
        Whether the one who asked waits for the answer, or waited and heard it: it is no news to them.
    """

    id: str
    operation: str
    title: str
    parameters: Mapping[str, Any]
    asked: Mapping[str, Any]
    folder: Path
    light: bool
    read_only: bool
    waited: bool = False
    state: State = "queued"
    status: str | None = None
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    seconds: float = 0.0
    progress: Progress | None = None
    notice: str | None = None
    curve: Curve | None = None
    run: str | None = None
    error: Mapping[str, str | None] | None = None
    document: bytes | None = None
    pid: int | None = None
    listens: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    _clock: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether it has ended, one way or the other."""
        return self.state in {"done", "failed", "cancelled"}

    @property
    def is_look(self) -> bool:
        """Whether it only reads, for one who waits for the answer: nobody else is told of it, and it is not kept."""
        return self.waited and self.read_only

    @property
    def cancelling(self) -> bool:
        """Whether somebody asked that it stop."""
        return self.stopping.is_set()

    def begin(self) -> None:
        """Note that it runs from now on."""
        self.state, self._clock = "running", time.monotonic()
        self.started = datetime.now(UTC).isoformat(timespec="milliseconds")

    def measure(self, values: Mapping[str, float | None]) -> None:
        """Take in what the work measured."""
        self.curve = self.curve or Curve(tuple(values))
        self.curve.add(values)

    def end(self, state: State) -> None:
        """Note how it ended."""
        self.seconds = self._elapsed()
        self.state, self.progress, self.curve = state, None, None
        if state == "cancelled":
            self.document = None
            self.error = self.error or InterruptedRunError(f"{self.operation}: cancelled").to_dict()
        self.finished.set()

    def to_dict(self) -> dict[str, Any]:
        """Return the job as JSON data."""
        return {
            "id": self.id,
            "operation": self.operation,
            "title": self.title,
            "state": self.state,
            "status": self.status,
            "started": self.started,
            "seconds": round(self._elapsed(), 3),
            "progress": asdict(self.progress) if self.progress else None,
            "notice": self.notice,
            "curve": asdict(self.curve) if self.curve else None,
            "run": self.run,
            "read_only": self.read_only,
            "waited": self.waited,
            "error": self.error,
            "parameters": self.parameters,
        }

    def _elapsed(self) -> float:
        return time.monotonic() - self._clock if self.state == "running" else self.seconds


def crash(operation: str, code: int | None) -> TrustlabError:
    """Return the words for a process that ended without an answer.

    Parameters
    ----------
    code : int or None
        Its exit code, negative for a signal; None where nobody knows.
    """
    hint = "Nothing was half-written. The Jupyter server's log may say more"
    if code is None or code >= 0:
        how = "ended" if code is None else f"ended with the exit code {code}"
        return TrustlabError(f"{operation}: its process must give an answer; it {how} without one", hint)
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    if -code == signal.SIGKILL:
        return TrustlabError(
            f"{operation}: its process was killed ({name}); most often that is the system, short of memory",
            hint="Nothing was half-written. Ask for less at once, or give the machine more memory, and run it again",
        )
    return TrustlabError(f"{operation}: its process crashed ({name}) before it could answer", hint)
