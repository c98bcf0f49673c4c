"""``trust data newer``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Positional, Repeated
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.store import Store

COUNTED = 100
DIGITS = 12


@operation(
    "verb",
    "Newer versions",
    read_only=True,
    cost="instant",
    random=False,
    example={"seen": ["loans@main=0123456789ab"]},
)
def newer(seen: Annotated[list[str], Positional(), Repeated()], *, context: Context) -> Outcome:
    """Tell which refs stand for another version by now than the one that was seen.

    What a magic shows carries, as metadata of its output, the refs that were asked for and the commits that they were.

    Parameters
    ----------
    seen : list
        What was seen, each as REF=COMMIT: the ref as it was asked for (loans@main), and at least four digits of the
        commit that it was then.
    """
    from trustlab.data.dataset import store_of

    store = store_of(context.workspace)
    told = [_told(store, *_parts(text)) for text in dict.fromkeys(seen)]
    moved = [one for one in told if one["newer"]]
    rows = [
        (one["asked"], one["commit"][:DIGITS], (one["now"] or "")[:DIGITS], _words(one), one["message"]) for one in told
    ]
    return Outcome(
        payload={"seen": told, "newer": len(moved)},
        summary=f"{counted(len(moved), 'ref')} of {len(told)} moved since",
        views=[Table(name="seen", columns=("ref", "seen", "now", "since", "message"), rows=rows)],
        advice=[f"%trust data diff {one['repo']}@{one['commit'][:DIGITS]} {one['asked']}" for one in moved[:3]],
    )


def _parts(text: str) -> tuple[str, str]:
    ref, equals, commit = text.rpartition("=")
    if not equals or not ref or len(commit) < 4 or set(commit) - set("0123456789abcdef"):
        raise UsageError(
            f"data.newer: seen must be REF=COMMIT, with four or more hex digits of the commit; got {text!r}",
            hint="For example: trust data newer loans@main=3f9c21",
        )
    return ref, commit


def _told(store: Store, asked: str, commit: str) -> dict[str, Any]:
    from trustlab.store.log import log
    from trustlab.store.refs import parse, resolve

    ref = parse(asked)
    told: dict[str, Any] = {"asked": asked, "repo": ref.repo, "commit": commit, "now": None, "newer": False}
    told |= {"behind": None, "message": None, "author": None, "time": None, "gone": None}
    try:
        now = resolve(store, ref)
    except NotFoundError as error:
        return {**told, "gone": error.message}
    told |= {"now": now.id, "message": now.message, "author": now.author, "time": now.time}
    if now.id.startswith(commit):
        return {**told, "behind": 0}
    line = [one.id for one in log(store, f"{ref.repo}@{now.id}", COUNTED)]  # along first parents
    behind = next((at for at, id_ in enumerate(line) if id_.startswith(commit)), None)
    return {**told, "newer": True, "behind": behind}


def _words(told: dict[str, Any]) -> str:
    if told["gone"]:
        return "the ref is gone"
    if not told["newer"]:
        return "the same"
    if told["behind"] is None:
        return "another version, which does not follow from it"
    return f"{counted(told['behind'], 'version')} newer"
