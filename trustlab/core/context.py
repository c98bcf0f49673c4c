"""What surrounds a run: the workspace, the notebook's variables, the seed, and where notices and progress go."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sized
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from trustlab.core.bars import shown
from trustlab.core.errors import NotFoundError
from trustlab.core.notices import notice_on_stderr as notice_on_stderr
from trustlab.core.unfinished import begin
from trustlab.core.workspace import Workspace, current_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    import numpy as np


@dataclass(kw_only=True)
class Context:
    """The surroundings of one run; a surface makes one, and nested runs share it.

    Parameters
    ----------
    folder : pathlib.Path or None
        Where relative paths start and the search for a workspace begins; the current folder where None.
    namespace : mapping
        The notebook's variables, by which a magic may name models and frames.
    cell : str or None
        The code of a cell magic.
    seed : int
        Seed of everything random.
    progress : bool
        Whether long work shows a bar.
    notice : callable
        Takes one sentence for the person who waits.
    on_progress : callable or None
        Takes what is done, how many are finished and how many there are (None where nobody knows), in place of a bar.
    on_measure : callable or None
        Takes what the work measures as it goes, numbers by name, the first of them along the axis.
    stdin : binary file or None
        Standard input, where the surface has one of its own: the command line.
    now : callable
        The clock, in UTC: what expires asks it.
    """

    folder: Path | None = None
    namespace: Mapping[str, Any] = field(default_factory=dict)
    cell: str | None = None
    seed: int = 0
    progress: bool = True
    notice: Callable[[str], None] = notice_on_stderr
    on_progress: Callable[[str, int, int | None], None] | None = None
    on_measure: Callable[[Mapping[str, float]], None] | None = None
    stdin: BinaryIO | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def path(self, text: str | Path) -> Path:
        """Return ``text`` as an absolute path."""
        path = Path(text)
        with contextlib.suppress(RuntimeError):  # "~somebody" who is no user is a name like any other
            path = path.expanduser()
        return path if path.is_absolute() else (self.folder or current_folder()) / path

    @property
    def today(self) -> date:
        """The day, in UTC."""
        return self.now().date()

    @property
    def workspace(self) -> Workspace:
        """The workspace; NotFoundError with what to do where there is none."""
        return Workspace.find(self.folder)

    @property
    def workspace_or_none(self) -> Workspace | None:
        """The workspace, or None where there is none: for reading."""
        try:
            return self.workspace
        except NotFoundError:
            return None

    @property
    def author(self) -> str:
        """Who runs this: the setting ``author``, else the operating system's user name."""
        import getpass

        workspace = self.workspace_or_none
        named = workspace.settings.author if workspace is not None else None
        try:
            return named or getpass.getuser()
        except (KeyError, OSError):  # a user id without a name, as in some containers
            return "unknown"

    def ensure_workspace(self) -> Workspace:
        """Return the workspace, made in the folder where there is none yet: for writing."""
        found = self.workspace_or_none
        if found is None:
            found = Workspace.create(self.folder)
            self.notice(f"made a workspace in {found.root}")
        begin(found)
        return found

    def rng(self, *salt: str) -> np.random.Generator:
        """Return a random generator that depends on the seed and on ``salt`` alone, not on what ran before."""
        import zlib

        import numpy as np

        return np.random.default_rng([self.seed, *(zlib.crc32(word.encode()) for word in salt)])

    @property
    def shows_progress(self) -> bool:
        """Whether a bar is wanted and somebody sees it: in a notebook, or at a terminal."""
        return self.progress and (sys.stderr is not sys.__stderr__ or (sys.stderr is not None and sys.stderr.isatty()))

    def track(self, items: Iterable[Any], label: str, total: int | None = None) -> Iterable[Any]:
        """Return ``items``; a bar on stderr or in the notebook, or ``on_progress``, says how far they are used."""
        if self.on_progress is not None:
            return _told(items, label, total, self.on_progress)
        if not self.shows_progress:
            return items
        return _shown(items, label, total)


def _shown(items: Iterable[Any], label: str, total: int | None) -> Iterator[Any]:
    with shown(label, items, total=total) as bar:
        yield from bar


def _told(
    items: Iterable[Any], label: str, total: int | None, tell: Callable[[str, int, int | None], None]
) -> Iterator[Any]:
    most = total if total is not None else len(items) if isinstance(items, Sized) else None
    tell(label, 0, most)
    for done, item in enumerate(items, start=1):
        yield item
        tell(label, done, most)
