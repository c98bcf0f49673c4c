"""Commit by the repo's rules: look at the tables first, then let the commit in, refuse it or put it in quarantine."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from trustlab.core.counted import counted
from trustlab.core.errors import DamagedError, InputError, NotFoundError, UsageError
from trustlab.core.result import Outcome, Status
from trustlab.data.breaches import Breach, breaches_views, evaluate
from trustlab.data.dataset import TABLE_SUFFIXES
from trustlab.data.documents import Place
from trustlab.data.frames import FORMATS, read_frame
from trustlab.data.globs import fits
from trustlab.data.incoming import content_of
from trustlab.data.rules import Rules, rules_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from trustlab.core.context import Context
    from trustlab.store.publish import Committed
    from trustlab.store.refs import Ref
    from trustlab.store.sources import Item, Source
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry

LISTED = 10
_TYPELESS = (*FORMATS["csv"], *FORMATS["tsv"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a look at a commit's tables found.

    Parameters
    ----------
    tables : tuple of str
        The paths that were looked at.
    breaches : tuple of Breach
    outcome : {'kept', 'quarantined', 'ignored', 'refused'}
        What became of the version, or of a preview would; elsewhere one that is refused is an error.
    reason : str or None
        Why the rules were ignored.
    meant_for : str or None
        The branch that a quarantined commit was meant for; None where that is the quarantine itself.
    is_first : bool
        Whether that branch is not there yet.
    """

    tables: tuple[str, ...]
    breaches: tuple[Breach, ...]
    outcome: str = "kept"
    reason: str | None = None
    meant_for: str | None = None
    is_first: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON data."""
        return {
            "outcome": self.outcome,
            "tables": list(self.tables),
            "breaches": [breach.to_dict() for breach in self.breaches],
            "reason": self.reason,
            "meant_for": self.meant_for,
        }

    def provenance(self) -> dict[str, Any]:
        """Return what a commit keeps of it; kept rules leave no more than that word."""
        said = {
            "outcome": self.outcome,
            "breaches": [f"{one.table}: {one.sentence}" for one in self.breaches[:LISTED]] or None,
            "reason": self.reason,
            "meant_for": self.meant_for,
        }
        return {key: value for key, value in said.items() if value is not None}


def commit_by_rules(
    store: Store,
    repo: str,
    source: Source,
    *,
    context: Context,
    branch: str,
    message: str = "",
    author: str | None = None,
    provenance: Mapping[str, Any],
    ignore: str | None = None,
) -> tuple[Committed, Verdict | None]:
    """Commit the source if it keeps the repo's rules; otherwise do as they say.

    A commit in quarantine has a branch of its own and follows the head of the branch that it was meant for: each is let
    in, or given up, by itself.

    Parameters
    ----------
    ignore : str or None
        Why the rules are to be ignored; kept in the commit's provenance.

    Returns
    -------
    (Committed, Verdict or None)
        None where the repo has no rules.

    Raises
    ------
    InputError
        If the rules refuse the commit; nothing is written then.
    """
    from trustlab.data.progress import byte_bar
    from trustlab.store.commit import commit
    from trustlab.store.quarantine import fold, make_ready

    if ignore is not None and not ignore.strip():
        raise UsageError("ignore_rules must say why; got an empty text")
    rules = rules_or_none(store, repo)
    verdict, watch, target = None, None, branch
    if rules is not None:
        source, verdict, watch = _look(store, rules, source, repo, branch, context)
        verdict = _decided(rules, verdict, repo, branch, ignore)
        provenance = {**provenance, "rules": verdict.provenance()}
        if verdict.meant_for is not None:
            target, there = make_ready(store, repo, rules.quarantine, branch)
            verdict = replace(verdict, is_first=not there)
    with byte_bar(context, f"commit {repo}") as progress:
        done = commit(
            store,
            repo,
            source,
            branch=target,
            message=message,
            author=author,
            provenance=provenance,
            progress=watch.before(progress) if watch else progress,
        )
    if rules is not None and target != branch and done.created:
        done = fold(store, done, rules.quarantine)
    return done, verdict


def rules_or_none(store: Store, repo: str) -> Rules | None:
    """Return the rules that a repo carries."""
    from trustlab.store.rules import rules_of

    kept = rules_of(store, repo)
    return None if kept is None else rules_from(kept.document, Place(f"the rules of {repo}"))


def check_version(store: Store, rules: Rules, ref: Ref, context: Context) -> Verdict:
    """Return what the rules say of a version that is there already; its first parent is what it is compared with."""
    from trustlab.store.refs import resolve
    from trustlab.store.trees import Tree

    found = resolve(store, ref)
    before = replace(ref, base=found.parents[0], back=0) if found.parents else None
    return check_entries(store, rules, Tree(store, found.tree).entries(), (store, before), context)


def check_entries(
    store: Store, rules: Rules, files: Iterable[Entry], before: tuple[Store, Ref | None], context: Context
) -> Verdict:
    """Return what the rules say of files that are there already, in a version or not.

    Parameters
    ----------
    files : iterable of Entry
    before : (Store, Ref or None)
        What they are compared with.
    """
    from trustlab.store.read import read_entry

    entries = {entry.path: entry for entry in files}
    breaches, tables = [], _tables(rules, entries)
    for path in context.track(tables, "rules") if tables else ():
        content = io.BytesIO(read_entry(store, entries[path]))
        breaches += _judged(rules, path, content, _rows_of(*before, path, rules))
    return Verdict(tables=tuple(tables), breaches=(*_none_matches(rules, tables, entries), *breaches))


def judged_after(store: Store, repo: str, commit: str, context: Context) -> Verdict | None:
    """Return what a repo's rules say of a version that is there already, None where it has none.

    A revert brings back what a branch held, and is somebody's decision: the rules do not stop it, but what they say is
    told.
    """
    from trustlab.store.refs import Ref

    rules = rules_or_none(store, repo)
    if rules is None:
        return None
    found = check_version(store, rules, Ref(repo, commit), context)
    if not found.breaches:
        return found
    return replace(found, outcome="ignored", reason="a revert brings back what a branch held")


def with_verdict(outcome: Outcome, verdict: Verdict | None) -> Outcome:
    """Return a verb's outcome with what the rules said of the version that it made."""
    told = {**outcome.payload, "rules": verdict.to_dict() if verdict is not None else None}
    if verdict is None or not verdict.breaches:
        return replace(outcome, payload=told)
    broken = counted(len(verdict.breaches), "rule") + (" is" if len(verdict.breaches) == 1 else " are")
    return replace(
        outcome,
        payload=told,
        status=Status.WARN,
        summary=f"{outcome.summary}; {broken} broken"
        + (f", let in because: {verdict.reason}" if verdict.reason else ""),
        views=[*outcome.views, *breaches_views(verdict.breaches)],
    )


