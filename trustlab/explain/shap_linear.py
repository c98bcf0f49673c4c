"""Exact SHAP values of linear models, from their coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from trustlab.explain._finding import Explained
    from trustlab.stats.arrays import Floats, Ints

ID = "explain.shap_linear"


@operation(
    "explainer",
    "Linear SHAP",
    needs=("model", "features"),
    references=(
        "Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS 30 (corollary 1)",
        "Strumbelj and Kononenko (2014). Explaining prediction models and individual predictions. KAIS 41",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def shap_linear(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say what each input adds to the score of a linear model, exactly.

    Coefficient times the input's distance from its mean over the data; for one-hot columns the sum over a column's
    levels. For classifiers the score is the log-odds (of the class against the mean, for several classes), where a
    linear model adds up; explain.shap speaks of the probability. Not for inputs that go together: the coefficients
    share an effect between them in ways that hang on the fit.

    Parameters
    ----------
    subject : Subject
        A linear model (coef_ and intercept_), perhaps behind preprocessing that keeps columns apart.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the mean size over up to 100 rows.
    level : float
        Confidence level of the intervals.
    context : Context
        Where rows are drawn.

    Returns
    -------
    Result
        As explain.shap, in the unit of the score. Intervals of a row's contributions are over the background rows.
    """
    from trustlab.explain import _table
    from trustlab.explain._encoded import Encoded, encoded, last_estimator
    from trustlab.stats.sampling import subsample

    estimator = last_estimator(subject)
    if not hasattr(estimator, "coef_") or not hasattr(estimator, "intercept_"):
        return not_applicable("needs a linear model: one with coef_ and intercept_")
    if hasattr(estimator, "kernel") and estimator.kernel != "linear":
        return not_applicable(f"needs a linear model; this one has the kernel {estimator.kernel}")
    whole = subject.inputs()
    pool = whole.iloc[subsample(len(whole), 1000, context.rng(ID, "pool"))]
    first = encoded(subject, subject.X.iloc[:1], pool)
    if not isinstance(first, Encoded):
        return not_applicable(first)

    def attribute(rows: pd.DataFrame, rng: np.random.Generator) -> Explained:
        half = pool.iloc[drawn_again(len(pool), rng)]
        made = encoded(subject, rows, half)
        assert isinstance(made, Encoded)
        return _explained(subject, rows, made, level)

    return _table.explain(subject, row, level, context, ID, attribute, {"background": len(pool)})


def drawn_again(n: int, rng: np.random.Generator) -> Ints:
    """Return rows drawn with replacement, so that a rerun shows what the background's chance does."""
    return rng.integers(0, n, n)


def _explained(subject: Subject, rows: pd.DataFrame, made: Any, level: float) -> Explained:
    import numpy as np

    from trustlab.explain import _table
    from trustlab.explain._finding import Explained
    from trustlab.stats.intervals import t_quantile

    codes = _table.predicted(subject, rows)[1]
    weights, intercept = _weights(subject, made.estimator, codes)
    centre = made.pool.mean(axis=0)
    values = made.gathered(weights * (made.rows - centre), rows.shape[1])
    # the error of a column's mean, gathered over the levels of a category as they go together
    spread = np.stack([made.gathered((made.pool - centre) * one, rows.shape[1]).std(axis=0) for one in weights])
    return Explained(
        names=[str(name) for name in rows.columns],
        cells=rows.iloc[0].tolist(),
        values=values,
        outputs=(weights * made.rows).sum(axis=1) + intercept,
        base=weights @ centre + intercept,
        codes=codes,
        unit="log-odds" if subject.classes else (subject.target or "prediction"),
        half=t_quantile(level, max(len(made.pool) - 1, 1)) * spread / np.sqrt(len(made.pool)),
    )


def _weights(subject: Subject, estimator: Any, codes: Ints) -> tuple[Floats, Floats]:
    """Return the coefficients, shape (rows, e), and intercepts, shape (rows,), of each row's class."""
    import numpy as np

    from trustlab.models.labels import class_order

    coefficients = np.atleast_2d(np.asarray(estimator.coef_, np.float64))
    intercepts = np.atleast_1d(np.asarray(estimator.intercept_, np.float64))
    if not subject.classes:
        return coefficients[np.zeros(len(codes), np.int64)], np.broadcast_to(intercepts[:1], (len(codes),))
    assert subject.predictor is not None
    own = np.asarray(class_order(subject.predictor.classes, subject.classes))[codes]
    if len(coefficients) == 1:
        sign = np.where(own == 1, 1.0, -1.0)
        return sign[:, None] * coefficients, sign * intercepts[0]
    return coefficients[own], intercepts[own]
