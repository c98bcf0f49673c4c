"""``trust data commit``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional, Repeated, Short
from trustlab.core.result import Outcome, Status

if TYPE_CHECKING:
    from trustlab.data.committing import Verdict
    from trustlab.store.publish import Committed


@operation(
    "verb",
    "Commit",
    random=False,
    example={"repo": "loans", "source": ["loans_later.csv"], "branch": "later", "message": "November"},
)
def commit(
    repo: Annotated[str, Format("repo"), Positional()],
    source: Annotated[list[Any], Format("path"), Positional(), Repeated()],
    message: Annotated[str, Short("m")] = "",
    branch: Annotated[str, Format("branch"), Short("b")] = "main",
    path: str | None = None,
    author: str | None = None,
    ignore_rules: str | None = None,
    input: Annotated[list[str] | None, Format("version"), Repeated()] = None,
    code: PathLike = None,
    *,
    context: Context,
) -> Outcome:
    """Keep a file, a folder or a table as the newest version on a branch.

    The version holds exactly what is given; earlier ones stay as they are, and only what is new takes space. The same
    content again adds no version. Where the repo has rules (`trust data rules`), its tables are looked at first.

    Parameters
    ----------
    repo : str
        The repo; made where there is none.
    source : paths
        Files, folders or a glob in quotes ('data/**/*.csv'; paths are kept from its fixed part on); - for standard
        input; a mount (NAME, or NAME:PATH for a file, a folder or a table of it), of which what is there now is kept;
        in a notebook also a variable that holds a table, from Python the table, stream or bytes themselves.
    message : str
        What this version is.
    branch : str
        The branch; made where there is none.
    path : str
        What one file or table is called in the version; a file's own name or REPO.parquet where not given.
    author : str
        Who commits; the workspace's setting, or else the system's user, where not given.
    ignore_rules : str
        Why the version is to land although it breaks the repo's rules; kept with it.
    input : list
        A version that it was made from, as a ref; may be repeated. The word read names what this process has read so
        far, none says that there is none. In a pipeline's step it is read where not given, elsewhere nothing is said.
    code : path
        The file of code that made it, to keep its hash; in a pipeline's step its notebook, where not given.
    """
    from trustlab.data.readahead import looked_ahead

    with looked_ahead(source, context), ExitStack() as closing:
        # Here, as some of them take long to load.
        from trustlab.data.committing import commit_by_rules
        from trustlab.data.dataset import store_of
        from trustlab.data.incoming import gather
        from trustlab.data.origin import origin
        from trustlab.store.mounts import refuse_mount_name
        from trustlab.store.names import check_name
        from trustlab.store.sources import collect

        for kind, name in (("repo", repo), ("branch", branch)):
            check_name(kind, name)
        if context.workspace_or_none is not None:
            # The store refuses it too, but only once everything is read.
            with store_of(context.workspace).read() as connection:
                refuse_mount_name(connection, repo)
        found = gather(source, repo=repo, path=path, context=context, closing=closing)
        provenance = origin(context, "data.commit", found.origin, inputs=input, code=code)
        if context.workspace_or_none is None:
            # What cannot be committed must not leave a new workspace behind.
            collect(found.source, context.path(".trust"))
        workspace = context.ensure_workspace()
        done, verdict = commit_by_rules(
            store_of(workspace),
            repo,
            found.source,
            context=context,
            branch=branch,
            message=message,
            author=author or workspace.settings.author,
            provenance=provenance,
            ignore=ignore_rules,
        )
    if not done.created and (input or code):
        context.notice(f"{repo}@{done.commit[:12]} keeps the inputs and code of its own time: no version was added")
    return _outcome(done, verdict)


def _outcome(done: Committed, verdict: Verdict | None) -> Outcome:
    from trustlab.data.breaches import breaches_views

    short = f"{done.repo}@{done.commit[:12]}"
    if done.created:
        sentence = f"{short} is the newest on {done.branch}: {done.bytes:,} bytes, {done.bytes_added:,} newly stored"
    else:
        sentence = f"{short} on {done.branch} holds the very same already; nothing was added"
    if done.created and not done.parents and done.branch != "main":
        sentence += f"; {done.branch} begins a history of its own (to part from main: data branches --create)"
    names = ("commit", "repo", "branch", "files", "bytes", "bytes_added", "created")
    payload = {**{name: getattr(done, name) for name in names}, "parents": list(done.parents)}
    advice = [f"%trust data log {done.repo}@{done.branch}"]
    if verdict is None:
        return Outcome(payload={**payload, "rules": None}, summary=sentence, advice=advice, value=done.commit)
    broken = counted(len(verdict.breaches), "rule") + (" is broken" if len(verdict.breaches) == 1 else " are broken")
    status = {"kept": Status.PASS}.get(verdict.outcome, Status.WARN)
    if verdict.meant_for is not None:
        # In quarantine is not where it was asked to be: whoever goes on must see that.
        status = Status.FAIL
        sentence = f"{broken}: {verdict.meant_for} stays as it was; {sentence}"
        advice = _release(done, verdict)
    elif verdict.outcome == "quarantined":
        sentence = f"{sentence}; {broken}"
    elif verdict.outcome == "ignored":
        sentence = f"{sentence}; {broken}, ignored because: {verdict.reason}"
    return Outcome(
        payload={**payload, "rules": verdict.to_dict()},
        status=status,
        summary=sentence,
        views=breaches_views(verdict.breaches),
        advice=advice,
        value=done.commit,
    )


def _release(done: Committed, verdict: Verdict) -> list[str]:
    held = f"{done.repo}@{done.branch}"
    if verdict.is_first:
        return [
            f"%trust data rules {done.repo}",
            f"%trust data branches {done.repo} --create {verdict.meant_for} --at {held}",
        ]
    return [
        f"%trust data rules {done.repo}",
        f"%trust data merge {held} --into {verdict.meant_for} --reason 'WHY'",
    ]
