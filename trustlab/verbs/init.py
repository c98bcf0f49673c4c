"""``trust init``."""

from __future__ import annotations

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError
from trustlab.core.operation import operation
from trustlab.core.result import Outcome
from trustlab.core.workspace import FOLDER, Workspace, named_home


@operation("verb", "Workspace", cost="instant", random=False, example={"yes": True})
def init(yes: bool = False, *, context: Context) -> Outcome:
    """Make a workspace, the folder .trust, here.

    Parameters
    ----------
    yes : bool
        Answer every question with yes: make it even inside another workspace's folder.
    """
    here = context.path(".").resolve()
    existing = context.workspace_or_none
    if existing is not None and existing.root == (named_home() or here / FOLDER):
        return Outcome(
            payload={"workspace": str(existing.root)}, summary=f"the workspace {existing.root} is already here"
        )
    if existing is not None and not yes:
        raise ConflictError(
            f"{here} lies inside the workspace {existing.root}, which would be used from here",
            hint="Make a second one all the same with: trust init --yes",
        )
    made = Workspace.create(here)
    return Outcome(payload={"workspace": str(made.root)}, summary=f"made a workspace in {made.root}")
