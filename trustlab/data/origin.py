"""Where a commit came from, put together for its record: operation, source, inputs, code, parameters and step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.core.step import current

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.context import Context
    from trustlab.store.lineage import Input

NONE, READ = "none", "read"
_PARAMETER = "input"


def origin(
    context: Context,
    operation: str,
    source: Mapping[str, Any],
    *,
    inputs: Sequence[str] | None = None,
    code: Any = None,
) -> dict[str, Any]:
    """Return the provenance of a commit that is about to be made; its shape is that of `trustlab.store.lineage`.

    In a step of a pipeline the step, its notebook's hash and its parameters are named, and where ``inputs`` says
    nothing, what the same process has read so far. A notebook that a person works in reads much that a version is not
    made of, so that there inputs are named only on request.

    Parameters
    ----------
    operation : str
        The id of the operation that commits.
    source : mapping
        What is committed: kind, name and whatever else the operation knows.
    inputs : sequence of str or None
        Refs; ``read`` for what this process has read; ``none`` alone, to say that there are none.
    code : path or None
        The file that made the content; in a step its notebook, where not given.

    Raises
    ------
    NotFoundError
        If an input or the code's file does not exist.
    UsageError, InputError, ConflictError
        If an input is no ref, ``none`` comes with others, ``read`` finds nothing, or either is a repo's name too.
    """
    step = current()
    found = _inputs(context, inputs, automatic=step is not None)
    made: dict[str, Any] = {"operation": operation, "source": dict(source)}
    if found is not None:
        made["inputs"] = [item.to_dict() for item in found]
    if code is not None:
        made["code"] = _code(context, code)
    if step is not None:
        made.setdefault("code", {"hash": step.code_hash, "file": step.notebook})
        made |= {"parameters": dict(step.parameters), "pipeline": step.place()}
    return made


def _inputs(context: Context, named: Sequence[str] | None, *, automatic: bool) -> list[Input] | None:
    """Return the inputs; None where nothing is known, which is not the same as none."""
    if named is None:
        return (_read(context) or None) if automatic else None
    if NONE in named and len(set(named)) > 1:
        raise UsageError(f"{_PARAMETER} must be {NONE} alone, or refs; got {', '.join(map(repr, named))}")
    found: dict[tuple[str, str, str | None], Input] = {}
    for text in named:
        if text in {NONE, READ}:
            _refuse_ambiguous(context, text)
        for item in [] if text == NONE else _asked_read(context) if text == READ else [_resolved(context, text)]:
            # What the user named stays so, whether or not it was read as well.
            place = (item.repo, item.commit, item.path)
            if place not in found or text != READ:
                found[place] = item
    return list(found.values())


def _read(context: Context) -> list[Input]:
    from trustlab.data import reads
    from trustlab.data.dataset import store_of

    workspace = context.workspace_or_none
    return [] if workspace is None else reads.seen(store_of(workspace))


def _asked_read(context: Context) -> list[Input]:
    found = _read(context)
    if not found:
        raise InputError(
            f"{_PARAMETER}: '{READ}' must find versions that this process has read; it has read none",
            hint="Name them: --input loans@main. Each command line is a process of its own.",
        )
    return found


def _refuse_ambiguous(context: Context, word: str) -> None:
    from trustlab.data.dataset import store_of
    from trustlab.store.branches import repos

    workspace = context.workspace_or_none
    if workspace is not None and word in repos(store_of(workspace)):
        raise ConflictError(
            f"{_PARAMETER}: {word!r} could mean the repo {word} or the word",
            hint=f"Say {word}@main for the repo, or leave {_PARAMETER} out.",
        )


def _resolved(context: Context, text: str) -> Input:
    """Return the commit, and the file or folder in it, that a ref names now."""
    from trustlab.data.dataset import store_of
    from trustlab.store import refs
    from trustlab.store.lineage import GIVEN, Input
    from trustlab.store.ls import ls

    store = store_of(context.workspace)
    ref = text.removeprefix("trust://")
    if text.startswith("trust://") and ":" not in ref:
        ref = ref.replace("/", ":", 1)
    parts = refs.parse(ref)
    commit = refs.resolve(store, parts)
    path = parts.path.strip("/") if parts.path is not None else None
    if path:
        ls(store, commit, path)  # which raises where there is no such path
    return Input(repo=commit.repo, commit=commit.id, path=path or None, role=GIVEN)


def _code(context: Context, code: Any) -> dict[str, str]:
    from blake3 import blake3

    path = context.path(code)
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise NotFoundError(f"code must be a file that can be read; '{code}' is none ({error})") from None
    return {"hash": blake3(content).hexdigest(), "file": str(code)}
