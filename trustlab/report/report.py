"""What an operation gives back in Python: the document, with the forms a notebook and a script ask of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, NotFoundError, did_you_mean
from trustlab.core.views import clean
from trustlab.report.html import to_html
from trustlab.report.json import to_json
from trustlab.report.markdown import to_markdown
from trustlab.report.notebook import metadata, mimebundle
from trustlab.report.terminal import to_text

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.core.result import Document, Result, Status

_GATED = ("blocked_by", "waivers")
_FRAME_COLUMNS = ("id", "title", "status", "value", "lo", "hi", "n", "p_value", "reason")


class Report:
    """One finished operation, as Python and notebooks meet it.

    Parameters
    ----------
    document : Document
        What the operation found.
    everything : bool
        List every finding, also those that a long list counts only.
    program : str
        What is typed before a verb where this report is read: ``trust`` in a shell.
    """

    __slots__ = ("document", "everything", "program")

    def __init__(self, document: Document, *, everything: bool = False, program: str = "%trust") -> None:
        self.document = document
        self.everything = everything
        self.program = program

    @property
    def status(self) -> Status:
        """The status of the whole."""
        return self.document.status

    @property
    def verdict(self) -> dict[str, Any]:
        """What a pipeline's gate needs to know, as JSON data: the status, and of an audit what blocks and is waived."""
        kept = {key: clean(self.document.payload[key]) for key in _GATED if key in self.document.payload}
        return {"status": str(self.document.status), **kept}

    @property
    def results(self) -> list[Result]:
        """The findings, in the order they were asked."""
        return list(self.document.results)

    @property
    def value(self) -> Any:
        """The operation's Python value, such as a fitted model or a frame; None where it has none."""
        return self.document.value

    def __getitem__(self, key: str) -> Result:
        """Return the finding with the id ``key``.

        Raises
        ------
        NotFoundError
            No finding has this id.
        """
        for result in self.document.results:
            if result.id == key:
                return result
        ids = [result.id for result in self.document.results]
        raise NotFoundError(
            f"{self.document.operation}: the report's ids must contain {key!r}; it has {len(ids)} results."
            + did_you_mean(str(key), ids),
            hint=f"It has {', '.join(ids)}." if ids else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the document as JSON data, the contract's form."""
        return self.document.to_dict()

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str | Path:
        """Return the document as JSON text; written to ``path`` instead where one is given, which is returned."""
        return _out(to_json(self.document), path)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str | Path:
        """Return the document as one self-contained page; written to ``path`` instead where given, which is returned.

        The file appears whole or not at all: a reader never opens half a page.
        """
        return _out(to_html(self.document, program=self.program), path)

    def to_markdown(self, path: str | os.PathLike[str] | None = None) -> str | Path:
        """Return the document as Markdown; written to ``path`` instead where one is given, which is returned."""
        return _out(to_markdown(self.document, everything=self.everything), path)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per finding: id, title, status, value, lo, hi, n, p_value, reason.

        Returns
        -------
        pandas.DataFrame
            In the order the findings were asked; numbers are floats, NaN where there is none.
        """
        import pandas as pd

        rows = []
        for result in self.document.results:
            told = result.to_dict()
            low, high = told["interval"] or (None, None)
            rows.append({**{name: told.get(name) for name in _FRAME_COLUMNS}, "lo": low, "hi": high})
        frame = pd.DataFrame(rows, columns=list(_FRAME_COLUMNS))
        return frame.astype(dict.fromkeys(("value", "lo", "hi", "p_value"), "float64") | {"n": "Int64"})

    def widget(self) -> Any:
        """Return an ipywidgets view with filters and drill-down; where ipywidgets is not installed, this report."""
        from trustlab.report.controls import widget

        return widget(self.document) or self

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        bundle = mimebundle(self.document, everything=self.everything)
        kept = {kind: text for kind, text in bundle.items() if not include or kind in include}
        kept = {kind: text for kind, text in kept.items() if not exclude or kind not in exclude}
        return kept, metadata(self.document)

    def __repr__(self) -> str:
        return to_text(self.document, everything=self.everything)


def refuse_unwritable(path: str | os.PathLike[str]) -> None:
    """Raise InputError where a report could never be written to ``path``: before the work, not after it."""
    target = Path(path).expanduser()
    if target.is_dir():
        raise _unwritable(target, "is a folder")
    if not target.parent.is_dir():
        raise _unwritable(target, "its folder does not exist")
    if not os.access(target.parent, os.W_OK):
        raise _unwritable(target, "its folder cannot be written to")


def _unwritable(target: Path, why: str) -> InputError:
    return InputError(
        f"a report must go to a file that can be written; {target}: {why}",
        hint="Name a file in a folder that exists and that you may write to.",
    )


def _out(text: str, path: str | os.PathLike[str] | None) -> str | Path:
    if path is None:
        return text
    target = Path(path).expanduser()
    write_whole(target, text)
    return target


def write_whole(target: Path, text: str) -> None:
    """Write a page: the file appears whole or not at all; InputError with the reason where it cannot be written."""
    try:
        _write(target, text)
    except OSError as error:
        raise _unwritable(target, error.strerror or str(error)) from None


def _write(target: Path, text: str) -> None:
    """Write beside the target, then rename: the old file stays whole until the new one is."""
    if target.is_dir():
        raise IsADirectoryError(21, "is a folder")
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; a report is read by others, as the user's umask allows.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
