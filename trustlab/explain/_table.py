"""Explainers of tables that need the model's answers or its coefficients: rows in, contributions and quality out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pandas as pd

    from trustlab.core.context import Context
    from trustlab.core.result import Result
    from trustlab.core.views import View
    from trustlab.explain._finding import Explained
    from trustlab.explain.quality import Measure
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Floats, Ints

    Attribute = Callable[[pd.DataFrame, np.random.Generator], Explained]

MAX_ROWS, QUALITY_ROWS, BACKGROUND, WIDE, NOISE_SHARE = 100, 20, 5, 500, 0.05
NOT_MEASURED = "not measured here: the check explanation.sanity explains a model that knows nothing"


def explain(
    subject: Subject,
    row: int | None,
    level: float,
    context: Context,
    salt: str,
    attribute: Attribute,
    provenance: Mapping[str, Any] | None = None,
    most: int = MAX_ROWS,
) -> Result:
    """Return the finding of a method over the subject's columns.

    Parameters
    ----------
    attribute : callable
        Takes rows and a generator, and returns the contributions in the unit it chooses.
    most : int
        Rows at most, where none is named.
    """
    from trustlab.explain import _finding
    from trustlab.stats.sampling import subsample

    rng = context.rng(salt)
    rows = subject.X.iloc[subsample(subject.n, min(most, MAX_ROWS), rng)] if row is None else subject.row(row)
    found = attribute(rows, context.rng(salt, "draws"))
    few = rows.iloc[:QUALITY_ROWS]
    lines, views = faithful(subject, few, found.codes[: len(few)], found.flat[: len(few)], rng, level)
    if found.residual is not None:
        from trustlab.explain.quality import completeness_measure

        lines.insert(0, completeness_measure(found.residual))
    lines += _stable(few, found, attribute, context, salt, level)
    if row is not None:
        return _finding.of_row(subject, found, row, (lines, views), level, provenance or {})
    return _finding.of_all(found, (lines, views), level, provenance or {})


def faithful(
    subject: Subject, rows: pd.DataFrame, codes: Ints, values: Floats, rng: np.random.Generator, level: float
) -> tuple[list[Measure], list[View]]:
    """Return how far the order of contributions, shape (rows, d), beats random ones; and the picture."""
    from trustlab.explain import _words, quality
    from trustlab.explain.masking import row_masks
    from trustlab.stats.sampling import subsample

    if rows.shape[1] > WIDE:
        rows, codes, values = rows.iloc[:3], codes[:3], values[:3]
    pool = subject.inputs()
    others = pool.iloc[subsample(len(pool), BACKGROUND, rng)]
    measured = quality.faithfulness(values, row_masks(subject, rows, others, codes), rng, level)
    unit = _words.unit_of(subject)
    line = quality.faithfulness_measure(measured, unit)
    return [line], [] if measured is None else [quality.curves(measured, unit)]


def _stable(
    rows: pd.DataFrame, found: Explained, attribute: Attribute, context: Context, salt: str, level: float
) -> list[Measure]:
    """Return the likeness of a rerun with other draws, and of rows with a little noise on their numbers."""
    from trustlab.explain import quality

    values = found.flat[: len(rows)]
    again = attribute(rows, context.rng(salt, "rerun")).flat
    moved = attribute(noisy(rows, context.rng(salt, "noise")), context.rng(salt, "draws")).flat
    return [
        quality.similarity_measure(
            quality.RERUN, values, again, level, "rank correlation of the sizes with another draw's, row by row"
        ),
        quality.similarity_measure(
            quality.NOISE, values, moved, level, f"the same with noise of {NOISE_SHARE:.0%} of each number's deviation"
        ),
        quality.Measure(quality.RANDOMISED, None, NOT_MEASURED),
    ]


def noisy(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows with a little noise on their numbers with a fraction; whole numbers and texts stay."""
    import numpy as np
    import pandas as pd

    moved = rows.copy()
    for name in rows.columns[[pd.api.types.is_float_dtype(kind) for kind in rows.dtypes]]:
        values = rows[name].to_numpy(np.float64)
        known = values[~np.isnan(values)]
        spread = float(known.std()) if known.size > 1 else float(np.abs(known).sum())
        shaken = values + NOISE_SHARE * spread * rng.normal(size=len(values))
        moved[name] = pd.Series(shaken, index=rows.index).astype(rows[name].dtype)
    return moved


def predicted(subject: Subject, rows: pd.DataFrame) -> tuple[Floats, Ints]:
    """Return the outputs of rows for their predicted class, shape (rows,), and that class; 0 for regression."""
    import numpy as np

    from trustlab.explain.shap_values import model_outputs

    outputs = model_outputs(subject, rows)
    codes: Ints = outputs.argmax(axis=1)
    return outputs[np.arange(len(rows)), codes], codes
