"""SHAP values: of one row, or of the model as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.core.views import View
    from trustlab.explain._words import Line
    from trustlab.explain.quality import Measure
    from trustlab.explain.shap_values import Attribution


@operation(
    "explainer",
    "SHAP values",
    needs=("model", "features"),
    references=(
        "Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS 30",
        "Strumbelj and Kononenko (2014). Explaining prediction models and individual predictions. KAIS 41",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def shap(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say what each input adds to the prediction, of one row or on average.

    A contribution is the average gain of knowing an input over all orders of knowing them, where the unknown ones
    come from other rows of the data; the contributions and the base (the mean prediction over those rows) add up to
    the prediction. Not for cause and effect: it explains the model, not the world, and inputs that go together are
    mixed in ways that may not occur.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the model as a whole.
    level : float
        Confidence level of the intervals.
    context : Context
        Where the seed comes from: rows, background rows and orders are drawn by it.

    Returns
    -------
    Result
        For a row: value is its prediction (the probability of the predicted class); views ``contributions`` and
        ``quality``. Else: value is the mean size of the largest contribution; views ``importance`` and ``quality``.
        Intervals of a row's contributions are over background rows and orders, those of the importance over rows.
    """
    return _whole(subject, level, context) if row is None else _row(subject, row, level, context)


def _row(subject: Subject, number: int, level: float, context: Context) -> Result:
    import numpy as np

    from trustlab.explain import _table, _words
    from trustlab.explain.shap_values import attribution_of_row, too_wide

    if reason := too_wide(subject):
        return not_applicable(reason)
    found = attribution_of_row(subject, number, context)
    code = int(found.outputs[0].argmax())
    prediction, base = float(found.outputs[0, code]), float(found.base[code])
    lines = _lines(subject, found, number, code, level)
    rng = context.rng("explain.shap", "faithfulness")
    faithful = _table.faithful(subject, found.rows, np.array([code]), found.mean[:, :, code], rng, level)
    outcome, unit = _words.outcome_of(subject, code), _words.unit_of(subject)
    told = f"{outcome} with {prediction:.2f}" if subject.classes else f"{outcome} {prediction:.4g}"
    return Result(
        reason=f"Row {number}: {told}; mostly because {_words.because(lines)}; "
        f"{base:.2g} is the average over {found.background} other rows.",
        value=prediction,
        unit=unit,
        n=found.background,
        level=level,
        views=[
            *_words.contribution_views(lines, f"What each input adds to {outcome}", unit),
            *faithful[1],
            _words.quality_view(_row_quality(found, code, outcome, faithful[0], _widest(lines))),
        ],
        provenance={"row": number, "background": found.background},
    )


def _row_quality(
    found: Attribution, code: int, outcome: str, faithful: list[Measure], widest: float | None
) -> list[Measure]:
    from trustlab.explain.quality import COMPLETE, Measure

    rows, left = found.background, float(found.residual[0, code])
    return [
        Measure("prediction", float(found.outputs[0, code]), f"the model's output for {outcome}"),
        Measure("base", float(found.base[code]), f"the mean output over {rows} rows of the data"),
        Measure(COMPLETE, left, "prediction minus base minus their sum"),
        *faithful,
        Measure("largest half-width", widest, "of the contributions' intervals: what a rerun may change"),
    ]


def _lines(subject: Subject, found: Attribution, number: int, code: int, level: float) -> list[Line]:
    import numpy as np

    from trustlab.stats.intervals import t_quantile

    sizes, half = found.mean[0, :, code], found.spread[0, :, code]
    half = half * t_quantile(level, found.background - 1) if found.background > 1 else half
    cells = subject.row(number).iloc[0].tolist()
    order = np.argsort(-np.abs(sizes), kind="stable")
    return [
        (found.features[at], cells[at], float(sizes[at]), float(sizes[at] - half[at]), float(sizes[at] + half[at]))
        for at in order.tolist()
    ]


def _widest(lines: list[Line]) -> float | None:
    widths = [(hi - lo) / 2 for _, _, _, lo, hi in lines if lo is not None and hi is not None and hi == hi]
    return max(widths, default=None)


def _whole(subject: Subject, level: float, context: Context) -> Result:
    from trustlab.explain import _words
    from trustlab.explain.shap_values import shared_attribution, too_wide
    from trustlab.stats.intervals import mean_interval

    if reason := too_wide(subject):
        return not_applicable(reason)
    found = shared_attribution(subject, context)
    strength = found.strength()
    means = [mean_interval(strength[:, at], level) for at in range(len(found.features))]
    total = sum(mean.value for mean in means)
    named = zip(found.features, means, strict=True)
    rows = sorted(((name, *mean, mean.value / total if total else None) for name, mean in named), key=lambda x: -x[1])
    _, value, lo, hi, share = rows[0]
    faithful = _faithful(subject, found, level, context)
    unit = _words.unit_of(subject)
    most = ", ".join(f"{row[0]} ({row[1]:.2g})" for row in rows[: _words.SAID])
    said = f"most by {most}" if share is not None else "by no input: it answers the same for every row"
    return Result(
        reason=f"On average over {len(strength)} rows the prediction is moved {said}.",
        value=value,
        unit=unit,
        interval=(lo, hi),
        level=level,
        n=len(strength),
        views=[
            *_words.importance_views(
                rows,
                ("feature", "importance", "importance_lo", "importance_hi", "share"),
                "Mean size of the contributions",
                unit,
            ),
            *faithful[1],
            _words.quality_view([*faithful[0], *_whole_quality(found, level, context)]),
        ],
        provenance={"background": found.background},
    )


def _faithful(subject: Subject, found: Attribution, level: float, context: Context) -> tuple[list[Measure], list[View]]:
    import numpy as np

    from trustlab.explain import _table

    codes = found.outputs.argmax(axis=1)[: _table.QUALITY_ROWS]
    values = found.mean[np.arange(len(codes)), :, codes]
    rng = context.rng("explain.shap", "faithfulness")
    return _table.faithful(subject, found.rows.iloc[: len(codes)], codes, values, rng, level)


def _whole_quality(found: Attribution, level: float, context: Context) -> list[Measure]:
    import numpy as np

    from trustlab.explain.quality import COMPLETE, RERUN, Measure
    from trustlab.explain.shap_values import rank_agreement

    agreement = rank_agreement(found.strength(0), found.strength(1), context.rng("explain.shap", "rerun"), level)
    return [
        Measure(COMPLETE, float(np.abs(found.residual).max()), "the largest over the rows"),
        Measure(RERUN, agreement.value, "rank correlation of two disjoint halves of the rows", *agreement[1:]),
    ]
