"""A finding judged further by its policy: each limit for a group or segment, and the margin to a baseline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trustlab.checks.rules import BASELINE, known_direction
from trustlab.core.errors import TrustlabError, UsageError, did_you_mean
from trustlab.core.result import Result, Status, Threshold, judge, worst
from trustlab.core.views import Series, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from trustlab.checks.rules import Limit, Policy, Rule
    from trustlab.core.context import Context
    from trustlab.core.operation import Operation
    from trustlab.core.views import View
    from trustlab.models.subject import Subject

VIEW = "policy_limits"
HOW = "by the policy's limits for groups and segments"
COLUMNS = (
    "about",
    "measure",
    "value",
    "value_lo",
    "value_hi",
    "n",
    "warn",
    "fail",
    "status",
    "owner",
    "reason",
    "note",
)
LOOKED = {Status.PASS, Status.WARN, Status.FAIL}
ATTRIBUTES = ("feature", "attribute")
COUNTS = ("n", "count", "rows")
NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One limit of the policy's, judged: ``found`` has the number, the status and what there is to say."""

    about: str
    measure: str
    found: Result
    owner: str | None = None
    reason: str | None = None

    def row(self) -> tuple[Any, ...]:
        """Return the line as a row of the table."""
        one = self.found
        lo, hi = one.interval or (None, None)
        limits = (one.threshold.warn, one.threshold.fail) if one.threshold else (None, None)
        numbers = (one.value, lo, hi, one.n, *limits)
        return (self.about, self.measure, *numbers, str(one.status), self.owner, self.reason, one.reason)

    def said(self) -> str:
        """Return the line as a sentence."""
        one = self.found
        if one.status not in LOOKED:
            return f"{self.about}: {one.reason}".rstrip(".") + "."
        ends = f"{one.interval[0]:.3g} to {one.interval[1]:.3g}" if one.interval else ""
        rows = f"n {one.n:,}" if one.n is not None else ""
        inside = ", ".join(filter(None, (ends, rows)))
        limit = one.threshold.fail if one.threshold and one.threshold.fail is not None else None
        limit = one.threshold.warn if limit is None and one.threshold else limit
        number = f"{one.value:.3g}" + (f" ({inside})" if inside else "")
        return f"{self.about}: {self.measure} {number}, limit {limit:g}. {one.reason or ''}".rstrip()


class Parts:
    """The groups and segments of one subject, each cut out once.

    Parameters
    ----------
    subject : Subject
        What is audited.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._cut: dict[tuple[str, str], Subject] = {}

    def of(self, limit: Limit) -> Subject:
        """Return the rows that a limit is about; UsageError where there is no such column."""
        key = (limit.kind, limit.about)
        if key not in self._cut:
            inside = self._group(limit.about) if limit.kind == "group" else self._segment(limit.about)
            self._cut[key] = self._subject.take(inside.nonzero()[0])
        return self._cut[key]

    def unlike(self, reference: Mapping[str, Any]) -> str:
        """Return a note where another audit looked at other rows, or an empty text."""
        own = (self._subject.dataset.provenance().get("digest"), self._subject.n)
        same = own == ((reference.get("data") or {}).get("digest"), reference.get("rows"))
        return "" if same else ", which was audited on other rows"

    def _group(self, about: str) -> np.ndarray:
        column, _, value = (word.strip() for word in about.partition("="))
        sensitive, frame = self._subject.sensitive, self._subject.dataset.frame
        if sensitive is not None and column in sensitive.columns:
            values = sensitive[column].astype(str)
        elif column in frame.columns:
            values = frame[column].astype(str)
        else:
            options = [*(sensitive.columns if sensitive is not None else ()), *frame.columns]
            raise UsageError(f"no column is called {column!r}.{did_you_mean(column, options)}")
        inside: np.ndarray = (values == value).to_numpy(dtype=bool)
        if not inside.any():
            raise UsageError(f"no row has {column} = {value!r}.{did_you_mean(value, values.unique())}")
        return inside

    def _segment(self, about: str) -> np.ndarray:
        from trustlab.data.expressions import evaluate

        answer = evaluate(self._subject.dataset.frame, about)
        if answer.dtype.name not in {"bool", "boolean"}:
            raise UsageError(f"a segment must be true or false for each row; got {answer.dtype} values: {about}")
        inside: np.ndarray = answer.fillna(False).to_numpy(dtype=bool)  # noqa: FBT003 - the value to fill with
        if not inside.any():
            raise UsageError(f"no row is in the segment {about}")
        return inside


def reference_of(rules: Policy, context: Context) -> Mapping[str, Any] | None:
    """Return the document of the policy's baseline; None where it has none."""
    from trustlab.checks.audits import find_audit

    return None if rules.baseline is None else find_audit(rules.baseline, context)


