"""``trust policy``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import ConflictError, InputError, UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import PathLike
from trustlab.core.result import Outcome, Status
from trustlab.core.views import Table, Text

if TYPE_CHECKING:
    from trustlab.checks.policy import Policy
    from trustlab.core.views import View

SHOWN_AUDITS = 20
SOON = 30  # days before a waiver ends


@operation("verb", "Policy", read_only=True, writes_with=("write",), cost="instant", random=False, example={})
def policy(file: PathLike = None, write: PathLike = None, check: PathLike = None, *, context: Context) -> Outcome:
    """Show a policy: every check with its limits and who set them, as YAML to start one's own from.

    Parameters
    ----------
    file : path
        The policy to show; the default one where not given.
    write : path
        Write it to this file, which must not be there yet.
    check : path
        Instead, find everything that is wrong in this policy, and which waivers end soon.

    Returns
    -------
    Outcome
        With ``check``: fails where the policy cannot be used, warns where a waiver has expired.
    """
    from trustlab.checks.policy import load_policy
    from trustlab.checks.policy_text import policy_text

    if check is not None:
        if file is not None or write is not None:
            raise UsageError("policy: check must stand alone; got file or write as well")
        return _checked(check, context)
    found = load_policy(file, context.path(file) if isinstance(file, str | Path) else None)
    rules = found.to_dict()
    rows = [(name, limits["warn"], limits["fail"], limits["source"]) for name, limits in rules["checks"].items()]
    text = policy_text(found)
    summary = f"Policy {rules['name']}: {counted(len(rows), 'check')}"
    return Outcome(
        payload={
            "policy": rules,
            "limits": found.limits_digest(),
            "revision": _revision(file, context),
            "checks": _described(found),
            "audits": _audits(found, context),
        },
        summary=summary if write is None else f"{summary}, written to {_written(context.path(write), text)}",
        views=[
            Table(name="limits", title="Limits", columns=("check", "warn", "fail", "source"), rows=rows),
            Text(name="yaml", title="As a file", text=text),
            *_own_views(found, context),
        ],
    )


def _revision(file: Any, context: Context) -> str | None:
    """Return the name of what the file holds now, for who wants to change it: trust amend."""
    from trustlab.checks.policy_edit import revision_of

    return revision_of(context.path(file).read_bytes()) if isinstance(file, str | Path) else None


def _audits(found: Policy, context: Context) -> list[dict[str, str | None]]:
    """Return the newest audits that these very limits judged, whatever the file was called then."""
    from trustlab.core import journal

    workspace = context.workspace_or_none
    if workspace is None:
        return []
    limits = found.limits_digest()
    told = journal.pieces(workspace, "audit", [("limits",), ("model", "name"), ("provenance", "started")])
    judged = [(run, rest) for run, rest in told if rest[0] == limits]
    return [{"run": run, "model": model, "started": started} for run, (_, model, started) in judged[:SHOWN_AUDITS]]


def _described(found: Policy) -> dict[str, dict[str, Any]]:
    """Return each check in words: its title and question, which way is better, and its own limits."""
    from trustlab.core import registry

    return {
        name: {
            "title": record.title,
            "question": record.summary,
            "better": record.better,
            "own": record.threshold.to_dict() if record.threshold else None,
            "set": name in found.rules,
        }
        for name, record in registry.of_kind("check").items()
    }


def _own_views(found: Policy, context: Context) -> list[View]:
    """Return the parts that only a policy of one's own has: limits for groups and segments, and waivers."""
    limits = [
        (name, one.about, one.measure, one.threshold.warn, one.threshold.fail, one.owner, one.source)
        for name, rule in found.rules.items()
        for one in rule.limits
    ]
    margins = [
        (name, f"no worse than {found.baseline}", None, None, rule.no_worse_than, rule.owner, rule.source)
        for name, rule in found.rules.items()
        if rule.no_worse_than is not None
    ]
    columns = ("check", "about", "measure", "warn", "fail", "owner", "source")
    views: list[View] = []
    if limits or margins:
        title = "Groups, segments and the baseline"
        views.append(Table(name="further", title=title, columns=columns, rows=[*limits, *margins]))
    if found.waivers:
        views.append(_waivers(found, context))
    return views


def _waivers(found: Policy, context: Context) -> Table:
    rows = [
        (one.check, one.group or "the whole check", one.until.isoformat(), _left(one.until, context), one.owner,
         one.reason, one.ticket)
        for one in found.waivers
    ]  # fmt: skip
    columns = ("check", "about", "until", "state", "owner", "reason", "ticket")
    return Table(name="waivers", title="Waivers", columns=columns, rows=rows)


def _left(until: Any, context: Context) -> str:
    days = (until - context.today).days
    if days < 0:
        return "expired"
    return f"in force, ends in {counted(days, 'day')}" if days <= SOON else "in force"


def _checked(given: Any, context: Context) -> Outcome:
    """Return everything that is wrong in a policy."""
    from trustlab.checks.policy import read_policy

    found, problems = read_policy(given, context.path(given) if isinstance(given, str | Path) else None)
    told = [{"message": one.message, "hint": one.hint} for one in problems]
    expired = [one for one in found.waivers if not one.in_force(context.today)]
    said = [f"{counted(len(told), 'problem')}" if told else "no problem"]
    said += [f"{counted(len(expired), 'expired waiver')}: {', '.join(one.check for one in expired)}"] if expired else []
    views: list[View] = []
    if told:
        rows = [(one["message"], one["hint"]) for one in told]
        views.append(Table(name="problems", title="Problems", columns=("problem", "hint"), rows=rows))
    if found.waivers:
        views.append(_waivers(found, context))
    return Outcome(
        payload={
            "valid": not told,
            "problems": told,
            "expired": [one.to_dict() for one in expired],
            "limits": None if told else found.limits_digest(),
        },
        status=Status.FAIL if told else Status.WARN if expired else Status.PASS,
        summary=f"Policy {found.name}: {'; '.join(said)}",
        views=views,
    )


def _written(target: Path, text: str) -> Path:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConflictError(f"policy: write must name a new file; {target} is there already") from None
    except OSError as error:
        raise InputError(f"policy: write must name a file that can be written; {target}: {error.strerror}") from None
    return target
