"""``trust data rules``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Data, Format, PathLike, Positional
from trustlab.core.result import Outcome, Status
from trustlab.core.views import Table, Text, View

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trustlab.data.rules import Rules
    from trustlab.store import Store

COLUMNS = ("column", "type", "required", "missing_share", "min", "max", "values", "pattern", "unique")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """The rules at hand, and whether they are the repo's own."""

    rules: Rules | None
    words: str
    is_new: bool


@operation("verb", "Rules", example={"repo": "loans", "infer": "loans@main"})
def rules(
    repo: Annotated[str, Format("repo"), Positional()],
    file: PathLike = None,
    infer: Data = None,
    set: dict[str, str] | None = None,
    apply: bool = False,
    write: PathLike = None,
    check: Annotated[str | None, Format("ref")] = None,
    clear: bool = False,
    author: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """Show or set what a repo's tables must be like; a commit that breaks it is refused or put in quarantine.

    Parameters
    ----------
    repo : str
        The repo; rules may come before its first commit.
    file : path
        Set the rules that this YAML or TOML file states, in the place of earlier ones.
    infer : data
        Propose rules from this version or file: types, ranges, categories, uniqueness, missing share.
    set : key=value
        Set single keys, such as on_breach=quarantine, columns.income.max=1e6 or rows.min=100; null takes one away.
    apply : bool
        Set what infer proposes, with what set changes in it; without this the proposal is only shown.
    write : path
        Write the rules shown to this YAML file, which must not be there yet.
    check : ref
        Look at this version by the rules, those of file, infer or set where given, and change nothing.
    clear : bool
        Take the repo's rules away.
    author : str
        Who sets them; the workspace's setting, or else the system's user, where not given.
    """
    from trustlab.data.dataset import store_of
    from trustlab.store.names import check_name

    check_name("repo", repo)
    _check_options(file=file, infer=infer, set=set, apply=apply or None, write=write, check=check, clear=clear)
    alone = check is not None or (infer is not None and not apply)
    workspace = context.workspace if alone or clear or not (file or set or apply) else context.ensure_workspace()
    store = store_of(workspace)
    if clear:
        return _cleared(store, repo)
    stated = _stated(store, repo, file, infer, set, context)
    if check is not None:
        return _checked(store, repo, stated, check, context)
    target = _written(repo, stated.rules, context.path(write)) if write is not None else None
    summary = f"{repo}: {stated.words}"
    if stated.is_new and not alone and stated.rules is not None:
        summary = _kept(store, repo, stated.rules, author or workspace.settings.author)
    outcome = _outcome(repo, stated, summary, target, alone=alone)
    if infer is None or apply or target is not None:
        return outcome
    # The proposal is of this call alone: to be kept it must be asked for again.
    again = f"%trust data rules {repo} --infer {quote(str(infer))}" if isinstance(infer, str | PurePath) else None
    return replace(outcome, advice=[f"{again} --apply", f"{again} --write rules.yaml"] if again else [])


def _check_options(**given: Any) -> None:
    said = [name for name, value in given.items() if value is not None and value is not False]
    if given["clear"] and len(said) > 1:
        raise UsageError(f"data.rules: clear must come alone; got it beside {said[0]}")
    if "file" in said and "infer" in said:
        raise UsageError("data.rules: one of file and infer; got both")
    if given["apply"] and "infer" not in said:
        raise UsageError("data.rules: apply goes with infer; got it alone")
    if given["check"] is not None:
        from trustlab.store.refs import parse

        if given["apply"] or given["write"] is not None:
            raise UsageError("data.rules: check changes nothing; got it beside apply or write")
        if parse(given["check"]).path is not None:
            raise UsageError(f"data.rules: check must be a version, without a path; got '{given['check']}'")


def _stated(
    store: Store, repo: str, file: Any, infer: Any, settings: Mapping[str, str] | None, context: Context
) -> _Stated:
    """Return the rules that the options state, or else the repo's own."""
    from trustlab.data.documents import Place, read_document
    from trustlab.data.rules import rules_from, with_settings
    from trustlab.store.rules import is_repo, rules_of

    place, is_new = Place("rules"), True
    document: Any
    if file is not None:
        document, place = read_document(context.path(file), str(file))
        words = f"the rules of {file}"
    elif infer is not None:
        document, words = _proposal(infer, context)
    else:
        kept, is_new = rules_of(store, repo), settings is not None
        there, known = is_repo(store, repo)
        if kept is None and not there and not is_new:
            raise NotFoundError(f"a repo must exist or have rules; got '{repo}'.{did_you_mean(repo, known)}")
        if kept is None and not is_new:
            return _Stated(rules=None, words="no rules; every commit lands", is_new=False)
        document = {} if kept is None else kept.document
        words = "new rules" if kept is None else f"rules by {kept.author}, {kept.time[:16]}"
    if settings is not None:
        rules_from(document, place)  # the file's own faults are named by its lines
        document, place = with_settings(document or {}, settings), Place("rules with what is set")
    return _Stated(rules=rules_from(document, place), words=words, is_new=is_new)


def _proposal(infer: Any, context: Context) -> tuple[dict[str, Any], str]:
    from trustlab.data.committing import is_typed
    from trustlab.data.dataset import load_dataset
    from trustlab.data.proposal import propose

    dataset = load_dataset(infer, context, parameter="infer")
    path = dataset.origin.get("path") or dataset.origin.get("file") or ""
    proposed = propose(dataset.frame, typed=is_typed(str(path)))
    if dataset.source == "commit" and ":" in dataset.name:
        proposed = replace(proposed, applies_to=(str(path),))
    return proposed.to_document(), f"proposed from {dataset.name} ({len(dataset.frame):,} rows)"


def _kept(store: Store, repo: str, stated: Rules, author: str | None) -> str:
    from trustlab.store.rules import is_repo, set_rules

    kept = set_rules(store, repo, stated.to_document(), author)
    there, known = is_repo(store, repo)
    waits = "" if there else f"; there is no such repo yet, they wait for its first commit.{did_you_mean(repo, known)}"
    return f"{repo}: rules set by {kept.author}: {_told(stated)}{waits}"


def _told(stated: Rules) -> str:
    what = {"refuse": "is refused", "quarantine": f"lands on {stated.quarantine}"}[stated.on_breach]
    return f"{counted(len(stated.columns), 'column')}, and a commit that breaks them {what}"


def _cleared(store: Store, repo: str) -> Outcome:
    from trustlab.store.rules import clear_rules

    clear_rules(store, repo)
    return Outcome(payload={"repo": repo, "rules": None, "cleared": True}, summary=f"{repo}: the rules are taken away")


def _checked(store: Store, repo: str, stated: _Stated, check: str, context: Context) -> Outcome:
    from trustlab.data.breaches import breaches_views
    from trustlab.data.committing import check_version
    from trustlab.store.refs import parse

    if stated.rules is None:
        raise ConflictError(
            f"'{repo}' must have rules to check a version by; it has none",
            hint=f"Propose some: trust data rules {repo} --infer {check}",
        )
    verdict = check_version(store, stated.rules, parse(check), context)
    found = len(verdict.breaches)
    looked = counted(len(verdict.tables), "table")
    return Outcome(
        payload={"repo": repo, "ref": check, "rules": stated.rules.to_document(), "check": verdict.to_dict()},
        status=Status.FAIL if found else Status.PASS,
        summary=f"{check}, {looked}: " + (f"breaks {counted(found, 'rule')}" if found else "keeps the rules"),
        views=breaches_views(verdict.breaches),
        advice=[f"%trust data rules {repo}"] if found else [],
    )


def _outcome(repo: str, stated: _Stated, summary: str, written: Path | None, *, alone: bool) -> Outcome:
    from trustlab.data.documents import dump_yaml

    if stated.rules is None:
        advice = [f"%trust data rules {repo} --infer {repo}@main"]
        return Outcome(payload={"repo": repo, "rules": None, "set": False}, summary=summary, advice=advice)
    document = stated.rules.to_document()
    rows = [_row(name, rule) for name, rule in document["columns"].items()]
    views: list[View] = [
        Table(name="columns", title="Columns", columns=COLUMNS, rows=rows),
        Text(name="yaml", title="As a file", text=dump_yaml(document)),
    ]
    is_set = stated.is_new and not alone
    next_ = f"--file {written.name}" if written else "--write rules.yaml"
    if is_set:
        next_ = f"--check {repo}@main"
    return Outcome(
        payload={"repo": repo, "rules": document, "set": is_set},
        summary=summary + (f"; written to {written}" if written else ""),
        views=views,
        advice=[f"%trust data rules {repo} {next_}"],
        value=document,
    )


def _row(name: str, rule: Mapping[str, Any]) -> tuple[Any, ...]:
    values = ", ".join(rule.get("values", ())) or None
    told = {**rule, "required": rule.get("required", True), "values": values}
    return (name, *(told.get(key) for key in COLUMNS[1:]))


def _written(repo: str, stated: Rules | None, target: Path) -> Path:
    from trustlab.data.documents import dump_yaml

    if stated is None:
        raise ConflictError(f"'{repo}' must have rules to be written; it has none")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(dump_yaml(stated.to_document()))
    except FileExistsError:
        raise ConflictError(f"data.rules: write must name a new file; {target} is there already") from None
    except OSError as error:
        raise InputError(
            f"data.rules: write must name a file that can be written; {target}: {error.strerror}"
        ) from None
    return target
