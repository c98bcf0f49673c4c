"""``trust data merge``."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Repeated, Short
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.data.committing import Verdict
    from trustlab.store.merge import Merged
    from trustlab.store.threeway import Combined

LISTED = 1000
PROPOSED = 3


@operation("verb", "Merge", example={"source": "loans@main~1", "into": "main"})
def merge(
    source: Annotated[str, Format("ref"), Positional()],
    into: Annotated[str, Format("branch")] = "main",
    message: Annotated[str | None, Short("m")] = None,
    ours: Annotated[list[str] | None, Repeated()] = None,
    theirs: Annotated[list[str] | None, Repeated()] = None,
    take: Literal["ours", "theirs"] | None = None,
    ff: bool = True,
    preview: bool = False,
    reason: str | None = None,
    author: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """Bring into a branch what another version changed since the two parted.

    A file changed on one side only is taken from there. Files that both changed, each in its own way, are named and
    nothing is done, until it is said which side holds. Where the repo has rules, what the branch would hold is looked
    at first, and breaks them only with a reason.

    Parameters
    ----------
    source : ref
        What to bring in, such as loans@later.
    into : str
        The branch of the same repo that takes it.
    message : str
        What this version is; names source and branch where not given.
    ours : list of str
        In conflict, the branch's side holds for this file, folder or pattern (part/*.csv); may be given again.
    theirs : list of str
        In conflict, the source's side holds for it; may be given again.
    take : {'ours', 'theirs'}
        The side that holds for every other conflict.
    ff : bool
        Whether a branch without changes of its own just moves along; --no-ff makes a version with two parents all the
        same.
    preview : bool
        Only say what would come of it, conflicts and broken rules included.
    reason : str
        Why it is let in although it breaks the repo's rules, as a release from quarantine may; kept with the version.
    author : str
        Who merges; the workspace's setting, or else the system's user, where not given.
    """
    from trustlab.data.admission import Release
    from trustlab.data.committing import with_verdict
    from trustlab.data.dataset import store_of
    from trustlab.store.merge import merge as merge_into
    from trustlab.store.refs import parse
    from trustlab.store.threeway import Choice

    store = store_of(context.workspace)
    release = Release(store, parse(source).repo, into, context, reason=reason, preview=preview)
    done = merge_into(
        store,
        source,
        into,
        message=message,
        author=author or context.author,
        choice=Choice(ours=ours or (), theirs=theirs or (), take=take),
        fast_forward=ff,
        preview=preview,
        provenance={"operation": "data.merge"},
        look=release.look,
    )
    outcome = Outcome(
        payload=_payload(done),
        summary=_sentence(done, source),
        views=_views(done.combined),
        advice=_advice(done, source, release.verdict),
        value=done.commit,
    )
    return with_verdict(outcome, release.verdict)


def _payload(done: Merged) -> dict[str, object]:
    names = ("kind", "commit", "repo", "branch", "ours", "theirs", "files", "bytes", "bytes_added")
    conflicts = [
        {"path": one.path, "ours": one.ours, "theirs": one.theirs, "beside": one.beside}
        for one in done.combined.conflicts
    ]
    return {
        **{name: getattr(done, name) for name in names},
        "bases": list(done.bases),
        "changes": done.combined.by_kind(),
        "resolved": dict(done.combined.resolved),
        "conflicts": conflicts,
    }


def _sentence(done: Merged, source: str) -> str:
    branch = f"{done.repo}@{done.branch}"
    if done.kind == "up_to_date":
        return f"{branch} is up to date: it holds {source} already"
    found = done.combined
    what = f"{counted(len(found.changes), 'file')} taken from {source}"
    what += f", {counted(len(found.resolved), 'conflict')} resolved" if found.resolved else ""
    if done.commit is None:
        left = f", {counted(len(found.conflicts), 'conflict')} to resolve" if found.conflicts else ""
        return f"preview of {branch}: {what}{left}; nothing was changed"
    if done.kind == "fast_forward":
        return f"{branch} moved along to {done.commit[:12]}: {what}"
    return f"{done.repo}@{done.commit[:12]} is the newest on {done.branch}: {what}"


def _advice(done: Merged, source: str, verdict: Verdict | None) -> list[str]:
    if done.commit is not None:
        return [f"%trust data show {done.repo}@{done.branch}"]
    line = f"%trust data merge {quote(source)}" + (f" --into {quote(done.branch)}" if done.branch != "main" else "")
    if done.combined.conflicts:
        # One decision for all that are in conflict, or one for each: both are whole commands.
        each = "".join(f" --theirs {quote(one.path)}" for one in done.combined.conflicts[:PROPOSED])
        return [*([line + each] if len(done.combined.conflicts) <= PROPOSED else []), f"{line} --take theirs"]
    return [line + (" --reason 'WHY'" if verdict is not None and verdict.outcome == "refused" else "")]


def _views(found: Combined) -> list[Table]:
    rows = [(word, path, found.resolved.get(path, "")) for word, paths in found.by_kind().items() for path in paths]
    tables = []
    if rows:
        caption = f"The first {LISTED:,} of {len(rows):,}." if len(rows) > LISTED else None
        columns: tuple[str, ...] = ("change", "path", "conflict")
        tables.append(Table(name="changes", title="Taken", columns=columns, rows=rows[:LISTED], caption=caption))
    if found.conflicts:
        shown = [(one.path, one.ours, one.theirs, one.beside or "") for one in found.conflicts[:LISTED]]
        columns = ("path", "ours", "theirs", "cannot stand beside")
        tables.append(Table(name="conflicts", title="In conflict", columns=columns, rows=shown))
    return tables
