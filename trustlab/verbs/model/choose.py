"""``trust model choose``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core import journal, registry
from trustlab.core.context import Context
from trustlab.core.errors import InputError, UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional
from trustlab.core.result import Outcome, Status
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.checks.policy import Policy

HEADLINE = "performance.metrics"
LOOK_BACK = 500
GAPS_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    model: str
    failed: tuple[str, ...]
    blocked_by: tuple[str, ...]
    waived: tuple[str, ...]
    warned: int
    score: float | None
    run: str
    data: str

    @property
    def verdict(self) -> str:
        """Whether the policy lets it be chosen, and by whose leave."""
        return "blocked" if self.blocked_by else "eligible by waiver" if self.waived else "eligible"

    def rank(self) -> tuple[int, int, int, float]:
        """Order: nothing that blocks, then the fewest fails, the fewest warnings, the best score."""
        score = float("-inf") if self.score is None else self.score
        return (len(self.blocked_by), len(self.failed), self.warned, -score)


@operation(
    "verb",
    "Choice",
    records=True,
    example={"models": ["lender@1"], "policy": "policy.yaml"},
)
def choose(
    models: Annotated[list[str], Format("registered"), Positional()], policy: PathLike = None, *, context: Context
) -> Outcome:
    """Let the policy choose the champion among audited versions of a model; none where all are blocked.

    Each candidate is judged by its latest audit, which must have asked whatever blocks: what nobody looked at speaks
    for no one. A candidate with a fail that the policy says blocks, and that no waiver covers today, is out; of the
    rest, the one with the fewest fails, then the fewest warnings, then the best headline performance wins.

    Parameters
    ----------
    models : list
        Versions, such as lender@1 lender@2; they must have been audited on the same data.
    policy : path
        The policy whose blocks decide; the default policy where not given.
    """
    from trustlab.checks.policy import load_policy
    from trustlab.models.registry import Registry

    rules = load_policy(policy, context.path(policy) if isinstance(policy, str | Path) else None)
    candidates = sorted((_candidate(model, rules, context) for model in models), key=_Candidate.rank)
    if len({candidate.data for candidate in candidates}) > 1:
        raise InputError(
            "model.choose: the candidates must have been audited on the same rows; they were not",
            hint="Audit each again with the same --data",
        )
    best = candidates[0]
    rows = [
        (c.model, c.verdict, len(c.failed), c.warned, c.score, ", ".join(c.blocked_by), ", ".join(c.waived))
        for c in candidates
    ]
    columns = ("model", "verdict", "failed", "warned", HEADLINE, "blocked_by", "waived")
    table = Table(name="candidates", title="Candidates, best first", columns=columns, rows=rows)
    payload = {"candidates": [dict(zip(columns, row, strict=True)) for row in rows], "policy": rules.name}
    if best.blocked_by:
        return Outcome(
            payload={**payload, "champion": None},
            status=Status.FAIL,
            summary=f"no candidate passes the policy {rules.name}; the champion stays as it was",
            views=[table],
        )
    name, _, version = best.model.partition("@")
    Registry(context.workspace).set_champion(name, int(version))
    return Outcome(payload={**payload, "champion": best.model}, summary=f"{best.model} is the champion", views=[table])


def _candidate(model: str, rules: Policy, context: Context) -> _Candidate:
    from trustlab.checks.waivers import standing

    name, at, version = model.partition("@")
    if not at or not version.isdigit():
        raise UsageError(f"model.choose: models must name versions, such as lender@3; got {model!r}")
    document = _latest_audit(name, int(version), context)
    results = document["results"]
    if document.get("limits") != rules.limits_digest():
        raise InputError(
            f"model.choose: {model} must have been audited by the limits of the policy {rules.name}; its latest audit "
            f"went by those of {document['policy']}",
            hint="Give the same --policy to trust audit and to trust model choose",
        )
    _refuse_gaps(model, results, rules)
    failed = [result["id"] for result in results if result["status"] in {Status.FAIL, Status.ERROR}]
    found = standing(rules, results, context.today)
    return _Candidate(
        model=model,
        failed=tuple(failed),
        blocked_by=tuple(found.blocked_by),
        waived=tuple(found.waived),
        warned=sum(result["status"] == Status.WARN for result in results),
        score=next((result["value"] for result in results if result["id"] == HEADLINE), None),
        run=document["provenance"]["run"],
        data=str((document["data"].get("digest"), document["rows"])),
    )


def _refuse_gaps(model: str, results: Sequence[Mapping[str, Any]], rules: Policy) -> None:
    """Raise where the audit left out a check on which the policy's verdict rests: not looked is not passed."""
    asked = {result["id"] for result in results if result["status"] != Status.SKIPPED}
    records = registry.of_kind("check").items()
    resting = [
        check for check, record in records if rules.asks(check) and rules.will_ask(record) and rules.blocking(check)
    ]
    if gaps := [check for check in resting if check not in asked]:
        more = f" and {len(gaps) - GAPS_NAMED} more" if len(gaps) > GAPS_NAMED else ""
        raise InputError(
            f"model.choose: the latest audit of {model} must have asked every check that blocks in the policy "
            f"{rules.name}; it left out {', '.join(gaps[:GAPS_NAMED])}{more}",
            hint=f"trust audit {model} --data DATA, without --only and --skip; or choose by a --policy that asks less",
        )


def _latest_audit(name: str, version: int, context: Context) -> Mapping[str, Any]:
    workspace = context.workspace
    audits, _ = journal.read(workspace, limit=LOOK_BACK, operation="audit")
    for audit in audits:
        document = journal.document(workspace, audit["id"])
        about = document.get("model") or {}
        if about.get("name") == name and about.get("version") == version:
            return document
    raise InputError(
        f"model.choose: {name}@{version} must have been audited; no audit of it is in the last {LOOK_BACK}",
        hint=f"trust audit {name}@{version} --data DATA",
    )
