"""How few credible changes turn a right prediction?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import listed
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.explain.flip_search import Flips

ID = "robustness.constrained"
COSTS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
SHOWN = 15


@operation(
    "check",
    "Attack within types and ranges",
    needs=("model", "labels", "features"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: which inputs somebody can misstate, and what that costs them, is for the threat "
        "model to say. Shown, not judged",
    ),
    references=(
        "Ballet et al. (2019). Imperceptible adversarial attacks on tabular data. arXiv:1911.03274",
        "Kireev et al. (2023). Adversarial robustness for tabular data through cost and utility awareness. NDSS",
        "Ustun, Spangher and Liu (2019). Actionable recourse in linear classification. FAT*",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "max_rows": 20},
)
def constrained(
    subject: Subject,
    features: Annotated[int, Range(1, 4), Unit("features")] = 1,
    immutable: list[str] | None = None,
    max_rows: Annotated[int, Range(1), Unit("rows")] = 100,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """How few credible changes turn a right prediction?

    Somebody who misstates inputs keeps to what could be true: whole numbers stay whole, numbers stay within the range
    of the training rows, categories are among those seen, gaps stay gaps, and immutable columns stay. A search by
    questions alone (greedy by feature, from several first features, then from near rows predicted otherwise) looks for
    the fewest such changes, then for cheap ones. A change of a number costs the share of training rows between the old
    and the new value, of a category 1. Rules between columns are not known to it, and what it did not find may exist:
    shares are lower bounds. For small changes of all numbers at once see robustness.adversarial_perturbation and
    robustness.evasion.

    In plain words
    --------------
    A few believable changes to what is filled in turn a right answer into a wrong one.

    What to do
    ----------
    Verify the inputs that turn most answers before they are used, and hand close cases to a person.

    Parameters
    ----------
    subject : Subject
        The model and audited rows with labels.
    features : int
        The number of changed features that the headline is about.
    immutable : list
        Columns that nobody can misstate; the sensitive ones where not given.
    max_rows : int
        Rightly predicted rows to attack, drawn by the seed; fewer with many features.
    level : float
        Confidence level of every interval.
    context : Context
        Where rows and chance come from.

    Returns
    -------
    Result
        Value: the share of right predictions turned by changing at most ``features`` features, with Wilson's interval.
        Views ``by_features``, ``by_cost``, ``used`` (which features turned predictions) and ``attack``.
    """
    from trustlab.checks.robustness._numbers import chosen_rows
    from trustlab.explain.actions import actions_of
    from trustlab.explain.flip_search import affordable_rows, smallest_changes

    rng = context.rng(ID)
    actions = actions_of(subject, rng, immutable=immutable)
    if not len(actions):
        return not_applicable("no feature may change: " + _why(actions.fixed))
    limit = min(max_rows, affordable_rows(actions, subject.X.shape[1]))
    rows = chosen_rows(subject.y == subject.y_pred, limit, rng)
    if not rows.size:
        return not_applicable("no prediction is right, so none can be turned")
    flips = smallest_changes(subject, rows, actions, rng)
    return _finding(subject, flips, features, level, len(actions))


def _why(fixed: dict[str, str]) -> str:
    return listed([f"{name} ({reason})" for name, reason in fixed.items()])


def _finding(subject: Subject, flips: Flips, features: int, level: float, allowed: int) -> Result:
    import numpy as np

    from trustlab.stats.intervals import wilson

    n = int(flips.found.size)
    count = np.where(flips.found, flips.count, subject.X.shape[1] + 1)
    counts = list(range(1, max(4, features) + 1))
    by_count = _shares([int((count <= most).sum()) for most in counts], n, level)
    by_cost = _shares([int((flips.cost <= most).sum()) for most in COSTS], n, level)
    value, lo, hi = wilson(int((count <= features).sum()), n, level).at(())
    middle = float(np.median(flips.cost[count <= features])) if value else None
    said = f"; the median change costs {middle:.2g} (the share of rows it moves past)" if middle is not None else ""
    if len(flips.actions) < allowed:
        said += f"; {len(flips.actions)} of {allowed:,} features were looked at"
    changes = "one change" if features == 1 else f"at most {features} changes"
    return Result(
        reason=f"{value:.0%} of {n} right predictions ({lo:.0%} to {hi:.0%}) are turned by {changes} within types, "
        f"ranges and categories seen{said}.",
        value=value,
        unit="share",
        interval=(lo, hi),
        level=level,
        n=n,
        views=[
            _curve("by_features", "Predictions turned, by features changed", "features", counts, by_count),
            _curve("by_cost", "Predictions turned, by cost of the change", "cost", COSTS, by_cost),
            _used(flips),
            _facts(subject, flips),
        ],
    )


def _shares(turned: list[int], n: int, level: float) -> list[tuple[float, float, float]]:
    from trustlab.stats.intervals import wilson

    rates = wilson(turned, n, level)
    return [rates.at(at) for at in range(len(turned))]


def _curve(
    name: str,
    title: str,
    x: str,
    places: list[int] | tuple[float, ...],
    rates: list[tuple[float, float, float]],
) -> Series:
    return Series(
        name=name,
        title=title,
        columns=(x, "turned", "turned_lo", "turned_hi"),
        rows=[(place, *rate) for place, rate in zip(places, rates, strict=True)],
        units={"turned": "share"},
        x=x,
        y=("turned",),
        caption="The share of rightly predicted rows that some change of this size turns: a lower bound.",
    )


def _used(flips: Flips) -> Table:
    import numpy as np

    times = flips.changed[flips.found].sum(axis=0)
    order = np.argsort(-times, kind="stable")
    kinds = {"number": "a number", "whole": "a whole number", "category": "a category"}
    rows = [
        (str(action.name), kinds[action.kind], int(times[at]))
        for at in order.tolist()
        if times[at]
        for action in [flips.actions.actions[at]]
    ]
    return Table(
        name="used",
        title="Features that turned predictions",
        columns=("feature", "is", "rows"),
        rows=rows[:SHOWN],
        units={"rows": "rows"},
        caption=f"{len(rows) - SHOWN} more features turned fewer rows." if len(rows) > SHOWN else None,
    )


def _facts(subject: Subject, flips: Flips) -> Table:
    facts = [
        ("rows attacked", int(flips.found.size)),
        ("rows never turned", int((~flips.found).sum())),
        ("features that may change", len(flips.actions)),
        ("features of the model", subject.X.shape[1]),
        ("features that stay", _why(flips.actions.fixed) or "none"),
        ("rows put to the model", flips.asked),
    ]
    return Table(name="attack", title="The attack", columns=("fact", "value"), rows=facts)
