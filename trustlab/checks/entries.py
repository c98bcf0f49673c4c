"""The entries of a policy, read strictly: a check's rule, the limits of its groups and segments, a waiver."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Literal

from trustlab.checks.rules import Limit, Rule, Waiver, known_direction
from trustlab.core import registry
from trustlab.core.errors import InputError, UsageError, did_you_mean
from trustlab.core.result import Direction, Threshold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.operation import Operation

WORDS = ("source", "owner", "reason")
CHECK_KEYS = ("warn", "fail", *WORDS, "ask", "parameters", "groups", "segments", "no_worse_than")
LIMIT_KEYS = ("warn", "fail", "measure", "better", *WORDS)
WAIVER_KEYS = ("check", "group", "until", "owner", "reason", "ticket")
LOWER_HIGHER = ("lower", "higher")
OF_ROWS = frozenset({"labels", "predictions", "scores", "sensitive"})


def mapping_of(value: Any, what: str) -> dict[str, Any]:
    """Return a mapping, empty for None; InputError for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"{what} must be a mapping; got {type(value).__name__}")
    return value


def only_known(given: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    """Raise UsageError where a key is not known, with the nearest that is."""
    for key in given:
        if key not in known:
            raise UsageError(f"{what}: no key is called {key!r}.{did_you_mean(key, known)}")


def text_of(value: Any, what: str) -> str | None:
    """Return a text or None; UsageError for anything else, also for an empty text."""
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{what} must be a text; got {value!r}")
    return value


def rule_of(record: Operation, entry: Mapping[str, Any]) -> Rule:
    """Return a check's rule; UsageError or InputError for what it must not say."""
    what = f"policy: {record.id}"
    only_known(entry, CHECK_KEYS, what)
    owner, reason = (text_of(entry.get(key), f"{what}: {key}") for key in ("owner", "reason"))
    said = {key for key in ("warn", "fail", *WORDS) if entry.get(key) is not None} | {"warn", "fail"} & set(entry)
    source, threshold = _threshold(record, entry, what) if said else (None, None)
    limits = [
        *_limits(record, entry, "groups", "group", what),
        *_limits(record, entry, "segments", "segment", what),
    ]
    margin = _limit(entry.get("no_worse_than"), f"{what}: no_worse_than")
    if margin is not None and margin < 0:
        raise UsageError(f"{what}: no_worse_than must be at least 0; got {margin:g}")
    return Rule(
        threshold=threshold,
        parameters=_parameters(record, entry, limits, what),
        ask=_yes_or_no(entry.get("ask"), f"{what}: ask"),
        source=source,
        owner=owner,
        reason=reason,
        limits=tuple(limits),
        no_worse_than=margin,
    )


def waiver_of(entry: Mapping[str, Any], rules: Mapping[str, Rule], place: int) -> Waiver:
    """Return a waiver; UsageError where it names no check, owner, reason or day."""
    what = f"policy: waiver {place}"
    only_known(entry, WAIVER_KEYS, what)
    told = {key: text_of(entry.get(key), f"{what}: {key}") for key in WAIVER_KEYS if key not in {"until", "ticket"}}
    for key in ("check", "until", "owner", "reason"):
        if entry.get(key) is None:
            raise UsageError(f"{what} must say {key}; it has {', '.join(entry) or 'nothing'}")
    check, owner, reason = (str(told[key]) for key in ("check", "owner", "reason"))
    known = registry.of_kind("check")
    if check not in known:
        raise UsageError(f"{what}: no check is called {check!r}.{did_you_mean(check, known)}")
    group, options = told["group"], rules.get(check, Rule()).subjects()
    if group is not None and group not in options:
        has = f"it has limits for {', '.join(options)}" if options else "it has none for groups or segments"
        raise UsageError(
            f"{what}: group must be one that the policy limits in {check}; got {group!r}; {has}."
            f"{did_you_mean(group, options)}"
        )
    ticket = entry.get("ticket")
    until = _day(entry["until"], f"{what}: until")
    ticket = None if ticket is None else str(ticket)
    return Waiver(check=check, until=until, owner=owner, reason=reason, ticket=ticket, group=group)


def _day(value: Any, what: str) -> dt.date:
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError:
            raise UsageError(f"{what} must be a day, such as 2027-03-31; got {value!r}") from None
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise UsageError(f"{what} must be a day, such as 2027-03-31; got {value!r}")
    return value


def _yes_or_no(value: Any, what: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise UsageError(f"{what} must be true or false; got {value!r}")
    return value


def _parameters(record: Operation, entry: Mapping[str, Any], limits: Sequence[Limit], what: str) -> dict[str, Any]:
    parameters = dict(mapping_of(entry.get("parameters"), f"{what}: parameters"))
    own = {parameter.name: parameter for parameter in record.own}
    only_known(parameters, list(own), f"{what}: parameters")
    if "segments" in own:  # a check that is asked about segments by name is asked about those with a limit too
        named = mapping_of(parameters.get("segments"), f"{what}: parameters: segments")
        added = [one.about for one in limits if one.kind == "segment" and one.about not in named]
        if added:
            parameters["segments"] = {**named, **{about: about for about in added}}
    return {name: own[name].check(value, record.id) for name, value in parameters.items()}


def _threshold(record: Operation, entry: Mapping[str, Any], what: str) -> tuple[str, Threshold]:
    """Return source and limits of an entry; a side that it leaves out keeps the check's own, null takes it away."""
    own = record.threshold or Threshold(None, None, "none")
    warn, fail = (_limit(entry.get(side, getattr(own, side)), f"{what}: {side}") for side in ("warn", "fail"))
    _in_order(warn, fail, record.better, what)
    owner, reason = entry.get("owner"), entry.get("reason")
    source = entry.get("source") or reason
    if source is None and (warn, fail) == (own.warn, own.fail):
        source = own.source
    elif source is None:
        source = f"this policy's own limit (the check's: warn {_word(own.warn)}, fail {_word(own.fail)})"
    return str(source), Threshold(warn, fail, _told(str(source), owner, reason))


def _told(source: str, owner: str | None, reason: str | None) -> str:
    """Return a source with who answers for it and why, as a reader sees it beside the limits."""
    why = f"; {reason}" if reason and reason != source else ""
    return f"{source}{why}" + (f" (owner: {owner})" if owner else "")


def _in_order(warn: float | None, fail: float | None, better: Direction, what: str) -> None:
    if warn is not None and fail is not None and (warn > fail if better == "lower" else warn < fail):
        raise UsageError(
            f"{what}: warn must be reached before fail, and {better} is better here; got warn {warn:g} and "
            f"fail {fail:g}",
            hint="A side that the policy leaves out keeps the check's own limit; null takes it away",
        )


def _limits(
    record: Operation, entry: Mapping[str, Any], key: str, kind: Literal["group", "segment"], what: str
) -> list[Limit]:
    given = mapping_of(entry.get(key), f"{what}: {key}")
    if given and (why := why_no_groups(record)):
        raise UsageError(f"{what}: {key} must be left out: {why}")
    found = []
    for about, limits in given.items():
        place = f"{what}: {key}: {about}"
        _refuse_name(about, kind, entry, place)
        found.append(_one_limit(str(about), kind, mapping_of(limits, place), place))
    return found


def why_no_groups(record: Operation) -> str | None:
    """Return why a check cannot be judged by group or segment; None where it can."""
    if not record.needs & OF_ROWS:
        return "this check has no groups; it asks about columns or the model, not about the answers for rows"
    if record.cost == "minutes" and "sensitive" not in record.needs:
        return "this check has no groups of its own, and takes minutes to be asked again for each"
    return None


def _refuse_name(about: Any, kind: str, entry: Mapping[str, Any], place: str) -> None:
    from trustlab.data.expressions import parse

    if not isinstance(about, str):
        raise UsageError(f"{place}: the name must be a text; got {about!r}")
    if kind == "group":
        column, sign, value = about.partition("=")
        if not (column.strip() and sign and value.strip()) or value.startswith("="):
            raise UsageError(f"{place}: a group must be written as column=value, such as race=Green; got {about!r}")
    elif about not in ((entry.get("parameters") or {}).get("segments") or {}):
        parse(about)


def _one_limit(about: str, kind: Literal["group", "segment"], entry: Mapping[str, Any], place: str) -> Limit:
    only_known(entry, LIMIT_KEYS, place)
    warn, fail = (_limit(entry.get(side), f"{place}: {side}") for side in ("warn", "fail"))
    if warn is None and fail is None:
        raise UsageError(f"{place} must say warn or fail; it says {', '.join(entry) or 'nothing'}")
    source, owner, reason, measure = (text_of(entry.get(key), f"{place}: {key}") for key in (*WORDS, "measure"))
    better = _better(entry.get("better"), measure, warn, fail, place)
    if better is not None:
        _in_order(warn, fail, better, place)
    source = source or reason or f"this policy's own limit for {about}"
    return Limit(
        about=about,
        kind=kind,
        threshold=Threshold(warn, fail, _told(source, owner, reason)),
        measure=measure,
        better=better,
        source=source,
        owner=owner,
        reason=reason,
    )


def _better(said: Any, measure: str | None, warn: float | None, fail: float | None, place: str) -> Direction | None:
    """Return which way is better: as said, as the measure is known, or as the limits show; None for a check's own."""
    if said is not None and said not in {"lower", "higher"}:
        raise UsageError(f"{place}: better must be lower or higher; got {said!r}.{did_you_mean(said, LOWER_HIGHER)}")
    found: Direction | None = said or known_direction(measure)
    if found is None and warn is not None and fail is not None and warn != fail:
        found = "lower" if warn < fail else "higher"
    if found is None and measure is not None:
        raise UsageError(f"{place} must say better: lower or higher; it is not known for {measure!r}")
    return found


def _limit(value: Any, what: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"{what} must be a number; got {value!r}")
    return value


def _word(limit: float | None) -> str:
    return "none" if limit is None else f"{limit:g}"
