"""Is the score cut where it costs least?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.stats.decisions import Costs, ScoreCells

ID = "performance.decision_threshold"
FEWEST = 10  # rows of each class: with fewer, no fold knows where to cut
FOLDS = 5
DRAWS = 1000
SHOWN = 200
PROBABILITIES = [place / 50 for place in range(1, 50)]  # of the decision curve


@operation(
    "check",
    "Decision threshold",
    needs=("labels", "scores", "predictions"),
    tasks=("binary",),
    threshold=Threshold(
        warn=0.05,
        fail=None,
        source="Convention of this project: a twentieth of what mistakes cost now; what is worth a change of the "
        "threshold depends on the use, and there is no accepted limit",
    ),
    references=(
        "Elkan (2001). The foundations of cost-sensitive learning. IJCAI",
        "Vickers and Elkin (2006). Decision curve analysis. Medical Decision Making 26",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "prediction": "decision", "score": "score"},
)
def decision_threshold(
    subject: Subject,
    cost_fp: Annotated[float, Range(0)] = 1.0,
    cost_fn: Annotated[float, Range(0)] = 1.0,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Is the score cut where it costs least?

    The headline is the share of the mistakes' cost that another cut of the same score would save: cost now less cost
    then, over cost now. The better cut is chosen on four fifths of the rows and charged on the other fifth, five times,
    so that a lucky cut gains nothing. It says what to do with the scores, not whether they are good; with equal costs
    it counts mistakes, and the question is then only worth asking where a mistake of either kind is as bad.

    In plain words
    --------------
    The line between yes and no is drawn where its mistakes cost more than they need to.

    What to do
    ----------
    State the costs of both mistakes, take the cut named here, and audit again with it.

    Parameters
    ----------
    subject : Subject
        Labels, scores and the decisions made now.
    cost_fp : float
        What it costs to call a negative row positive.
    cost_fn : float
        What it costs to call a positive row negative.
    level : float
        Confidence level of every interval.
    context : Context
        Where the folds' and the bootstrap's chance comes from.

    Returns
    -------
    Result
        Value: the share saved, with a delta-method interval over rows. Views: the cost of every cut; the decisions now,
        the best cut with the range in which it lies in resamples, and the cut that trusts the probabilities
        (``cost_fp / (cost_fp + cost_fn)``); the net benefit over threshold probabilities.

    References
    ----------
    Elkan (2001). The foundations of cost-sensitive learning. IJCAI.
    Vickers and Elkin (2006). Decision curve analysis. Medical Decision Making 26.
    """
    import numpy as np

    from trustlab.stats.decisions import Costs, cut_costs, saved_share, score_cells

    assert subject.y is not None
    assert subject.score is not None
    assert subject.y_pred is not None
    truth, score, now = subject.y == 1, subject.score, subject.y_pred == 1
    if min(int(truth.sum()), int((~truth).sum())) < FEWEST:
        return not_applicable(f"needs {FEWEST} rows of each class to say where to cut; one has fewer")
    costs = Costs(cost_fp, cost_fn)
    cells = score_cells(truth, score)
    spent = _spent(truth, now, costs)
    then = _spent(truth, _cross_fitted(cells, truth, now, costs, context.rng(ID, "folds")), costs)
    saved = saved_share(spent, then, level)
    curve = cut_costs(cells.negatives, cells.positives, costs)
    rows, best, within = _cuts(cells, curve, costs, subject, spent, then, context.rng(ID, "cut"), level)
    views = [_curve(cells, curve, float(spent.mean())), _table(rows, within, level), _decision_curve(subject, level)]
    if np.isnan(saved.value):
        reason = f"No decision is wrong (n {subject.n:,}): no cut could cost less."
        return Result(status=Status.PASS, reason=reason, value=0.0, unit="share of cost", n=subject.n, views=views)
    where = f"at {best:.3g}" if np.isfinite(best) else "above every score"
    numbers = f"({saved.lo:.1%} to {saved.hi:.1%}, n {subject.n:,})"
    noise = ", which could be noise" if saved.lo <= 0 < saved.hi else ""
    return Result(
        reason=f"Mistakes cost {spent.mean():.3g} a row now; cut {where} they would cost {then.mean():.3g}: "
        f"{abs(saved.value):.1%} {'less' if saved.value > 0 else 'more'} {numbers}{noise}.",
        value=saved.value,
        unit="share of cost",
        interval=(saved.lo, saved.hi),
        level=level,
        n=subject.n,
        views=views,
        advice=[f"Call positive from {best:.3g} on, where the costs are these."] if saved.lo > 0 else [],
    )


