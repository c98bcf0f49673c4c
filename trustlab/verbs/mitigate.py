"""``trust mitigate``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from trustlab.core.context import Context
from trustlab.core.errors import InputError, UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Outcome
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.models.predictor import Predictor
    from trustlab.stats.counts import Rate
    from trustlab.stats.intervals import Interval
    from trustlab.train.mitigate import Goal, Method, Rows

AS_IT_IS = "as it is"
GOALS: dict[str, Goal] = {
    "fairness.selection_rate": "demographic_parity",
    "fairness.error_rates": "equalized_odds",
    "fairness.equalized_odds": "equalized_odds",
}
MIN_GROUP = 20
NAMED = 5  # groups named in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """A candidate on the frontier: what it loses and gains on rows that it did not see."""

    method: str
    setting: str
    predictor: Predictor
    accuracy: Interval
    gap: Interval


@operation(
    "verb",
    "Mitigation",
    needs=("model", "labels", "predictions", "sensitive"),
    tasks=("binary",),
    cost="minutes",
    records=True,
    references=(
        "Kamiran and Calders (2012). Data preprocessing techniques for classification without discrimination. KAIS 33",
        "Agarwal, Beygelzimer, Dudik, Langford and Wallach (2018). A reductions approach to fair classification. ICML",
        "Hardt, Price and Srebro (2016). Equality of opportunity in supervised learning. NeurIPS",
    ),
    example={
        "model": "lender",
        "data": "loans@main",
        "sensitive": "race",
        "for_": "fairness.selection_rate",
        "methods": ["reweighing", "threshold"],
    },
)
def mitigate(
    subject: Subject,
    for_: Literal[
        "fairness.selection_rate", "fairness.error_rates", "fairness.equalized_odds"
    ] = "fairness.equalized_odds",
    methods: list[str] | None = None,
    max_loss: Annotated[float, Range(0, 1)] = 0.02,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    register: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Make fairer candidates of a model, and show what each costs in accuracy on rows held out.

    Reweighing and fairlearn's reductions train the model again; thresholds by group only decide anew from its
    probabilities. The old model is never changed. Thresholds by group treat people differently by their group, which
    law may forbid where it is meant to help; and no method mends labels that are wrong.

    Parameters
    ----------
    subject : Subject
        A binary model, the rows, and one sensitive attribute.
    for_ : str
        The check that the candidates are to satisfy: selection rates, or error rates (equalised odds).
    methods : list
        Of reweighing, reduction, grid and threshold; all that apply where not given.
    max_loss : float
        How much accuracy the chosen candidate may lose.
    level : float
        Confidence level of every interval.
    register : bool
        Register the chosen candidate as a new version of the model.
    """
    before, after, scope = _rows(subject, context)
    _refuse_too_few(after, scope)
    asked, refused = _methods(methods, subject.predictor)
    assert subject.predictor is not None
    points = [_point(AS_IT_IS, "", subject.predictor, after, for_, level, subject.classes)]
    points += _candidates(asked, refused, subject, before, after, for_, level, context)
    chosen = _choose(points, max_loss)
    version = _register(chosen, subject, for_, before, context) if register and chosen is not points[0] else None
    return Outcome(
        payload={
            "for": for_,
            "chosen": None if chosen is points[0] else {"method": chosen.method, "setting": chosen.setting},
            "registered": version,
            "rows": {"fitted": len(before.y), "held_out": len(after.y)},
            "refused": refused,
        },
        summary=_sentence(points[0], chosen, for_, len(after.y), version),
        views=_views(points, chosen, for_, scope, refused),
        advice=_next(subject, chosen, points[0], version, for_),
        value=chosen.predictor,
    )


def _rows(subject: Subject, context: Context) -> tuple[Rows, Rows, str]:
    """Return the rows to fit on and those to look at: the model's own, or halves where those are not known."""
    from trustlab.stats.sampling import stratified_halves

    assert subject.sensitive is not None
    assert subject.y is not None
    if subject.sensitive.shape[1] != 1:
        raise UsageError(
            f"mitigate: sensitive must name one attribute; got {', '.join(map(str, subject.sensitive.columns))}",
            hint='Cross several by --derive "both = race + sex" --sensitive both',
        )
    column = str(subject.sensitive.columns[0])
    if column not in subject.dataset.frame.columns:
        raise UsageError(
            f"mitigate: sensitive must be a column of the data, so that a rule can ask for it; got {column!r}",
            hint="From Python: data=data.assign(group=…), sensitive='group'",
        )
    if subject.train is None:
        fit, look = (subject.take(half) for half in stratified_halves(subject.y, context.rng("mitigate")))
        assert fit.sensitive is not None
        assert look.sensitive is not None
        scope = "a half of the rows that was not fitted on (the model's own training rows are not known)"
        return _made(fit, column, fit.sensitive[column]), _made(look, column, look.sensitive[column]), scope
    groups = _groups(subject, subject.train, column)
    scope = "rows held out from training" if subject.scope != "all rows" else "the audited rows"
    return _made(subject.train, column, groups[0]), _made(subject, column, groups[1]), scope