def judge_further(
    record: Operation,
    result: Result,
    rules: Policy,
    parts: Parts,
    context: Context,
    reference: Mapping[str, Any] | None,
) -> Result:
    """Return a finding with what else the policy says about it: a line for each limit, and the worst status.

    A limit that could not be looked at is an error where the policy or the data must be mended, and is named. Lines
    can only make a finding worse: what was not looked at is no pass because its groups are fine.
    """
    rule = rules.rule(record.id)
    if result.status == Status.SKIPPED:
        return result
    lines = [_line(record, result, rule, limit, parts, context) for limit in rule.limits]
    if rule.no_worse_than is not None and reference is not None:
        lines.append(_against(record, result, rule, reference, parts))
    told = {key: value for key in ("owner", "reason") if (value := getattr(rule, key))}
    if not lines:
        return replace(result, provenance={**result.provenance, "policy": told}) if told else result
    told["headline"] = str(result.status)
    told["lines"] = [{"about": line.about, "status": str(line.found.status)} for line in lines]
    worse = worst([line.found.status for line in lines if line.found.status != Status.PASS] or [Status.PASS])
    own = result.status or Status.ERROR
    status = worst([own, worse]) if worse in {Status.FAIL, Status.ERROR, Status.WARN} else own
    return replace(
        result,
        status=status,
        reason=_sentence(result.reason, lines, first=status != own),
        views=[*result.views, *_views(lines)],
        provenance={**result.provenance, "policy": told},
    )


def _sentence(reason: str | None, lines: Sequence[Line], *, first: bool) -> str:
    """Return what a finding says with its lines: these first where they make it worse."""
    order = (Status.FAIL, Status.ERROR, Status.WARN, Status.NOT_APPLICABLE, Status.SKIPPED)
    shown = sorted((one for one in lines if one.found.status in order), key=lambda one: order.index(one.found.status))
    kept = len(lines) - len(shown)
    said = " ".join(line.said() for line in shown[:NAMED])
    more = f" And {len(shown) - NAMED} more." if len(shown) > NAMED else ""
    held = f"{kept} of {len(lines)} further limits of the policy kept." if len(lines) > 1 or kept else ""
    told = f"{said}{more}"
    return " ".join(filter(None, (told, reason, held) if first else (reason, told, held)))


def _views(lines: Sequence[Line]) -> list[View]:
    table = Table(
        name=VIEW,
        title="Limits of the policy for groups, segments and the baseline",
        columns=COLUMNS,
        rows=[line.row() for line in lines],
        units={"n": "rows"},
        caption="Judged as the check itself: beyond the limit with the whole interval is a fail, else a warning.",
    )
    drawn = [line for line in lines if line.about != BASELINE and line.found.status in LOOKED]
    if not drawn:
        return [table]
    rows = [(f"{line.about} {line.measure}", *line.row()[2:5], line.row()[7] or line.row()[6]) for line in drawn]
    picture = Series(
        name="policy_lines",
        title="Groups and segments against their limits",
        columns=("about", "value", "value_lo", "value_hi", "limit"),
        rows=rows,
        x="about",
        y=("value", "limit"),
        mark="point",
    )
    return [picture, table]


def _line(record: Operation, result: Result, rule: Rule, limit: Limit, parts: Parts, context: Context) -> Line:
    try:
        measure, found, better = _number(record, result, rule, limit, parts, context)
    except TrustlabError as error:
        said = " ".join(filter(None, (error.message, error.hint)))
        failed = Result(status=Status.ERROR, reason=said, threshold=limit.threshold)
        return Line(
            about=limit.about, measure=limit.measure or "", found=failed, owner=limit.owner, reason=limit.reason
        )
    judged = judge(found, limit.threshold, better)
    return Line(about=limit.about, measure=measure, found=judged, owner=limit.owner, reason=limit.reason)


def _number(
    record: Operation, result: Result, rule: Rule, limit: Limit, parts: Parts, context: Context
) -> tuple[str, Result, Any]:
    """Return what is judged, the number and which way is better: from the check's own tables, else asked again."""
    from trustlab.core.execute import evaluate

    for row in _rows_about(result, limit):
        measure = _measure(limit, [name for name in row if f"{name}_lo" in row], limit.about)
        better = limit.better or known_direction(measure)
        if better is None:
            raise UsageError(f"the policy must say better: lower or higher; it is not known for {measure!r}")
        return measure, _of_row(row, measure), better
    part = parts.of(limit)
    asked = evaluate(
        record,
        dict.fromkeys(record.bundles, part),
        context,
        parameters=rule.parameters,
        threshold=Threshold(None, None, HOW),
    )
    if asked.status in {Status.NOT_APPLICABLE, Status.ERROR, Status.SKIPPED}:
        return record.title, Result(status=asked.status, reason=asked.reason, n=part.n), record.better
    if limit.measure is None:
        own = Result(value=asked.value, interval=asked.interval, n=asked.n)
        return record.title, own, limit.better or record.better
    rows = [
        dict(zip(view.columns, row, strict=True)) for view in asked.views for row in view.rows if view.kind == "table"
    ]
    named = {str(row.get("metric", row.get("measure"))): row for row in rows if {"value", "value_lo"} <= set(row)}
    measure = _measure(limit, list(named), limit.about)
    assert limit.better is not None  # a measure that is named has a direction, or the policy was refused
    return measure, replace(_of_row(named[measure], "value"), n=asked.n), limit.better


