"""``trust data pull``."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional, Short
from trustlab.core.result import Outcome


@operation("verb", "Pull", cost="minutes", example={"ref": "loans@main", "remote": "team", "branch": "theirs"})
def pull(
    ref: Annotated[str, Format("ref"), Positional()],
    remote: Annotated[PathLike, Positional()],
    branch: Annotated[str | None, Format("branch"), Short("b")] = None,
    all: bool = False,
    force: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Bring a branch, with its whole history and tags, from another workspace: only what is missing here.

    What arrives is hashed again. After a break the next pull goes on where this one stopped; until all has arrived the
    branches here stay as they were. Branches move forward only. The rules that the repo has here are asked first: what
    breaks them is refused or put in quarantine, as they say; the other side's rules do not count.

    Parameters
    ----------
    ref : ref
        A repo or a branch (loans@main) of the other side; a commit where a branch is given as well.
    remote : path
        A folder that holds a workspace, or a name from [remotes.NAME] in config.toml.
    branch : str
        What the branch is called here; as there where not given. It is made where there is none.
    all : bool
        Every branch and tag of the repo, all of them or none.
    force : bool
        Replace what a branch or tag here holds; without it a branch that has commits of its own stops the pull.
    """
    from trustlab.data.dataset import store_of
    from trustlab.data.remotes import open_remote
    from trustlab.data.transferring import HERE, carry, outcome
    from trustlab.store.offer import read_offer

    diverged = (
        f"Bring theirs beside yours (trust data pull {ref} {remote} --branch theirs), then join the two "
        "(trust data merge). Or replace yours by --force."
    )
    with closing(open_remote(remote, context)) as there:
        # What cannot be pulled must not leave a new workspace here.
        read_offer(there, ref, branch=branch, every=all)
        here = store_of(context.ensure_workspace())
        done, admission = carry(
            "pull",
            there,
            here,
            ref,
            branch=branch,
            every=all,
            force=force,
            where=HERE,
            diverged=diverged,
            context=context,
        )
    return outcome(done, admission, HERE, str(remote), [f"%trust data log {done.repo}@{done.branches[0].branch}"])
