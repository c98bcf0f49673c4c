"""How much worse does the model get on slightly noisy numbers?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.checks.robustness._numbers import Numbers
    from trustlab.stats.arrays import Floats, Ints

ID = "robustness.noise"
SIZES = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0)


@operation(
    "check",
    "Noise on the numeric features",
    needs=("model", "labels", "numeric"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: how much noise the features carry in use is for who measures them to say. Shown, "
        "not judged",
    ),
    references=(
        "Hendrycks and Dietterich (2019). Benchmarking neural network robustness to common corruptions. ICLR",
        "ISO/IEC TR 24029-1:2021. Assessment of the robustness of neural networks, part 1",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def noise(
    subject: Subject,
    size: Annotated[float, Range(0.001, 10), Unit("standard deviations")] = 0.1,
    repeats: Annotated[int, Range(1, 100)] = 3,
    max_rows: Annotated[int, Range(10), Unit("rows")] = 5000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """How much worse does the model get on slightly noisy numbers?

    Gaussian noise of some standard deviations is added to every numeric feature of more than two values, kept within
    the range observed; gaps, text and categories stay. The drop is the accuracy (R2 for regression) on the rows as
    they are minus that on the same rows with noise. It is an average over noise without intent; for the worst case
    see robustness.adversarial_perturbation. Not for features that cannot vary independently.

    In plain words
    --------------
    When numbers are a little off, as measurements are, the model becomes much worse.

    What to do
    ----------
    Train with noise of the size that measurements have, or fit less closely.

    Parameters
    ----------
    subject : Subject
        The model and audited rows with labels.
    size : float
        The noise that the headline is about.
    repeats : int
        Draws of noise for each row.
    max_rows : int
        Rows drawn by the seed where there are more; fewer of wide tables.
    level : float
        Confidence level of every interval.
    context : Context
        Where the noise comes from.

    Returns
    -------
    Result
        Value: the drop at ``size``, with Student's interval of the differences row by row. View ``by_size``.
    """
    import numpy as np

    from trustlab.checks.robustness._numbers import CANNOT_MOVE, affordable, chosen_rows, numbers_of
    from trustlab.checks.robustness._suite import drop_of, dropped

    numbers = numbers_of(subject)
    if numbers is None:
        return not_applicable(CANNOT_MOVE)
    rng = context.rng(ID)
    rows = chosen_rows(np.ones(subject.n, dtype=bool), affordable(max_rows, subject.X.shape[1]), rng)
    sizes = sorted({*SIZES, size})
    found = {one: drop_of(more, level) for one, more in _losses(subject, numbers, rows, sizes, repeats, rng).items()}
    metric = "accuracy" if subject.classes else "R2"
    drop = found[size]
    table = [(one, *found[one]) for one in sizes]
    columns = ("noise", "drop", "drop_lo", "drop_hi")
    units = {"noise": "standard deviations", "drop": metric}
    title = f"Drop in {metric} by noise"
    return Result(
        reason=f"With noise of {size:g} standard deviations on {len(numbers.names)} numeric features, {metric} "
        f"{dropped(drop)} ({drop.lo:.2g} to {drop.hi:.2g}, n {rows.size:,}).",
        value=drop.value,
        unit=metric,
        interval=(drop.lo, drop.hi),
        level=level,
        n=int(rows.size),
        views=[
            Series(name="curve", title=title, columns=columns, rows=table, units=units, x="noise", y=("drop",)),
            Table(name="by_size", title=title, columns=columns, rows=table, units=units),
        ],
    )


def _losses(
    subject: Subject, numbers: Numbers, rows: Ints, sizes: list[float], repeats: int, rng: Any
) -> dict[float, Floats]:
    """Return how much more each row loses by size of noise: the same draws, stretched."""
    import numpy as np

    from trustlab.checks.robustness._suite import losses

    table = subject.X.iloc[rows]
    standard = numbers.of(table)
    assert subject.y is not None
    assert subject.y_pred is not None
    before = losses(subject, subject.y[rows], subject.y_pred[rows])
    more = {size: np.zeros(rows.size) for size in sizes}
    for _ in range(repeats):
        draw = rng.standard_normal(standard.shape)
        for size in sizes:
            moved = numbers.put(table, standard + size * draw)
            more[size] += (losses(subject, subject.y[rows], subject.predict(moved)) - before) / repeats
    return more
