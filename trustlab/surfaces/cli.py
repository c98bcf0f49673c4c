"""The command ``trust``: one line in, one answer out, and an exit status that a script can read."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import re
import sys
import warnings
from functools import partial
from typing import TYPE_CHECKING

from trustlab.core import commandline
from trustlab.core.errors import InterruptedRunError, TrustlabError
from trustlab.core.result import SCHEMA_VERSION, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trustlab.core.result import Document

VERDICT_FAILED, BAD_INPUT = 1, 2
PROGRAM = "trust"
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BREAKS = "@=:"  # of bash's word breaks those that our words hold


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    argv : sequence of str or None
        The words after ``trust``; those of the process where None.

    Returns
    -------
    int
        0 when the verdict passes, 1 when an audit or a gate fails, 2 for bad usage or input.
    """
    if argv is not None:
        return _command(argv)
    try:
        if "COMP_LINE" in os.environ:
            return _complete(os.environ["COMP_LINE"], os.environ.get("COMP_POINT", ""))
        return _command(sys.argv[1:])
    finally:
        # So that Python, as it ends, does not look for garbage in all that the libraries made: that took a fifth of
        # a short command's time.
        gc.freeze()


def _command(words: Sequence[str]) -> int:
    as_json = "--json" in words
    _speak()
    try:
        return _answer(list(words))
    except TrustlabError as error:
        return _refuse(error, as_json=as_json)
    except KeyboardInterrupt:
        return _refuse(InterruptedRunError("interrupted; nothing was half-written"), as_json=as_json)
    except BrokenPipeError:
        # Who reads has gone (trust runs | head).
        _silence()
        return 0
    except Exception as error:  # the outermost boundary: a user never meets a bare traceback
        if "--debug" in words:
            raise
        fault = TrustlabError(
            f"an internal fault, and ours: {type(error).__name__}: {error}",
            hint="Run it again with --debug for the traceback, and please report it",
        )
        return _refuse(fault, as_json=as_json)


def _silence() -> None:
    """See to it that what is still buffered for stdout does not fail again while Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)


def _complete(line: str, point: str) -> int:
    """Print what could stand at the cursor, one a line, as bash's ``complete -C trust trust`` wants it."""
    from trustlab.completion.complete import complete
    from trustlab.core.context import Context

    # Both count in bytes of the locale; the program's own name stands first.
    typed = os.fsdecode(os.fsencode(line)[: int(point)]) if point.isdigit() else line
    name, _, rest = typed.lstrip().partition(" ")
    found = complete(rest, Context(notice=lambda _sentence: None))
    # Bash replaces only what follows the last of its word breaks.
    kept = max((rest[found.start :].rfind(char) + 1 for char in _BREAKS), default=0)
    sys.stdout.writelines(f"{one.text[kept:]}\n" for one in found.candidates if name)
    return 0


def _answer(words: Sequence[str]) -> int:
    request = commandline.read(words)
    if request.help is not None or request.operation is None:
        return _deliver(partial(_write, request.help or ""), 0)
    from trustlab.core.context import Context
    from trustlab.core.execute import run

    with _answer_alone_on_stdout(), _quiet(debug=request.debug):
        if request.html:
            from trustlab.report.report import refuse_unwritable

            refuse_unwritable(request.html)
        context = Context(stdin=getattr(sys.stdin, "buffer", None))
        document = run(request.operation, request.parameters, context)
        if request.html:
            from trustlab.report.report import Report

            Report(document, program=PROGRAM).to_html(request.html)
    recorded = request.operation.records and context.workspace_or_none is not None
    again = f"{PROGRAM} runs {document.provenance['run'][:8]}" if recorded else None
    show = partial(_show, document, as_json=request.json, everything=request.verbose, again=again)
    return _deliver(show, VERDICT_FAILED if document.status in {Status.FAIL, Status.ERROR} else 0)


@contextlib.contextmanager
def _answer_alone_on_stdout() -> Iterator[None]:
    """Send to stderr what anyone prints meanwhile: Python code, C code and child processes alike."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        with contextlib.suppress(OSError, ValueError, AttributeError):  # no such stream, as in a process without one
            number = sys.__stdout__.fileno()  # type: ignore[union-attr] # None is the AttributeError
            kept = os.dup(number)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, number)
            os.dup2(sys.__stderr__.fileno(), number)  # type: ignore[union-attr] # the same
        yield


@contextlib.contextmanager
def _quiet(*, debug: bool) -> Iterator[None]:
    """Keep the libraries' warnings from the user, who can do nothing about them."""
    with warnings.catch_warnings():
        if not debug:
            warnings.simplefilter("ignore")
        yield


def _show(document: Document, *, as_json: bool, everything: bool, again: str | None) -> None:
    if as_json:
        from trustlab.report.json import to_json

        text = to_json(document, indent=None)
        _speak("utf-8")  # JSON's own, whatever the locale
    else:
        from trustlab.report.terminal import to_text

        text = to_text(
            document,
            colour=sys.stdout is not None and sys.stdout.isatty(),
            everything=everything,
            program=PROGRAM,
            again=again,
        ).rstrip()
    _write(text + "\n")


def _write(text: str) -> None:
    if sys.stdout is not None:  # as it is where it is closed, by >&-
        sys.stdout.write(text)
        sys.stdout.flush()  # a closed pipe must show here, where it is expected


def _deliver(answer: Callable[[], None], status: int) -> int:
    """Give the answer, and return the exit status: what was asked for is done, whatever becomes of its answer."""
    try:
        answer()
    except BrokenPipeError:
        raise
    except OSError as error:
        _silence()
        return _refuse(
            TrustlabError(f"it is done, but its answer could not be written: {error.strerror}"), as_json=False
        )
    return status


def _speak(encoding: str | None = None) -> None:
    """Let stdout write every character: one that its encoding (the locale's where None) lacks is spelled out."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def _refuse(error: TrustlabError, *, as_json: bool) -> int:
    if as_json:
        try:
            _write(json.dumps({"schema": SCHEMA_VERSION, "error": error.to_dict()}) + "\n")
        except OSError:
            _silence()
    if sys.stderr is None:
        return BAD_INPUT
    speaker = "" if error.message.startswith("trust") else "trust: "
    hint = "".join(f"  {line}\n" for line in (error.hint or "").splitlines())
    # Nobody to tell is no reason for another status.
    with contextlib.suppress(OSError):
        # A name from anywhere must not steer the terminal.
        sys.stderr.write(_STEERING.sub(lambda sign: ascii(sign[0])[1:-1], f"{speaker}{error.message}\n{hint}"))
        sys.stderr.flush()
    return BAD_INPUT
