"""Counterfactuals of one row: the smallest changes after which the model would have said otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.explain.actions import Actions
    from trustlab.explain.flip_search import Flips

ID = "explain.counterfactual"


@operation(
    "explainer",
    "Counterfactuals",
    needs=("model", "features"),
    tasks=("binary", "multiclass"),
    references=(
        "Wachter et al. (2018). Counterfactual explanations without opening the black box. Harvard JOLT 31",
        "Mothilal et al. (2020). Explaining machine learning classifiers through diverse counterfactual explanations",
        "Ustun, Spangher and Liu (2019). Actionable recourse in linear classification. FAT*",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def counterfactual(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    immutable: list[str] | None = None,
    only_up: list[str] | None = None,
    only_down: list[str] | None = None,
    alternatives: Annotated[int, Range(1, 10)] = 3,
    *,
    context: Context,
) -> Result:
    """Say what would have to change in a row for the model to predict otherwise.

    The fewest and then cheapest changes that a search by questions finds, within the ranges and categories of the
    training rows; each further alternative uses none of the features of those before it. A number's change costs the
    share of training rows it moves past, a category's 1. It is the model that would answer otherwise; whether the
    change can be made, and what else it would change, is not known to it. Not for the model as a whole: see
    robustness.counterfactuals.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    row : int
        The row of the data as read, counted from 0.
    immutable : list
        Columns that cannot change; the sensitive ones where not given.
    only_up : list
        Numbers that can only rise, such as age.
    only_down : list
        Numbers that can only fall.
    alternatives : int
        How many to look for.
    context : Context
        Where chance comes from.

    Returns
    -------
    Result
        Value: the cost of the first. Views ``picture``, ``changes`` and ``quality``.
    """
    from trustlab.explain.actions import actions_of

    if row is None:
        return not_applicable("a counterfactual is that of one row: give --row NUMBER")
    rng = context.rng(ID)
    actions = actions_of(subject, rng, immutable=immutable, only_up=set(only_up or ()), only_down=set(only_down or ()))
    if not len(actions):
        return not_applicable("no feature may change: all are immutable, constant or free text")
    return _finding(subject, row, _several(subject, subject.row(row), actions, alternatives, rng), rng)


def _several(subject: Subject, frame: pd.DataFrame, actions: Actions, alternatives: int, rng: Any) -> list[Flips]:
    """Return counterfactuals that share no feature, as many as there are."""
    from trustlab.explain.flip_search import smallest_changes

    found: list[Flips] = []
    while len(found) < alternatives and len(actions):
        flips = smallest_changes(subject, frame, actions, rng)
        if not flips.found[0] and found:
            break
        found.append(flips)
        if not flips.found[0]:
            break
        actions = actions.without(_names(flips))
    return found


def _names(flips: Flips) -> list[Any]:
    return [action.name for at, action in enumerate(flips.actions) if flips.changed[0, at]]


def _finding(subject: Subject, row: int, found: list[Flips], rng: Any) -> Result:
    from trustlab.explain import _words
    from trustlab.explain.plausible import unlike

    before = subject.row(row)
    now = int(subject.predict(before)[0])
    first = found[0]
    if not first.found[0]:
        return Result(
            status=Status.PASS,
            reason=f"Row {row}: {_words.outcome_of(subject, now)}, and no allowed change that was found turns it.",
            n=first.asked,
            provenance={"row": row},
        )
    lines = [line for number, flips in enumerate(found, 1) for line in _changes(subject, before, flips, number)]
    said = " and ".join(f"{name} {new} instead of {old}" for at, name, old, new, *_ in lines if at == 1)
    then = int(subject.predict(first.rows)[0])
    strange = [bool(unlike(flips.actions, flips.rows, rng)[0]) for flips in found]
    return Result(
        reason=f"Row {row}: {_words.outcome_of(subject, now)}; with {said} it would be "
        f"{_words.outcome_of(subject, then)}, all else equal.",
        value=float(first.cost[0]),
        unit="cost",
        n=sum(flips.asked for flips in found),
        views=[*_pictures(lines, found), _quality(found, strange)],
        provenance={"row": row},
    )


def _pictures(lines: list[tuple[Any, ...]], found: list[Flips]) -> list[Series | Table]:
    return [
        Series(
            name="picture",
            title="Ways to another prediction, by cost",
            columns=("change", "cost"),
            rows=[(f"{at}. {_told(lines, at)}", float(flips.cost[0])) for at, flips in enumerate(found, 1)],
            x="change",
            y=("cost",),
            mark="bar",
            caption="A cost of 0.1 moves a number past 10% of the training rows; a category costs 1.",
        ),
        Table(
            name="changes",
            title="What would have to change",
            columns=("alternative", "feature", "now", "then", "cost", "prediction"),
            rows=lines,
        ),
    ]


def _quality(found: list[Flips], strange: list[bool]) -> Table:
    from trustlab.explain import _words

    return _words.quality_view(
        [
            ("validity", 1.0, "share of the alternatives that the model, asked again, predicts otherwise"),
            ("unlike real rows", sum(strange) / len(strange), "share farther from real rows than 95% of those"),
            ("rows put to the model", sum(flips.asked for flips in found), "a smaller change may exist"),
        ]
    )


def _changes(subject: Subject, before: pd.DataFrame, flips: Flips, number: int) -> list[tuple[Any, ...]]:
    from trustlab.explain import _words

    then = _words.outcome_of(subject, int(subject.predict(flips.rows)[0]))
    lines = []
    for at, action in enumerate(flips.actions):
        if flips.changed[0, at]:
            old, new = before[action.name].tolist()[0], flips.rows[action.name].tolist()[0]
            cost = float(action.costs([old], [new])[0])
            lines.append((number, str(action.name), _words.plain(old), _words.plain(new), cost, then))
    return lines


def _told(lines: list[tuple[Any, ...]], number: int) -> str:
    return ", ".join(f"{name}: {old} to {new}" for at, name, old, new, *_ in lines if at == number)