def _spent(truth: NDArray[np.bool_], decided: NDArray[np.bool_], costs: Costs) -> NDArray[np.float64]:
    spent: NDArray[np.float64] = costs.false_positive * (decided & ~truth) + costs.false_negative * (~decided & truth)
    return spent


def _cross_fitted(
    cells: ScoreCells, truth: NDArray[np.bool_], now: NDArray[np.bool_], costs: Costs, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return each row's decision by the cut that is best on the other folds; the order of rows does not matter."""
    import numpy as np

    from trustlab.stats.decisions import cross_fitted_cuts

    order = np.lexsort((now, cells.code, truth))  # rows that are alike here are alike in every number below
    fold = np.empty(truth.size, np.int64)
    start = rng.permutation(truth.size) % FOLDS
    fold[order] = start
    places = cross_fitted_cuts(cells, truth, fold, costs)
    return cells.code >= places[fold]


def _cuts(
    cells: ScoreCells,
    curve: NDArray[np.float64],
    costs: Costs,
    subject: Subject,
    spent: NDArray[np.float64],
    then: NDArray[np.float64],
    rng: np.random.Generator,
    level: float,
) -> tuple[list[tuple[Any, ...]], float, tuple[float, float]]:
    """Return a row for each way to decide, the best cut, and where it lies in resamples."""
    import numpy as np

    from trustlab.stats.decisions import best_cut, cut_range
    from trustlab.stats.intervals import mean_interval

    assert subject.y is not None
    assert subject.score is not None
    assert subject.y_pred is not None
    truth, now = subject.y == 1, subject.y_pred == 1
    best = float(np.r_[cells.low, np.inf][int(best_cut(curve, cells.low, costs.cut))])
    ways = [
        ("now", _cut_of(subject.score, now), now, spent),
        ("best cut, charged on other rows", best, subject.score >= best, then),
        ("cut that trusts the probabilities", costs.cut, subject.score >= costs.cut, None),
        ("every row positive", 0.0, np.ones(truth.size, bool), None),
        ("no row positive", None, np.zeros(truth.size, bool), None),
    ]
    rows = []
    for name, cut, decided, charged in ways:
        paid = _spent(truth, decided, costs) if charged is None else charged
        mistakes = int((decided & ~truth).sum()), int((~decided & truth).sum())
        rows.append((name, cut, *mean_interval(paid, level), *mistakes, float(decided.mean())))
    return rows, best, cut_range(cells, costs, DRAWS, rng, level)


def _cut_of(score: NDArray[np.float64], decided: NDArray[np.bool_]) -> float | None:
    """Return the lowest score that is called positive, where no higher one is called negative."""
    if not decided.any():
        return None
    cut = float(score[decided].min())
    return None if (score[~decided] >= cut).any() else cut


def _curve(cells: ScoreCells, curve: NDArray[np.float64], now: float) -> Series:
    import numpy as np

    cuts = np.r_[cells.low, 1.0]
    shown = np.unique(np.linspace(0, cuts.size - 1, SHOWN).round().astype(int))
    return Series(
        name="cost",
        title="Cost of mistakes by cut",
        columns=("cut", "cost"),
        rows=list(zip(cuts[shown].tolist(), curve[shown].tolist(), strict=True)),
        x="cut",
        y=("cost",),
        reference={"now": now},
        caption="Mean cost a row where rows are called positive from this score on.",
    )


def _table(rows: list[tuple[Any, ...]], within: tuple[float, float], level: float) -> Table:
    said = [f"{end:.3g}" if end < 1e300 else "above every score" for end in within]
    return Table(
        name="cuts",
        title="Ways to decide",
        columns=("way", "cut", "cost", "cost_lo", "cost_hi", "false_positives", "false_negatives", "called_positive"),
        rows=rows,
        units={"false_positives": "rows", "false_negatives": "rows"},
        caption=f"Cost a row. In {level:.0%} of resamples the best cut lies between {said[0]} and {said[1]}.",
    )


def _decision_curve(subject: Subject, level: float) -> Series:
    from trustlab.stats.decisions import net_benefit

    assert subject.y is not None
    assert subject.score is not None
    found = net_benefit(subject.y, subject.score, PROBABILITIES, level)
    columns = (found.threshold, found.model, found.lo, found.hi, found.treat_all.clip(-1))
    return Series(
        name="net_benefit",
        title="Decision curve",
        columns=("threshold", "model", "model_lo", "model_hi", "every_row_positive", "no_row_positive"),
        rows=[(*row, 0.0) for row in zip(*(column.tolist() for column in columns), strict=True)],
        x="threshold",
        y=("model", "every_row_positive", "no_row_positive"),
        caption="Net benefit a row, for who would act from this probability on; the highest line is the best way.",
    )