def _rows_about(result: Result, limit: Limit) -> list[dict[str, Any]]:
    """Return the row of the check's table by group or segment that a limit is about."""
    column, _, value = (word.strip() for word in limit.about.partition("="))
    for view in result.views:
        columns = list(view.columns)
        if view.kind != "table" or not any(f"{name}_lo" in columns for name in columns):
            continue
        rows = [dict(zip(columns, row, strict=True)) for row in view.rows]
        if limit.kind == "segment":
            found = [row for row in rows if limit.about in (row.get("segment"), row.get("expression"))]
        else:
            attribute = next((name for name in ATTRIBUTES if name in columns), None)
            if attribute is None or "group" not in columns:
                continue
            found = [row for row in rows if (str(row[attribute]), str(row["group"])) == (column, value)]
        if found:
            return found[:1]
    return []


def _measure(limit: Limit, options: Sequence[str], about: str) -> str:
    if limit.measure is None:
        if len(options) != 1:
            raise UsageError(f"the policy must say measure for {about}: {', '.join(options)}")
        return options[0]
    if limit.measure not in options:
        near = did_you_mean(limit.measure, options)
        has = f"measure must be one of {', '.join(options)}" if options else "the check has no measures by name"
        raise UsageError(f"{has}; got {limit.measure!r}.{near}")
    return limit.measure


def _of_row(row: Mapping[str, Any], measure: str) -> Result:
    value, ends = row[measure], (row[f"{measure}_lo"], row[f"{measure}_hi"])
    n = next((row[name] for name in COUNTS if isinstance(row.get(name), int)), None)
    if value is None:
        return Result(status=Status.NOT_APPLICABLE, reason=f"there is no row to measure {measure} on", n=n)
    return Result(value=value, interval=None if None in ends else ends, n=n)


def _against(record: Operation, result: Result, rule: Rule, reference: Mapping[str, Any], parts: Parts) -> Line:
    """Return the line that says whether a finding is worse than the baseline's by more than the margin."""
    assert rule.no_worse_than is not None
    limit = Threshold(None, rule.no_worse_than, "this policy's margin to its baseline")
    other = next((one for one in reference["results"] if one["id"] == record.id), {"value": None, "unit": None})
    compared = _compared(record, result.to_dict(), other, limit)
    if compared.value is not None:
        note = f"{result.value:.3g} against {other['value']:.3g} of {_name(reference)}{parts.unlike(reference)}."
        compared = replace(compared, reason=" ".join(filter(None, (note, compared.reason))), n=result.n)
    return Line(about=BASELINE, measure="worse by", found=compared, owner=rule.owner, reason=rule.reason)


def _compared(record: Operation, own: Mapping[str, Any], other: Mapping[str, Any], limit: Threshold) -> Result:
    """Return by how much a finding is worse, judged; only what is surely worse by more than the margin fails.

    The two intervals are taken as independent: on the same rows the difference is surer than they say.
    """
    from trustlab.checks.changes import difference_between

    if other["value"] is None or own["value"] is None:
        lacking = "there is no number to compare" if own["value"] is None else "the baseline has no number"
        return Result(status=Status.NOT_APPLICABLE, reason=lacking, threshold=limit)
    if other["unit"] != own["unit"]:
        why = f"the baseline is measured in {other['unit']}, this in {own['unit']}"
        return Result(status=Status.ERROR, reason=why, threshold=limit)
    change = difference_between(other, own)
    assert change is not None
    value, lo, hi = change if record.better == "lower" else (-change.value, -change.hi, -change.lo)
    known = lo == lo
    if not known and limit.fail is not None and value > limit.fail:
        why = "Whether this is noise nobody can say: an interval is missing."
        return Result(status=Status.WARN, reason=why, value=value, threshold=limit)
    return judge(Result(value=value, interval=(lo, hi) if known else None), limit, "lower")


def _name(reference: Mapping[str, Any]) -> str:
    model = reference.get("model") or {}
    name = str(model.get("name") or "the baseline")
    return f"{name}@{model['version']}" if model.get("version") else name
