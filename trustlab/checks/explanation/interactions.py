"""Which inputs does the model use together, so that neither says much alone?"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Matrix, Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.core.views import View
    from trustlab.explain.shap_values import Attribution
    from trustlab.stats.arrays import Floats

ID = "explanation.interactions"
POINTS, BACKGROUND, DRAWS, FEWEST_ROWS, SHOWN = 60, 25, 300, 20, 15
Line = tuple[str, str, float, float, float, float]


@operation(
    "check",
    "Interactions",
    needs=("model", "features"),
    threshold=Threshold(
        None,
        None,
        source="An interaction is no fault: shown, not judged. Where it is large, single inputs explain little",
    ),
    references=("Friedman and Popescu (2008). Predictive learning via rule ensembles. Annals of Applied Statistics 2",),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def interactions(
    subject: Subject,
    top: Annotated[int, Range(2, 12)] = 5,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Which inputs does the model use together, so that neither says much alone?

    Friedman's H of each pair of the most important inputs: the root of the share of their joint effect's variance
    that the sum of their single effects leaves. 0 is additive, 1 all interaction. Read it with the size beside it: of
    two weak inputs a large H is little. Not for inputs that go together: partial dependence asks about pairs of
    values that do not occur.

    In plain words
    --------------
    Some pieces of information count only together, so none of them can be explained alone.

    What to do
    ----------
    Do not read the inputs of a strong pair one by one; show their partial dependence together.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    top : int
        How many inputs, the most important by SHAP values; every pair of them is looked at.
    level : float
        Confidence level of the intervals.
    context : Context
        Where the samples come from.

    Returns
    -------
    Result
        Value: H of the pair whose interaction is the largest in the prediction's unit, with a bootstrap interval over
        rows. Views ``matrix`` and ``pairs``.
    """
    from trustlab.checks.explanation._shared import attribution
    from trustlab.explain import _words

    if subject.X.shape[1] < 2:
        return not_applicable("needs two inputs to interact; there is one")
    found = attribution(subject, context, fewest=FEWEST_ROWS)
    if isinstance(found, Result):
        return found
    chosen = (-found.strength().mean(axis=0)).argsort(kind="stable")[:top].tolist()
    lines = _lines(subject, found, chosen, context, level)
    if not lines:
        return not_applicable("the most important inputs have no joint effect on average, so H is not defined")
    first, second, value, lo, hi, size = lines[0]
    unit = _words.unit_of(subject)
    return Result(
        reason=f"{first} and {second} interact most: what their joint effect is more than the sum of both deviates by "
        f"{size:.2g} ({unit}), H {value:.2f} of the joint effect ({lo:.2f} to {hi:.2f}, n "
        f"{min(POINTS, len(found.rows))} rows; 0 adds up, 1 is all interaction).",
        value=value,
        unit="H",
        interval=(lo, hi),
        level=level,
        n=min(POINTS, len(found.rows)),
        views=_views([found.features[at] for at in chosen], lines, unit),
        advice=["%trust explain --method partial_dependence"] if value > 0.5 else [],
    )


def _lines(subject: Subject, found: Attribution, chosen: list[int], context: Context, level: float) -> list[Line]:
    """Return (first, second, H, lo, hi, size) by pair, the largest size first."""
    import numpy as np

    from trustlab.stats.bootstrap import percentile_ends
    from trustlab.stats.interactions import friedman_h

    pairs = list(combinations(range(len(chosen)), 2))
    effects = _effects(subject, found, chosen, pairs, context)
    rng = context.rng(ID, "bootstrap")
    count = len(effects)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=DRAWS).astype(np.float64)
    lines = []
    for at, (one, two) in enumerate(pairs):
        joint = effects[:, len(chosen) + at]
        h, size = friedman_h(joint, effects[:, one], effects[:, two])
        if np.isnan(h):
            continue
        lo, hi = percentile_ends(friedman_h(joint, effects[:, one], effects[:, two], weights)[0], level)
        names = found.features[chosen[one]], found.features[chosen[two]]
        lines.append((*names, float(h), min(float(lo), float(h)), max(float(hi), float(h)), float(size)))
    return sorted(lines, key=lambda line: -line[5])


def _effects(
    subject: Subject, found: Attribution, chosen: list[int], pairs: list[tuple[int, int]], context: Context
) -> Floats:
    """Return partial dependence at the rows' own values: of each chosen input, then of each pair, shape (rows, masks).

    Of the positive class, or the last one.
    """
    import numpy as np

    from trustlab.explain.masking import row_masks
    from trustlab.stats.sampling import subsample

    rng = context.rng(ID)
    rows = found.rows.iloc[subsample(len(found.rows), POINTS, rng)]
    pool = subject.inputs()
    others = pool.iloc[subsample(len(pool), BACKGROUND, rng)]
    masks = np.zeros((len(chosen) + len(pairs), rows.shape[1]), bool)
    for at, column in enumerate(chosen):
        masks[at, column] = True
    for at, pair in enumerate(pairs):
        masks[len(chosen) + at, [chosen[place] for place in pair]] = True
    code = np.full(len(rows), max(len(subject.classes) - 1, 0))
    return row_masks(subject, rows, others, code)(np.broadcast_to(masks, (len(rows), *masks.shape)))


def _views(names: list[str], lines: list[Line], unit: str) -> list[View]:
    by_pair = {frozenset(line[:2]): line[2] for line in lines}
    columns = ("first", "second", "H", "H_lo", "H_hi", "size")
    return [
        Series(
            name="picture",
            title="Share of the joint effect that is interaction (Friedman's H)",
            columns=("pair", "H", "H_lo", "H_hi"),
            rows=[(f"{line[0]} and {line[1]}", *line[2:5]) for line in lines[:SHOWN]],
            x="pair",
            y=("H",),
            mark="bar",
        ),
        Matrix(
            name="matrix",
            title="Friedman's H of every pair",
            columns=("input", *names),
            rows=[(one, *(by_pair.get(frozenset((one, two))) for two in names)) for one in names],
            row_axis="input",
            column_axis="input",
        ),
        Table(
            name="pairs",
            title="Pairs, the largest interaction first",
            columns=columns,
            rows=lines,
            units={"size": unit},
        ),
    ]
