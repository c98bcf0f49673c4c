"""What a repo's rules say of versions that a merge, a push or a pull brings to a branch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, UsageError
from trustlab.data.committing import Verdict, check_entries, listed, rules_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustlab.core.context import Context
    from trustlab.store.records import Commit
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry


class Release:
    """A merge that keeps the rules of its repo, or says why not.

    Parameters
    ----------
    store : Store
    repo, into : str
        The branch that takes it.
    reason : str or None
        Why it is to be let in although it breaks rules; kept in the commit's provenance.
    preview : bool
        Whether it is only looked at.

    Attributes
    ----------
    verdict : Verdict or None
        What was found; None where there are no rules, or nothing was looked at.
    """

    def __init__(
        self, store: Store, repo: str, into: str, context: Context, *, reason: str | None, preview: bool
    ) -> None:
        if reason is not None and not reason.strip():
            raise UsageError("reason must say why; got an empty text")
        self._store, self._repo, self._into, self._context = store, repo, into, context
        self._reason, self._preview = reason.strip() if reason is not None else None, preview
        self._rules = rules_or_none(store, repo)
        self.verdict: Verdict | None = None

    def look(self, ours: Commit, files: Iterator[Entry]) -> Mapping[str, Any]:
        """Return what a merge's commit keeps of it: nothing where it breaks no rule.

        Raises
        ------
        InputError
            If it breaks rules and no reason was given.
        """
        from trustlab.store.quarantine import is_one
        from trustlab.store.refs import Ref

        if self._rules is None or is_one(self._into, self._rules.quarantine):
            return {}
        before = self._store, Ref(self._repo, ours.id)
        self.verdict = check_entries(self._store, self._rules, files, before, self._context)
        if not self.verdict.breaches:
            return {}
        outcome = "refused" if self._reason is None else "ignored"
        self.verdict = replace(self.verdict, outcome=outcome, reason=self._reason)
        if self._reason is None and not self._preview:
            raise InputError(
                f"a merge into {self._repo}@{self._into} must keep the repo's rules, or say why not; it breaks "
                f"{len(self.verdict.breaches)}, and nothing was changed:\n{listed(self.verdict.breaches)}",
                hint="Mend the data on the branch that is merged, or let it in as it is: --reason 'WHY'",
            )
        return {"rules": self.verdict.provenance()}


class Admission:
    """What the rules of the workspace that receives say of the versions that come: in, held, or refused.

    Parameters
    ----------
    source, target : Store
    repo : str
    where : str
        The receiving side in words, such as ``in team``.

    Attributes
    ----------
    held : dict of str to Verdict
        By branch, what its rules say against the version that was to land there.
    """

    def __init__(self, source: Store, target: Store, repo: str, where: str, context: Context) -> None:
        self._source, self._target, self._repo, self._where = source, target, repo, where
        self._context = context
        self._rules = rules_or_none(target, repo)
        self._known: dict[tuple[str, str, str | None], Verdict] = {}
        self.held: dict[str, Verdict] = {}

    def admit(self, branch: str, new: str, old: str | None) -> str | None:
        """Return the branch where a version is to be held, None where it may land on its own.

        Parameters
        ----------
        branch : str
            The receiving side's branch.
        new, old : str
            The commit that comes, and the head that is there.

        Raises
        ------
        InputError
            If the rules refuse it; no branch is moved then.
        """
        from trustlab.store.quarantine import is_one

        self.held.pop(branch, None)
        if self._rules is None or is_one(branch, self._rules.quarantine):
            return None
        verdict = self._verdict(branch, new, old)
        if not verdict.breaches:
            return None
        if self._rules.on_breach == "quarantine":
            self.held[branch] = replace(verdict, outcome="quarantined", meant_for=branch)
            return self._rules.quarantine
        raise InputError(
            f"{self._repo}@{branch} {self._where} must keep the rules of the repo there; it breaks "
            f"{len(verdict.breaches)}, and no branch was moved:\n{listed(verdict.breaches)}",
            hint="Mend the data, commit, and do it again. Or let the rules there hold such versions: "
            f"trust data rules {self._repo} --set on_breach=quarantine",
        )

    def _verdict(self, branch: str, new: str, old: str | None) -> Verdict:
        from trustlab.store.refs import Ref, resolve
        from trustlab.store.trees import Tree

        assert self._rules is not None
        key = branch, new, old
        if key not in self._known:
            files = Tree(self._source, resolve(self._source, Ref(self._repo, new)).tree).entries()
            before = self._target, None if old is None else Ref(self._repo, old)
            self._known[key] = check_entries(self._source, self._rules, files, before, self._context)
        return self._known[key]
