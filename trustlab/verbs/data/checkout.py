"""``trust data checkout``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import RefusedError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional
from trustlab.core.result import Outcome


@operation("verb", "Checkout", random=False, example={"ref": "loans@main~1", "target": "earlier"})
def checkout(
    ref: Annotated[str, Format("ref"), Positional()],
    target: Annotated[PathLike, Positional()] = ".",
    force: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Write the files of a version into a folder, never outside it.

    Parameters
    ----------
    ref : ref
        The version; with :PATH only that file or folder.
    target : path
        The folder; made where there is none. Its other files stay.
    force : bool
        Replace files that hold something else; without it such files stop the checkout before it writes anything.
    """
    from trustlab.data import reads
    from trustlab.data.dataset import store_of
    from trustlab.data.progress import byte_bar
    from trustlab.store.checkout import checkout as write_out
    from trustlab.store.refs import parse

    workspace, folder = context.workspace, context.path(target)
    store = store_of(workspace)
    if folder.resolve().is_relative_to(workspace.root.resolve()):
        raise RefusedError(f"target must not lie in the workspace's own folder; got {folder}", hint="Choose another.")
    with byte_bar(context, f"checkout {ref}") as progress:
        done = write_out(store, ref, folder, force=force, progress=progress)
    parts = parse(ref)
    reads.note(store, parts.repo, done.commit, parts.path)
    kept = f", {done.unchanged:,} were there already" if done.unchanged else ""
    return Outcome(
        payload={
            "commit": done.commit,
            "target": str(done.target),
            "files": done.files,
            "bytes": done.bytes,
            "unchanged": done.unchanged,
        },
        summary=f"{ref}: wrote {counted(done.files, 'file')} ({done.bytes:,} bytes) into {done.target}{kept}",
        value=done.target,
    )
