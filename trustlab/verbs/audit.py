"""``trust audit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike
from trustlab.core.result import Outcome, Result, Status, worst
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.checks.policy import Policy
    from trustlab.checks.waivers import Standing
    from trustlab.models.predictor import Predictor

NEXT_COMMANDS = 3
# What the policy's editor writes where no other file is named.
OWN = "policy.yaml"


@operation(
    "verb",
    "Audit",
    cost="minutes",
    records=True,
    hands_over={"fleet": ("fleet", "models")},
    example={"model": "lender", "data": "loans@main", "sensitive": "race", "only": ["fairness.selection_rate"]},
)
def audit(
    subject: Subject,
    policy: PathLike = None,
    only: Annotated[list[str] | None, Format("check")] = None,
    skip: Annotated[list[str] | None, Format("check")] = None,
    diff: PathLike = None,
    fleet: PathLike = None,  # noqa: ARG001 - handed over before this runs
    *,
    context: Context,
) -> Outcome:
    """Ask the policy's checks about a model and its data, and say what failed, worst first.

    Parameters
    ----------
    subject : Subject
        What is audited.
    policy : path
        A YAML file of limits; the default policy (trust policy) where not given.
    only : list
        Ask only these checks or families.
    skip : list
        Leave out these checks or families; they are listed as skipped.
    diff : path
        An earlier audit, whose differences are shown too: a model (lender@2), a run's id or a JSON file.
    fleet : path
        Audit many models instead: a YAML or CSV file with a line per audit, a pattern over registered names, or all;
        trust fleet has more options.

    Returns
    -------
    Outcome
        A result per check; the status is the worst.
    """
    from trustlab.checks.asking import ask
    from trustlab.checks.audits import find_audit
    from trustlab.checks.difference import added
    from trustlab.checks.policy import known_checks, load_policy
    from trustlab.checks.waivers import marked
    from trustlab.core import registry

    before = None if diff is None else find_audit(diff, context)  # before the work: a wrong name costs nothing
    rules = load_policy(policy, context.path(policy) if isinstance(policy, str | Path) else None)
    wanted = known_checks(only, "only") or rules.only
    left_out = (*known_checks(skip, "skip"), *rules.skip)
    records = list(registry.of_kind("check").values())
    asked = [*ask(records, subject, rules, wanted, left_out, context), *([] if wanted else unread())]
    results, standing = marked(asked, rules, context.today)
    _remember(subject, results, context)
    own = facts(subject, rules, results, standing)
    made = Outcome(
        payload={**own, **_spoken_to(own, results, context)},
        results=results,
        summary=f"{headline(subject)}{_judged_by(policy, rules, context)}",
        advice=advice(results),
    )
    return made if before is None else added(made, before, context)


def unread() -> list[Result]:
    """Return an error for each installed package whose checks could not be read: what was not asked is not fine."""
    from trustlab.core import registry

    return [
        Result(
            id=f"package.{name}", title=name, status=Status.ERROR, reason=f"{error.message}. {error.hint or ''}".strip()
        )
        for name, error in registry.faults().items()
    ]


def facts(subject: Subject, rules: Policy, results: list[Result], standing: Standing) -> dict[str, Any]:
    """Return the audit's own keys of the document."""
    counts = {str(status): sum(result.status == status for result in results) for status in Status}
    model = None
    if subject.predictor is not None:
        name, version = name_and_version(subject.predictor)
        model = {"name": name, "kind": subject.predictor.kind, "version": version}
    return {
        "model": model,
        "data": subject.dataset.provenance(),
        "rows": subject.n,
        "policy": rules.name,
        "policy_owner": rules.owner,
        "limits": rules.limits_digest(),
        "counts": counts,
        "blocked_by": list(standing.blocked_by),
        "waivers": [dict(waiver) for waiver in standing.waivers],
    }


def _spoken_to(own: dict[str, Any], results: list[Result], context: Context) -> dict[str, Any]:
    """Return what the audit says to the principles and to the articles of the EU AI Act."""
    from trustlab.checks.evidence import summary

    told = [{"id": result.id, "status": str(result.status)} for result in results]
    run = {"started": context.now().isoformat(), "author": context.author, "seed": context.seed}
    return summary({**own, "results": told, "provenance": run})


def name_and_version(predictor: Predictor) -> tuple[str, int | None]:
    """Return the registered name and version; None for a model that is not registered."""
    name, _, version = predictor.name.partition("@")
    return name, int(version) if version.isdigit() else None


def headline(subject: Subject) -> str:
    """Return what was audited, in one line; the verdict's words are the renderers'."""
    label = "predictions" if subject.y_pred is not None else "no predictions"
    if subject.predictor is not None:
        name, version = name_and_version(subject.predictor)
        label = f"{name} v{version}" if version else name
    commit = subject.dataset.origin.get("commit")
    data = subject.dataset.name.split("@")[0] + f"@{commit[:6]}" if commit else subject.dataset.name
    scope = "" if subject.scope == "all rows" else f", {subject.scope}"
    return f"{label} on {data} ({counted(subject.n, 'row')}{scope})"


def _judged_by(policy: PathLike, rules: Policy, context: Context) -> str:
    """Return whose limits these were, where somebody could take them for others."""
    if policy is not None:
        return f", judged by the policy {rules.name}"
    if context.path(OWN).is_file():
        return f", judged by the default limits, not by {OWN}"
    return ""


def advice(results: list[Result]) -> list[str]:
    """Return the next commands, those of the worst findings first."""
    order = [Status.FAIL, Status.WARN]
    worst_first = sorted((r for r in results if r.status in order), key=lambda r: order.index(r.status or Status.WARN))
    found = dict.fromkeys(line for result in worst_first for line in result.advice if line.startswith("%trust"))
    return list(found)[:NEXT_COMMANDS]


def _remember(subject: Subject, results: list[Result], context: Context) -> None:
    """Write the verdict beside the model version that it is about."""
    if subject.predictor is None:
        return
    name, version = name_and_version(subject.predictor)
    if version is None:
        return
    from trustlab.models.registry import Registry

    values = {result.id: result.value for result in results if result.value is not None}
    status = str(worst(result.status for result in results))
    Registry(context.workspace).log_audit(name, version, status=status, metrics=values)
