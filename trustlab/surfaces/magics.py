"""``%trust`` and ``%%trust``: the command line's words, with the notebook's variables as names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trustlab.core.commandline import Request

PROGRAM = "%trust"


def load_ipython_extension(shell: Any) -> None:
    """Register the magics; everything else is imported at their first use."""

    def trust(line: str, cell: str | None = None) -> Any:
        return answer(shell, line, cell)

    shell.register_magic_function(trust, magic_kind="line_cell", magic_name="trust")
    _complete(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take the magics away."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("trust", None)
    _forget(shell)


def _complete(shell: Any) -> None:
    """Let the Tab key know the magics' words; a shell without a completer of IPython's own does without."""
    from trustlab.surfaces.tab import matcher

    _forget(shell)
    if hasattr(shell.Completer, "custom_matchers"):
        shell.Completer.custom_matchers.append(matcher(lambda: _Variables(shell)))


def _forget(shell: Any) -> None:
    matchers = getattr(shell.Completer, "custom_matchers", [])
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", None) != "trust"]


def answer(shell: Any, line: str, cell: str | None = None) -> Any:
    """Run one magic and return its report, which the notebook displays.

    Parameters
    ----------
    shell : InteractiveShell
        Whose variables may be named.
    line : str
        The words after ``%trust``.
    cell : str or None
        The body of a cell magic.

    Returns
    -------
    Report or None
        None where help or JSON was printed.
    """
    import shlex

    from trustlab.core import commandline
    from trustlab.core.errors import UsageError

    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{PROGRAM}: the line must have its quotes closed: {error}") from None
    request = commandline.read(words, PROGRAM)
    if request.help is not None or request.operation is None:
        _print(request.help or "")
        return None if words else _run(shell, commandline.read(["status"], PROGRAM), None)
    return _run(shell, request, cell)


def _run(shell: Any, request: Request, cell: str | None) -> Any:
    import warnings

    from trustlab.core.context import Context
    from trustlab.core.execute import run
    from trustlab.core.whole_imports import whole_imports
    from trustlab.report.report import Report, refuse_unwritable

    assert request.operation is not None
    if request.html:
        refuse_unwritable(request.html)
    context = Context(namespace=_Variables(shell), cell=cell)
    with warnings.catch_warnings(), whole_imports():
        if not request.debug:
            warnings.simplefilter("ignore")
        report = Report(run(request.operation, request.parameters, context), everything=request.verbose)
    if request.html:
        report.to_html(request.html)
    if request.json:
        _print(str(report.to_json()))
        return None
    return report


def _print(text: str) -> None:
    import sys

    sys.stdout.write(text.rstrip() + "\n")


class _Variables(dict[str, Any]):
    """The notebook's own variables; what IPython itself put there is left out."""

    def __init__(self, shell: Any) -> None:
        hidden = set(shell.user_ns_hidden)
        own = {name: value for name, value in shell.user_ns.items() if name not in hidden and not name.startswith("_")}
        super().__init__(own)