def _groups(subject: Subject, train: Subject, column: str) -> tuple[Any, Any]:
    """Return the groups of the training and the audited rows, numbers cut at the same places in both."""
    import pandas as pd

    from trustlab.models.groups import groups_of

    frames = [part.dataset.frame[[column]] for part in (train, subject)]
    both = groups_of(subject.dataset.with_frame(pd.concat(frames, ignore_index=True)), column)
    assert both is not None
    return both[column].iloc[: train.n], both[column].iloc[train.n :]


def _made(part: Subject, column: str, groups: Any) -> Rows:
    import numpy as np

    from trustlab.train.mitigate import Rows

    assert part.y is not None
    labels = np.asarray(part.dataset.frame[part.target])
    return Rows(
        frame=part.dataset.frame, labels=labels, y=part.y.astype(int), column=column, groups=groups.to_numpy(str)
    )


def _methods(asked: list[str] | None, model: Predictor | None) -> tuple[list[Method], dict[str, str]]:
    """Return the methods that apply, and why others do not."""
    from trustlab.core.errors import did_you_mean
    from trustlab.train.mitigate import METHODS, why_no_refit, why_no_threshold

    assert model is not None
    for name in asked or ():
        if name not in METHODS:
            raise UsageError(
                f"mitigate: methods must be of {', '.join(METHODS)}; got {name!r}.{did_you_mean(name, METHODS)}"
            )
    chosen = [name for name in METHODS if asked is None or name in asked]
    reasons = {name: why_no_threshold(model) if name == "threshold" else why_no_refit(model) for name in chosen}
    refused: dict[str, str] = {name: reason for name, reason in reasons.items() if reason}
    if len(refused) == len(chosen):
        told = "; ".join(f"{name}: {reason}" for name, reason in refused.items())
        raise UsageError(f"mitigate: a method must apply to {model.name}; {told}")
    return [name for name in chosen if name not in refused], refused


def _candidates(
    methods: Sequence[Method],
    refused: dict[str, str],
    subject: Subject,
    before: Rows,
    after: Rows,
    check: str,
    level: float,
    context: Context,
) -> list[_Point]:
    from trustlab.train.mitigate import candidates

    assert subject.predictor is not None
    points = []
    for method in context.track(methods, "mitigate"):
        try:
            made = list(candidates(subject.predictor, before, GOALS[check], method, context.seed, subject.classes[1]))
        except InputError as error:
            refused[method] = error.message
            continue
        points += [_point(one.method, one.setting, one.predictor, after, check, level, subject.classes) for one in made]
    if not points:
        told = "; ".join(f"{name}: {reason}" for name, reason in refused.items())
        raise InputError(f"mitigate: a method must apply to {subject.predictor.name} and these rows; {told}")
    return points


def _refuse_too_few(rows: Rows, scope: str) -> None:
    """Raise InputError where no two groups have rows enough to compare: a gap that nobody can see is not narrowed."""
    import numpy as np

    names, counts = np.unique(rows.groups, return_counts=True)
    if (counts >= MIN_GROUP).sum() < 2:
        told = ", ".join(f"{name} ({count:,})" for name, count in list(zip(names, counts, strict=True))[:NAMED])
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        raise InputError(
            f"mitigate: {rows.column} must have two groups of {MIN_GROUP} rows or more on {scope}; it has {told}{more}",
            hint="Gather more rows, or name another attribute by --sensitive",
        )


def _rates(check: str) -> tuple[Rate, ...]:
    from trustlab.stats.counts import fpr, selection_rate, tpr

    return (selection_rate,) if GOALS[check] == "demographic_parity" else (tpr, fpr)


def _point(
    method: str, setting: str, predictor: Predictor, rows: Rows, check: str, level: float, classes: Sequence[Any]
) -> _Point:
    from trustlab.models.labels import encode
    from trustlab.stats.counts import accuracy, group_confusion
    from trustlab.stats.fairness import largest_difference
    from trustlab.stats.intervals import wilson

    said = encode(predictor.predict(rows.frame), tuple(classes), "the candidate's prediction")
    counts = group_confusion(rows.y, said, rows.groups)
    kept = counts.cells[counts.n >= MIN_GROUP]
    share = wilson(*accuracy.parts(counts.overall), level).at(())
    return _Point(
        method=method,
        setting=setting,
        predictor=predictor,
        accuracy=share,
        gap=largest_difference(kept, _rates(check), level),
    )


