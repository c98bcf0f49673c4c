"""How much worse does the model get when tables go bad?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

ID = "robustness.corruptions"
CELLS = 500_000


@operation(
    "check",
    "Corrupted tables",
    needs=("model", "labels", "features"),
    tasks=("binary", "multiclass", "regression"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: how often values go bad in use is for who runs the pipeline to say. Shown, not "
        "judged",
    ),
    references=(
        "Hendrycks and Dietterich (2019). Benchmarking neural network robustness to common corruptions. ICLR",
        "Schelter, Rukat and Biessmann (2020). Learning to validate the predictions of black box classifiers. SIGMOD",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "max_rows": 50},
)
def corruptions(
    subject: Subject,
    max_rows: Annotated[int, Range(10), Unit("rows")] = 500,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """How much worse does the model get when tables go bad?

    Nine corruptions, each at five severities: noise on numbers, missing values, other categories, units wrong by 10
    and by 1000, two columns swapped, typing errors, rounding, values of another row. The drop is the accuracy (R2 for
    regression) on the rows as they are minus that on the same rows corrupted; the mean corruption error is the mean
    loss over corruptions and severities, not divided by another model's. A corruption that the model refuses is
    counted as refused. Not a forecast: how often each happens in use is not known to it.

    In plain words
    --------------
    When the data go bad, with gaps or wrong units, the model becomes much worse.

    What to do
    ----------
    Check units, types and ranges before the model is asked; train on rows with gaps if gaps will come.

    Parameters
    ----------
    subject : Subject
        The model and audited rows with labels.
    max_rows : int
        Rows drawn by the seed where there are more; fewer with many features.
    level : float
        Confidence level of every interval.
    context : Context
        Where chance comes from.

    Returns
    -------
    Result
        Value: the mean drop over corruptions and severities, with Student's interval of the differences row by row.
        Views ``drop`` (corruption by severity), ``curves`` and ``by_corruption``.
    """
    import numpy as np

    from trustlab.checks.robustness._numbers import chosen_rows
    from trustlab.checks.robustness._suite import run_suite, told
    from trustlab.checks.robustness._table_corruptions import table_suite

    rng = context.rng(ID)
    limit = min(max_rows, max(CELLS // subject.X.shape[1], 50))
    chosen = chosen_rows(np.ones(subject.n, dtype=bool), limit, rng)
    rows = subject.X.iloc[chosen].reset_index(drop=True)
    found = run_suite(subject, chosen, rows, table_suite(subject, rng), _joined)
    return told(subject, chosen, found, level, "the table")


def _joined(made: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat(made, ignore_index=True)
