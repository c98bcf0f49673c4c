"""``trust data export``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import RefusedError, UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional
from trustlab.core.result import Outcome


@operation("verb", "Export", example={"ref": "loans@main", "target": "loans.zip"})
def export(
    ref: Annotated[str, Format("ref"), Positional()],
    target: Annotated[PathLike, Positional()],
    force: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Write a version as a plain archive or folder, for somebody who has no trustlab.

    A manifest in it, trustlab-manifest.json, tells the commit, its author, time and message, and each file's size and
    BLAKE3, so that the receiver can verify what came. The same version gives the same archive, byte for byte.

    Parameters
    ----------
    ref : ref
        The version; with :PATH only that file or folder.
    target : path
        What to write: it ends in .zip, .tar, .tar.gz or .tgz, or else is a new folder.
    force : bool
        Replace the file, or the folder of an earlier export, that is there; not a folder with files of your own in it.
    """
    from trustlab.data.dataset import store_of
    from trustlab.data.progress import byte_bar
    from trustlab.store.export import export as write_out

    if "\0" in str(target):
        raise UsageError(f"target must be a file or folder; got {target!r}")
    workspace, place = context.workspace, context.path(target)
    if place.resolve().is_relative_to(workspace.root.resolve()):
        raise RefusedError(f"target must not lie in the workspace's own folder; got {place}", hint="Choose another.")
    with byte_bar(context, f"export {ref}") as progress:
        done = write_out(store_of(workspace), ref, place, force=force, progress=progress)
    return Outcome(
        payload={
            "commit": done.commit,
            "target": str(done.target),
            "manifest": done.manifest,
            "files": done.files,
            "bytes": done.bytes,
        },
        summary=f"{ref}: wrote {counted(done.files, 'file')} ({done.bytes:,} bytes) and {done.manifest} "
        f"into {done.target}",
        value=done.target,
    )
