"""``trust model show``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.views import View
    from trustlab.dashboards.history import Decision
    from trustlab.models.registry import ModelVersion

PREFIX = "trustlab."
AUDITS = ("run", "status", "started", "author", "policy", "data", "summary")


@operation("verb", "Model", read_only=True, random=False, example={"model": "lender@1"})
def show(
    model: Annotated[str, Format("registered"), Positional()],
    limit: Annotated[int, Range(1, 500)] = 50,
    offset: Annotated[int, Range(0)] = 0,
    matching: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """Show one version of a model: what it learned from, how good it was, its audits, and who put which in use.

    Parameters
    ----------
    model : str
        lender (the newest version), lender@3 or lender@champion.
    limit : int
        At most so many audits and decisions, the newest.
    offset : int
        Leave out so many of the newest audits.
    matching : str
        Only audits that have all of these words, in their status, data, author, time or summary.
    """
    from trustlab.core.listing import page
    from trustlab.dashboards import history
    from trustlab.models.registry import Registry

    name, _, which = model.partition("@")
    found = Registry(context.workspace).version(name, which or None)
    every = history.audits(context.workspace, name)
    audits = [audit for audit in every if str(audit["version"]) == str(found.version)]
    shown, total = page(audits, dict.values, limit=limit, offset=offset, matching=matching)
    decisions = history.decisions(context.workspace, name)
    told = f"{name}@{found.version}"
    last = audits[0]["status"] if audits else None
    return Outcome(
        payload={
            "model": found.to_dict(),
            "audits": shown,
            "total": total,
            "decisions": [asdict(one) for one in decisions[:limit]],
        },
        summary=f"{told} {'is the champion' if found.champion else 'is not the champion'}; "
        + (f"its last audit ended in {last}" if last else "nobody has audited it in this workspace"),
        views=_views(found, shown, decisions[:limit]),
        advice=_next(told, found, audited=bool(audits)),
    )


def _views(found: ModelVersion, audits: Sequence[Mapping[str, Any]], decisions: Sequence[Decision]) -> list[View]:
    views: list[View] = []
    if decisions:
        views.append(
            Table(
                name="decisions",
                title="Who put which version in use, and why",
                columns=("version", "who", "when", "reason"),
                rows=[(one.version, one.who, one.when, one.reason) for one in decisions],
            )
        )
    if audits:
        rows = [(str(audit["run"])[:8], *(audit[key] for key in AUDITS[1:])) for audit in audits]
        views.append(Table(name="audits", title="Its audits, newest first", columns=AUDITS, rows=rows))
    if found.metrics:
        numbers = list(found.metrics.items())
        views.append(Table(name="metrics", title="How good it was", columns=("metric", "value"), rows=numbers))
    facts = [("made", found.created), *((key.removeprefix(PREFIX), value) for key, value in found.tags.items())]
    views.append(Table(name="facts", title="How it was made", columns=("what", "value"), rows=facts))
    if found.params:
        chosen = list(found.params.items())
        views.append(Table(name="parameters", title="How it was trained", columns=("parameter", "value"), rows=chosen))
    return views


def _next(told: str, found: ModelVersion, *, audited: bool) -> list[str]:
    data = found.tags.get(f"{PREFIX}data.name")
    return [
        *([] if audited else [f"%trust audit {told} --data {data or 'DATA'}"]),
        *([] if found.champion else [f'%trust model champion {told} --reason "…"']),
        f"%trust dashboard export model {found.name}.html --about {found.name}",
    ]