def _choose(points: Sequence[_Point], max_loss: float) -> _Point:
    """Return the candidate of the smallest gap among those that lose little enough; the model itself where none is."""
    import math

    first = points[0]
    fit = [
        point
        for point in points[1:]
        if point.accuracy.value >= first.accuracy.value - max_loss - 1e-12 and point.gap.value < first.gap.value
    ]
    known = [point for point in fit if not math.isnan(point.gap.value)]
    return min(known, key=lambda point: (point.gap.value, -point.accuracy.value), default=first)


def _register(chosen: _Point, subject: Subject, check: str, before: Rows, context: Context) -> dict[str, Any]:
    """Register the chosen candidate as a new version under the model's name, with the same origin."""
    from trustlab.models.registry import Registry, check_name

    assert subject.predictor is not None
    name = subject.predictor.name.split("@")[0]
    check_name(name)
    how = {"mitigated": subject.predictor.name, "for": check, "method": chosen.method, "setting": chosen.setting}
    predictor = replace(chosen.predictor, record={**subject.predictor.record, "mitigation": how})
    columns = list(predictor.features or before.frame.columns)
    version = Registry(context.ensure_workspace()).log_training(
        predictor,
        name=name,
        example=before.frame[columns].head(5),
        params={"task": "binary", "from": f"mitigation of {subject.predictor.name}", **how},
        metrics={"accuracy": chosen.accuracy.value, "gap": chosen.gap.value},
        data=dict(subject.predictor.training or {}),
        seed=context.seed,
    )
    return {"name": version.name, "version": version.version}


def _sentence(first: _Point, chosen: _Point, check: str, n: int, version: dict[str, Any] | None) -> str:
    what = "selection rates" if GOALS[check] == "demographic_parity" else "true and false positive rates"
    if chosen is first:
        return (
            f"No candidate narrows the gap in {what} ({first.gap.value:.2f}, {first.gap.lo:.2f} to {first.gap.hi:.2f}, "
            f"n {n:,}) within the accuracy it may lose."
        )
    apart = "" if chosen.gap.hi < first.gap.lo else " The intervals overlap: this could be noise."
    kept = f" Registered as {version['name']}@{version['version']}." if version else ""
    return (
        f"{chosen.method} ({chosen.setting}) narrows the gap in {what} from {first.gap.value:.2f} ({first.gap.lo:.2f} "
        f"to {first.gap.hi:.2f}) to {chosen.gap.value:.2f} ({chosen.gap.lo:.2f} to {chosen.gap.hi:.2f}); accuracy from "
        f"{first.accuracy.value:.3f} to {chosen.accuracy.value:.3f} ({chosen.accuracy.lo:.3f} to "
        f"{chosen.accuracy.hi:.3f}, n {n:,}).{apart}{kept}"
    )


def _views(
    points: Sequence[_Point], chosen: _Point, check: str, scope: str, refused: dict[str, str]
) -> list[Series | Table]:
    columns = ("method", "setting", "gap", "gap_lo", "gap_hi", "accuracy", "accuracy_lo", "accuracy_hi", "chosen")
    rows = [(one.method, one.setting, *one.gap, *one.accuracy, one is chosen) for one in points]
    told = "".join(f" {name} was left out: {reason}." for name, reason in refused.items())
    frontier = Series(
        name="frontier",
        title="Accuracy against fairness",
        columns=("method", "gap", "accuracy", "accuracy_lo", "accuracy_hi"),
        rows=sorted((one.method, one.gap.value, *one.accuracy) for one in points),
        x="gap",
        y=("accuracy",),
        group="method",
        mark="point",
        caption=f"Left is fairer, up is more accurate; on {scope}. Bars are intervals of the accuracy.",
    )
    table = Table(
        name="candidates",
        title="Candidates",
        columns=columns,
        rows=rows,
        caption=f"gap: the largest difference that {check} compares between two groups of {MIN_GROUP} rows or more, "
        f"its interval wide by construction. The chosen one was picked on these rows, so expect a little less.{told}",
    )
    return [frontier, table]


def _next(subject: Subject, chosen: _Point, first: _Point, version: dict[str, Any] | None, check: str) -> list[str]:
    assert subject.sensitive is not None
    assert subject.predictor is not None
    if chosen is first or subject.dataset.source == "memory":
        return []
    column = subject.sensitive.columns[0]
    if version:
        return [
            f"%trust audit {version['name']}@{version['version']} --data {subject.dataset.name} --sensitive {column}"
        ]
    words = f"%trust mitigate {subject.predictor.name} --data {subject.dataset.name} --sensitive {column} --for {check}"
    return [f"{words} --methods {chosen.method} --register"]
