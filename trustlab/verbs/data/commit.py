"""``trust data commit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, NotFoundError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional, Repeated, Short
from trustlab.core.result import Outcome

if TYPE_CHECKING:
    from trustlab.store.commit import Committed
    from trustlab.store.sources import Source


@operation(
    "verb",
    "Commit",
    example={"repo": "loans", "source": "loans_later.csv", "branch": "later", "message": "November"},
)
def commit(
    repo: Annotated[str, Positional()],
    source: Annotated[Any, Format("path"), Positional()],
    message: Annotated[str, Short("m")] = "",
    branch: Annotated[str, Short("b")] = "main",
    path: str | None = None,
    author: str | None = None,
    input: Annotated[list[str] | None, Repeated()] = None,
    code: PathLike = None,
    *,
    context: Context,
) -> Outcome:
    """Keep a file, a folder or a table as the newest version on a branch.

    The version holds exactly what is given; earlier ones stay as they are, and only what is new takes space. The same
    content again adds no version.

    Parameters
    ----------
    repo : str
        The repo; made where there is none.
    source : path
        A file or a folder; in a notebook also a variable that holds a table, from Python the table itself.
    message : str
        What this version is.
    branch : str
        The branch; made where there is none.
    path : str
        What a table is called in the version; REPO.parquet where not given.
    author : str
        Who commits; the workspace's setting, or else the system's user, where not given.
    input : list
        A version that it was made from, as a ref; may be repeated. The word read names what this process has read so
        far, none says that there is none. In a pipeline's step it is read where not given, elsewhere nothing is said.
    code : path
        The file of code that made it, to keep its hash; in a pipeline's step its notebook, where not given.
    """
    from trustlab.data.dataset import store_of
    from trustlab.data.origin import origin as origin_of
    from trustlab.data.progress import byte_bar
    from trustlab.store.commit import commit as commit_to
    from trustlab.store.names import check_name
    from trustlab.store.sources import collect

    for kind, name in (("repo", repo), ("branch", branch)):
        check_name(kind, name)
    found, told = _source(source, path or f"{repo}.parquet", context)
    provenance = origin_of(context, "data.commit", told, inputs=input, code=code)
    if context.workspace_or_none is None:
        # What cannot be committed must not leave a new workspace behind.
        collect(found, context.path(".trust"))
    workspace = context.ensure_workspace()
    with byte_bar(context, f"commit {repo}") as progress:
        done = commit_to(
            store_of(workspace),
            repo,
            found,
            branch=branch,
            message=message,
            author=author or workspace.settings.author,
            provenance=provenance,
            progress=progress,
        )
    if not done.created and (input or code):
        context.notice(f"{repo}@{done.commit[:12]} keeps the inputs and code of its own time: no version was added")
    return _outcome(done)


def _outcome(done: Committed) -> Outcome:
    short = f"{done.repo}@{done.commit[:12]}"
    if done.created:
        sentence = f"{short} is the newest on {done.branch}: {done.bytes:,} bytes, {done.bytes_added:,} newly stored"
    else:
        sentence = f"{short} on {done.branch} holds the very same already; nothing was added"
    names = ("commit", "repo", "branch", "files", "bytes", "bytes_added", "created")
    return Outcome(
        payload={**{name: getattr(done, name) for name in names}, "parents": list(done.parents)},
        summary=sentence,
        advice=[f"%trust data log {done.repo}@{done.branch}"],
        value=done.commit,
    )


def _source(source: Any, path: str, context: Context) -> tuple[Source, dict[str, str]]:
    """Return what the store takes, and where it came from."""
    if isinstance(source, list):
        return source, {"kind": "memory", "name": f"{len(source)} files"}
    if isinstance(source, str) and source in context.namespace and _is_table(context.namespace[source]):
        if context.path(source).exists():
            raise ConflictError(
                f"source: {source!r} could mean the notebook's variable or the file {context.path(source)}",
                hint="Say which: ./name for the file, or rename the variable",
            )
        return _table(context.namespace[source], path, context), {"kind": "variable", "name": source}
    if not isinstance(source, str | Path):
        return _table(source, path, context), {"kind": "memory", "name": type(source).__name__}
    file = context.path(source)
    if not file.exists() and "\0" not in str(file):
        near = [item.name for item in file.parent.iterdir()] if file.parent.is_dir() else []
        near += [name for name, value in context.namespace.items() if _is_table(value)]
        raise NotFoundError(
            f"source must be a file, a folder or a table; '{source}' is none.{did_you_mean(file.name, near)}"
        )
    return file, {"kind": "folder" if file.is_dir() else "file", "name": str(source)}


def _table(value: Any, path: str, context: Context) -> list[tuple[str, Any]]:
    from trustlab.data.dataset import load_dataset
    from trustlab.data.frames import frame_to_parquet

    return [(path, frame_to_parquet(load_dataset(value, context, parameter="source").frame))]


def _is_table(value: Any) -> bool:
    return (hasattr(value, "columns") and hasattr(value, "shape")) or type(value).__name__ == "ndarray"