def _look(
    store: Store, rules: Rules, source: Source, repo: str, branch: str, context: Context
) -> tuple[Source, Verdict, _Watch]:
    """Return the source as it was looked at, file by file, and what was found."""
    from trustlab.store.refs import Ref
    from trustlab.store.sources import collect

    items = {item.path: item for item in collect(source, store.root)}
    watch, breaches, tables = _Watch(), [], _tables(rules, items)
    for path in context.track(tables, "rules") if tables else ():
        rows = _rows_of(store, Ref(repo, branch), path, rules)
        breaches += watch.look(items[path], lambda content, path=path, rows=rows: _judged(rules, path, content, rows))  # type: ignore[misc] # mypy infers no lambda with defaults
    found = (*_none_matches(rules, tables, items), *breaches)
    pairs = [(item.path, content_of(item)) for item in items.values()]
    return pairs, Verdict(tables=tuple(tables), breaches=found), watch


def _decided(rules: Rules, verdict: Verdict, repo: str, branch: str, ignore: str | None) -> Verdict:
    from trustlab.store.quarantine import is_one

    if not verdict.breaches:
        return verdict
    if ignore is not None:
        return replace(verdict, outcome="ignored", reason=ignore.strip())
    if rules.on_breach == "quarantine":
        return replace(verdict, outcome="quarantined", meant_for=None if is_one(branch, rules.quarantine) else branch)
    raise InputError(
        f"a commit to {repo} must keep its rules; it breaks {len(verdict.breaches)}, and nothing was committed:\n"
        + listed(verdict.breaches),
        hint=f"Mend the data, change the rules (trust data rules {repo}), or say why not: --ignore-rules 'REASON'",
    )


