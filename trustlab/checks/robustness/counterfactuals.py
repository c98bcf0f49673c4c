"""What would have to change for a refusal to become an acceptance, and is that equally far for everybody?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.explain.flip_search import Flips
    from trustlab.stats.arrays import Bools, Ints

ID = "robustness.counterfactuals"
MIN_GROUP = 10
SHOWN = 15


@operation(
    "check",
    "Counterfactuals and recourse",
    needs=("model", "features"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: how far recourse may be, and for whom, is a question of the decision at hand. "
        "Shown, not judged",
    ),
    references=(
        "Ustun, Spangher and Liu (2019). Actionable recourse in linear classification. FAT*",
        "Karimi et al. (2020). Model-agnostic counterfactual explanations for consequential decisions. AISTATS",
        "Wachter et al. (2018). Counterfactual explanations without opening the black box. Harvard JOLT 31",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "sensitive": "race", "max_rows": 30},
)
def counterfactuals(
    subject: Subject,
    immutable: list[str] | None = None,
    only_up: list[str] | None = None,
    only_down: list[str] | None = None,
    max_rows: Annotated[int, Range(1), Unit("rows")] = 200,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """What would have to change for a refusal to become an acceptance, and is that equally far for everybody?

    For rows predicted the negative class (of several classes: for any row) a search by questions looks for the fewest
    and then cheapest changes, within the ranges and categories of the training rows, after which the model predicts
    the positive class (any other). A number's change costs the share of training rows it moves past, a category's 1.
    Groups are compared by the mean cost. Costs are upper bounds, and no recourse found does not prove that there is
    none. The model's answer would change; whether the world's would, by causes, is not asked.

    In plain words
    --------------
    People who were refused would have to change much to be accepted, and those of one group more than others.

    What to do
    ----------
    Look at the group for which the way is longer: which feature makes it so, and can it be changed by the person at
    all?

    Parameters
    ----------
    subject : Subject
        The model and audited rows.
    immutable : list
        Columns that nobody can change; the sensitive ones where not given.
    only_up : list
        Numbers that can only rise, such as age.
    only_down : list
        Numbers that can only fall.
    max_rows : int
        Rows to search, drawn by the seed; fewer with many features.
    level : float
        Confidence level of every interval.
    context : Context
        Where rows and chance come from.

    Returns
    -------
    Result
        Value: the mean cost of the changes found, with Student's interval. Views ``recourse`` (rows by number of
        changed features), ``by_group``, ``changed`` (which features) and ``facts``. Where no row has recourse there is
        no cost: a warning.
    """
    import numpy as np

    from trustlab.checks.robustness._numbers import chosen_rows
    from trustlab.explain.actions import actions_of
    from trustlab.explain.flip_search import affordable_rows, smallest_changes

    rng = context.rng(ID)
    actions = actions_of(subject, rng, immutable=immutable, only_up=set(only_up or ()), only_down=set(only_down or ()))
    if not len(actions):
        return not_applicable("no feature may change: all are immutable, constant or free text")
    goal = 1 if subject.task == "binary" else None
    assert subject.y_pred is not None
    refused = subject.y_pred == 0 if goal is not None else np.ones(subject.n, dtype=bool)
    rows = chosen_rows(refused, min(max_rows, affordable_rows(actions, subject.X.shape[1])), rng)
    if not rows.size:
        return not_applicable(f"nobody is predicted {subject.classes[0]}, so nobody needs recourse")
    flips = smallest_changes(subject, rows, actions, rng, goal=goal)
    found = _finding(subject, rows, flips, level, rng)
    if len(flips.actions) == len(actions):
        return found
    looked = f"{len(flips.actions)} of {len(actions):,} features were looked at"
    if not flips.found.any():
        return not_applicable(f"no recourse was found, but only {looked}: the table is too wide to say")
    return replace(found, reason=f"{found.reason} {looked}.")


def _finding(subject: Subject, rows: Ints, flips: Flips, level: float, rng: Any) -> Result:
    from trustlab.explain.plausible import unlike
    from trustlab.stats.intervals import mean_interval

    n, found = int(rows.size), int(flips.found.sum())
    wanted = f"{subject.target or 'the prediction'} = {subject.classes[1]}" if subject.task == "binary" else "another"
    groups, told = _groups(subject, rows, flips, level)
    if not found:
        return Result(
            reason=f"No allowed change leads to {wanted} for any of {n} rows: the model leaves them no recourse.",
            status=Status.WARN,
            n=n,
            views=[_facts(flips, flips.found)],
        )
    cost = mean_interval(flips.cost[flips.found], level)
    strange = unlike(flips.actions, flips.rows[flips.found], rng)
    middle = _median(flips.count[flips.found])
    without = f" {n - found} have no recourse that was found." if n > found else ""
    ends = None if cost.lo != cost.lo else (cost.lo, cost.hi)
    between = f" ({cost.lo:.2g} to {cost.hi:.2g})" if ends else ""
    return Result(
        reason=f"To reach {wanted}, half of {n} rows need {middle:g} changed feature{'s' if middle != 1 else ''} or "
        f"fewer, at a mean cost of {cost.value:.2g}{between} in shares of rows moved past.{without}{told}",
        value=cost.value,
        unit="cost",
        interval=ends,
        level=level,
        n=n,
        views=[_recourse(flips), *groups, _changed(flips), _facts(flips, strange)],
    )


def _median(values: Any) -> float:
    import numpy as np

    return float(np.median(values))


def _recourse(flips: Flips) -> Series:
    most = max(4, int(flips.count[flips.found].max()))
    rows: list[tuple[str, int]] = [
        (str(one), int((flips.found & (flips.count == one)).sum())) for one in range(1, min(most, 10) + 1)
    ]
    if most > 10:
        rows.append(("more", int((flips.found & (flips.count > 10)).sum())))
    rows.append(("none found", int((~flips.found).sum())))
    return Series(
        name="recourse",
        title="Features to change",
        columns=("features", "rows"),
        rows=rows,
        units={"rows": "rows"},
        x="features",
        y=("rows",),
        mark="bar",
    )


def _groups(subject: Subject, rows: Ints, flips: Flips, level: float) -> tuple[list[Series | Table], str]:
    """Return the comparison of groups, and the largest difference in words."""
    import math

    from trustlab.stats.intervals import mean_interval, wilson
    from trustlab.stats.means import welch

    if subject.sensitive is None:
        return [], ""
    lines: list[tuple[Any, ...]] = []
    for feature in subject.sensitive.columns:
        names = subject.sensitive[feature].to_numpy()[rows]
        for group in sorted(set(names.tolist())):
            member = names == group
            costs = flips.cost[member & flips.found]
            if member.sum() < MIN_GROUP or costs.size < 2:
                continue
            lost = int((member & ~flips.found).sum())
            rate = wilson(lost, int(member.sum()), level).at(())
            rest = flips.cost[~member & flips.found]
            gap = welch(costs, rest) if rest.size > 1 else None
            lines.append((str(feature), str(group), int(member.sum()), *mean_interval(costs, level), *rate, gap))
    if not lines:
        return [], ""
    worst = max(lines, key=lambda line: line[9].value if line[9] is not None else -math.inf)
    return _group_views(lines), _in_words(worst, len(lines), level)


def _in_words(line: tuple[Any, ...], comparisons: int, level: float) -> str:
    from trustlab.stats.disparity import shared_level

    feature, group, gap = line[0], line[1], line[9]
    if gap is None or gap.value <= 0:
        return ""
    value, lo, hi = gap.interval(shared_level(level, comparisons))
    noise = " This could be noise." if lo <= 0 else ""
    return f" For {feature} {group} it costs {value:.2g} ({lo:.2g} to {hi:.2g}) more than for others.{noise}"


def _group_views(lines: list[tuple[Any, ...]]) -> list[Series | Table]:
    columns = ("feature", "group", "n", "cost", "cost_lo", "cost_hi", "none_found", "none_found_lo", "none_found_hi")
    rows = [line[:9] for line in lines]
    title = "Cost of recourse by group"
    return [
        Series(
            name="cost_by_group",
            title=title,
            columns=("feature", "group", "cost", "cost_lo", "cost_hi"),
            rows=[(*line[:2], *line[3:6]) for line in rows],
            x="group",
            y=("cost",),
            group="feature" if len({line[0] for line in rows}) > 1 else None,
            mark="point",
            caption="Mean cost of the changes found; none_found is the share with no recourse found.",
        ),
        Table(name="by_group", title=title, columns=columns, rows=rows, units={"n": "rows", "none_found": "share"}),
    ]


def _changed(flips: Flips) -> Table:
    import numpy as np

    times = flips.changed[flips.found].sum(axis=0)
    order = [at for at in np.argsort(-times, kind="stable").tolist() if times[at]]
    rows = [(str(flips.actions.actions[at].name), int(times[at])) for at in order[:SHOWN]]
    more = len(order) - SHOWN
    return Table(
        name="changed",
        title="Features that recourse changes",
        columns=("feature", "rows"),
        rows=rows,
        units={"rows": "rows"},
        caption=f"{more} more features are changed in fewer rows." if more > 0 else None,
    )


def _facts(flips: Flips, strange: Bools) -> Table:
    share = float(strange.mean()) if flips.found.any() else None
    fixed = list(flips.actions.fixed.items())
    stays = ", ".join(f"{name} ({why})" for name, why in fixed[:5]) + (", …" if len(fixed) > 5 else "")
    facts = [
        ("rows searched", int(flips.found.size)),
        ("rows with no recourse found", int((~flips.found).sum())),
        ("median cost", _median(flips.cost[flips.found]) if flips.found.any() else None),
        ("outside the ranges of the training rows", "none: the search keeps within them"),
        ("share unlike any real row", share),
        ("features that may change", len(flips.actions)),
        ("features that stay", stays or "none"),
        ("rows put to the model", flips.asked),
    ]
    return Table(
        name="facts",
        title="The counterfactuals",
        columns=("fact", "value"),
        rows=facts,
        caption="Unlike any real row: farther from its five nearest training rows than 95% of them are from theirs.",
    )
