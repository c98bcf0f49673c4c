"""How small a change turns a right prediction?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.seeding import seeded
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.checks.robustness._numbers import Numbers
    from trustlab.stats.arrays import Floats, Ints

ID = "robustness.adversarial_perturbation"
BUDGETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
EFFORT = {
    "HopSkipJump": "three rounds: understates; robustness.evasion asks longer",
    "Projected gradient descent": "ten steps for each budget",
}
ASKED_ROWS = 20  # a row costs some hundred questions where there are no gradients


@operation(
    "check",
    "Adversarial perturbation",
    needs=("model", "labels", "numeric"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: whether somebody gains by turning a prediction, and what a change costs them, is "
        "for the threat model to say. Shown, not judged",
    ),
    references=(
        "Madry et al. (2018). Towards deep learning models resistant to adversarial attacks. ICLR",
        "Chen, Jordan and Wainwright (2020). HopSkipJumpAttack: a query-efficient decision-based attack. IEEE S&P",
        "Nicolae et al. (2018). Adversarial Robustness Toolbox. arXiv:1807.01069",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "max_rows": 3},
)
def adversarial_perturbation(
    subject: Subject,
    budget: Annotated[float, Range(0.001, 10), Unit("standard deviations")] = 0.1,
    max_rows: Annotated[int, Range(1), Unit("rows")] = 100,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """How small a change turns a right prediction?

    A real attack of the Adversarial Robustness Toolbox looks for the smallest change of the numeric features, none by
    more than the budget in its standard deviations, all within the range observed, that turns a prediction which was
    right. Torch modules are attacked along their gradient (projected gradient descent), other models by questions
    alone (HopSkipJump, stopped after three rounds and some hundred questions a row: on linear models its changes are
    2% larger than the smallest with 5 features, 7% with 20, and more on crooked ones, so the share understates;
    robustness.evasion asks longer). What no attack found may still exist: a success rate is a lower bound. Features are
    moved each by itself, also where such a row could not occur.

    In plain words
    --------------
    A change too small to matter turns a right answer into a wrong one.

    What to do
    ----------
    Where people gain by misstating inputs, train on changed rows or smooth the model, and verify inputs that are easily
    misstated.

    Parameters
    ----------
    subject : Subject
        The model and audited rows with labels.
    budget : float
        The change that the headline is about.
    max_rows : int
        Rightly predicted rows to attack, drawn by the seed; at most 20 by questions alone, fewer of
        wide tables.
    level : float
        Confidence level of every interval.
    context : Context
        Where rows and the attack's own chance come from.

    Returns
    -------
    Result
        Value: the share of attacked rows turned within ``budget``, with Wilson's interval. Views ``curve`` (share by
        budget) and ``attack``. Status error where the attack has altered the model.
    """
    from trustlab.checks.robustness._numbers import CANNOT_MOVE, askable, chosen_rows, numbers_of
    from trustlab.checks.robustness._pgd import numeric_inputs

    numbers = numbers_of(subject)
    if numbers is None:
        return not_applicable(CANNOT_MOVE)
    predictor = subject.predictor
    assert predictor is not None
    rng, inputs = context.rng(ID), numeric_inputs(subject)
    limit = max_rows if inputs is not None else askable(min(max_rows, ASKED_ROWS), subject.X.shape[1])
    rows = chosen_rows(subject.y == subject.y_pred, limit, rng)
    if not rows.size:
        return not_applicable("no prediction is right, so none can be turned")
    budgets = sorted({*BUDGETS, budget})
    before = predictor.digest()
    with seeded(int(rng.integers(2**31))):
        name, smallest = _attacked(subject, numbers, rows, budgets, inputs)
    if predictor.digest() != before:
        return Result(
            status=Status.ERROR,
            reason=f"{name} altered the model it attacked; its numbers, and those of checks after it, are void.",
        )
    return _finding(name, smallest, budgets, budget, level, numbers)


def _attacked(
    subject: Subject, numbers: Numbers, rows: Ints, budgets: list[float], inputs: slice | None
) -> tuple[str, Floats]:
    from trustlab.checks.robustness._hopskipjump import smallest_by_questions
    from trustlab.checks.robustness._pgd import smallest_by_gradient

    if inputs is not None:
        return "Projected gradient descent", smallest_by_gradient(subject, rows, budgets, inputs)
    return "HopSkipJump", smallest_by_questions(subject, numbers, rows.tolist())


def _finding(
    name: str, smallest: Floats, budgets: list[float], budget: float, level: float, numbers: Numbers
) -> Result:
    from trustlab.stats.intervals import wilson

    n = int(smallest.size)
    turned = [int((smallest <= one).sum()) for one in budgets]
    rates = wilson(turned, n, level)
    curve = [(one, *rates.at(at), turned[at]) for at, one in enumerate(budgets)]
    value, lo, hi = rates.at(budgets.index(budget))
    columns = ("budget", "turned", "turned_lo", "turned_hi", "rows")
    units = {"budget": "standard deviations", "turned": "share", "rows": "rows"}
    return Result(
        reason=f"{name} turned {value:.0%} of {n} right predictions ({lo:.0%} to {hi:.0%}) by changes of at most "
        f"{budget:g} standard deviations.",
        value=value,
        unit="share",
        interval=(lo, hi),
        level=level,
        n=n,
        views=[
            Series(
                name="curve",
                title="Predictions turned, by size of the change",
                columns=columns[:4],
                rows=[line[:4] for line in curve],
                units=units,
                x="budget",
                y=("turned",),
                caption="The share of rightly predicted rows that some change of this size turns.",
            ),
            Table(name="by_budget", title="Predictions turned", columns=columns, rows=curve, units=units),
            _facts(name, smallest, numbers),
        ],
    )


def _facts(name: str, smallest: Floats, numbers: Numbers) -> Table:
    import numpy as np

    middle = float(np.median(smallest))
    facts = [
        ("attack", name),
        ("rows attacked", int(smallest.size)),
        ("features that move", len(numbers.names)),
        ("norm", "largest change of a feature, in its standard deviations"),
        ("median smallest change", middle if np.isfinite(middle) else None),
        ("rows never turned", int((~np.isfinite(smallest)).sum())),
        ("effort", EFFORT[name]),
        ("model altered", "no: its digest is the same before and after"),
    ]
    return Table(name="attack", title="The attack", columns=("fact", "value"), rows=facts)
