"""Asking a policy's checks about a subject: what an audit does once, and a comparison for every candidate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trustlab.checks.rules import covers
from trustlab.core.result import Result, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.checks.rules import Policy
    from trustlab.core.context import Context
    from trustlab.core.operation import Operation
    from trustlab.models.subject import Subject


def ask(
    records: list[Operation],
    subject: Subject,
    rules: Policy,
    wanted: Sequence[str],
    left_out: Sequence[str],
    context: Context,
) -> list[Result]:
    """Return the finished result of each check that is wanted, in the order of ids."""
    from trustlab.checks.limits import Parts, judge_further, reference_of
    from trustlab.core.execute import evaluate

    reference, parts = reference_of(rules, context), Parts(subject)
    chosen = [record for record in records if not wanted or covers(wanted, record.id)]
    results = []
    for record in context.track(chosen, "audit"):
        rule = rules.rule(record.id)
        if reason := why_skipped(record, rules, wanted, left_out):
            results.append(replace(Result(status=Status.SKIPPED, reason=reason), id=record.id, title=record.title))
            continue
        result = evaluate(
            record,
            dict.fromkeys(record.bundles, subject),
            context,
            parameters=rule.parameters,
            threshold=rule.threshold,
        )
        results.append(judge_further(record, result, rules, parts, context, reference))
    return results


def why_skipped(record: Operation, rules: Policy, wanted: Sequence[str], left_out: Sequence[str]) -> str | None:
    """Return why a check is not asked, or None where it is."""
    if covers(left_out, record.id):
        return "left out by request"
    if rules.will_ask(record, wanted):
        return None
    if rules.rule(record.id).ask is False and record.cost != "minutes":
        return "left out by the policy"
    return f"takes minutes, so it is asked only by name: --only {record.id}, or an entry in the policy"