def listed(breaches: Sequence[Breach]) -> str:
    """Return the first breaches, each on a line of an error's message."""
    lines = [f"  {one.table}: {one.sentence}" for one in breaches[:LISTED]]
    more = len(breaches) - LISTED
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


def _tables(rules: Rules, paths: Iterable[str]) -> list[str]:
    if rules.applies_to:
        return [path for path in paths if any(fits(path, glob) for glob in rules.applies_to)]
    return [path for path in paths if PurePosixPath(path).suffix.lower() in TABLE_SUFFIXES]


def _none_matches(rules: Rules, tables: Sequence[str], paths: Iterable[str]) -> list[Breach]:
    """Return a breach where there was nothing to look at: that is not the same as nothing found."""
    if tables:
        return []
    first = sorted(paths)
    held = ", ".join(map(repr, first[:3])) + (f" and {len(first) - 3} more" if len(first) > 3 else "")
    wanted = f"a table that matches {' or '.join(map(repr, rules.applies_to))}" if rules.applies_to else "a table"
    sentence = f"the version must hold {wanted}; it holds {held}"
    return [Breach(table="(no table)", rule="table", sentence=sentence, rows=0, of=0)]


def _judged(rules: Rules, path: str, content: BinaryIO, rows_before: int | None) -> list[Breach]:
    try:
        frame = read_frame(content, name=path)
    except (InputError, UsageError) as error:
        sentence = f"it must be a table that can be read; {error.message.removeprefix(f'{path}: ')}"
        return [Breach(table=path, rule="table", sentence=sentence, rows=0, of=0)]
    return evaluate(rules, frame, table=path, typed=is_typed(path), rows_before=rows_before)


def is_typed(path: str) -> bool:
    """Return whether a file of this name knows its columns' types."""
    return PurePosixPath(path).suffix.lower() not in _TYPELESS


def _rows_of(store: Store, ref: Ref | None, path: str, rules: Rules) -> int | None:
    """Return how many rows the table had, where the rules ask for it and it can be told."""
    from trustlab.store.read import find, read_entry

    if rules.max_drop is None or ref is None:
        return None
    try:
        _, entry = find(store, replace(ref, path=path))
        return len(read_frame(io.BytesIO(read_entry(store, entry)), name=path))
    except DamagedError:
        raise
    except (NotFoundError, InputError, UsageError):
        # A new branch, a new table, or one that was let in unread.
        return None


class _Watch:
    """See to it that the files committed are those that were looked at."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, object]] = {}

    def look(self, item: Item, judge: Callable[[BinaryIO], list[Breach]]) -> list[Breach]:
        """Return what ``judge`` says of the item's content."""
        if isinstance(item.content, bytes):
            return judge(io.BytesIO(item.content))
        if not isinstance(item.content, str):
            item.content.seek(item.start)
            found = judge(item.content)
            item.content.seek(item.start)
            return found
        self._seen[item.path] = (item.content, _looks(item.content))
        try:
            with open(item.content, "rb") as content:  # noqa: PTH123 - the store's items name files by text
                found = judge(content)
        except OSError as error:
            from trustlab.store.sources import unreadable

            raise unreadable("file", item.content, error) from error
        self._hold_still(item.path)
        return found

    def before(self, progress: Callable[[int, int, str], None]) -> Callable[[int, int, str], None]:
        """Return a progress that stops the commit where a file is not as it was; it comes after the file's reading."""

        def watched(done: int, total: int, path: str) -> None:
            self._hold_still(path)
            progress(done, total, path)

        return watched

    def _hold_still(self, path: str) -> None:
        file, before = self._seen.get(path, (None, None))
        if file is not None and _looks(file) != before:
            raise InputError(
                f"a file must hold still while it is looked at and committed; '{file}' changed meanwhile",
                hint="Stop what writes to it, or commit a copy.",
            )


def _looks(file: str) -> object:
    try:
        found = os.stat(file)  # noqa: PTH116 - as the store looks at it
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
