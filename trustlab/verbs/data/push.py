"""``trust data push``."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional, Short
from trustlab.core.result import Outcome


@operation("verb", "Push", cost="minutes", example={"ref": "loans@main", "remote": "elsewhere", "create": True})
def push(
    ref: Annotated[str, Format("ref"), Positional()],
    remote: Annotated[PathLike, Positional()],
    branch: Annotated[str | None, Format("branch"), Short("b")] = None,
    all: bool = False,
    create: bool = False,
    force: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Bring a branch, with its whole history and tags, to another workspace: only what is missing there.

    What arrives is hashed again. After a break the next push goes on where this one stopped; until all has arrived the
    other side's branches stay as they were. Branches move forward only. The other side's rules for the repo are asked
    first: what breaks them is refused or put in quarantine there, as they say; rules here do not count.

    Parameters
    ----------
    ref : ref
        A repo or a branch (loans@main); a commit where a branch is given as well.
    remote : path
        A folder that holds a workspace, or a name from [remotes.NAME] in config.toml.
    branch : str
        What the branch is called there; as here where not given.
    all : bool
        Every branch and tag of the repo, all of them or none.
    create : bool
        Make a workspace in the folder where there is none.
    force : bool
        Replace what a branch or tag there holds; without it a branch that has commits of its own stops the push.
    """
    from trustlab.data.dataset import store_of
    from trustlab.data.remotes import open_remote
    from trustlab.data.transferring import carry, outcome
    from trustlab.store.offer import read_offer

    here, where = store_of(context.workspace), f"in {remote}"
    diverged = (
        f"Bring theirs here (trust data pull {ref} {remote} --branch theirs), join the two (trust data merge), then "
        "push again. Or push to another branch by --branch NAME, or replace theirs by --force."
    )
    # What cannot be pushed must not leave a new workspace there.
    read_offer(here, ref, branch=branch, every=all)
    with closing(open_remote(remote, context, create=create)) as there:
        done, admission = carry(
            "push",
            here,
            there,
            ref,
            branch=branch,
            every=all,
            force=force,
            where=where,
            diverged=diverged,
            context=context,
        )
    return outcome(done, admission, where, str(remote))
