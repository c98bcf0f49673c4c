"""Do different explanations rank the inputs alike?"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.core.views import View
    from trustlab.explain.shap_values import Attribution
    from trustlab.stats.arrays import Floats

ID = "explanation.agreement"
POINTS, BACKGROUND, DRAWS = 40, 15, 200
FEWEST_FEATURES, FEWEST_ROWS, TOP, SHOWN = 4, 20, 5, 15
SHAP, PERMUTATION, DEPENDENCE = "SHAP", "permutation", "partial dependence"


@operation(
    "check",
    "Agreement of explanations",
    needs=("model", "features"),
    better="higher",
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: methods answer different questions, and practitioners have no rule to settle their "
        "disagreement (Krishna et al. 2022): shown, not judged",
    ),
    references=(
        "Krishna et al. (2022). The disagreement problem in explainable machine learning. arXiv:2202.01602",
        (
            "Greenwell, Boehmke and McCarthy (2018). A simple and effective model-based variable importance measure. "
            "arXiv:1805.04755"
        ),
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def agreement(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """Do different explanations rank the inputs alike?

    The importance of each input by SHAP values (how much it moves predictions), by permutation (how much accuracy
    hangs on it; where there are labels) and by partial dependence (how much the mean prediction varies with it), and
    the rank correlation of each two. Where they differ, the order of inputs depends on the question: say which one
    was asked. Typical reasons: inputs that go together, interactions that cancel on average, and an input that moves
    predictions to no avail. Ties among inputs that hardly matter lower it too.

    In plain words
    --------------
    Two ways of explaining the model name different reasons for the same answers, so neither can be quoted alone.

    What to do
    ----------
    Say with every ranking which of the methods made it. Look at inputs that go together (quality.feature_correlation)
    before one is called important.

    Parameters
    ----------
    subject : Subject
        The model and the rows; labels where they are known.
    level : float
        Confidence level of the interval.
    context : Context
        Where the samples come from.

    Returns
    -------
    Result
        Value: the lowest of the rank correlations, with a bootstrap interval over each method's rows. Views
        ``pairs`` and ``importance``.
    """
    from trustlab.checks.explanation._shared import attribution

    if subject.X.shape[1] < FEWEST_FEATURES:
        return not_applicable(f"needs {FEWEST_FEATURES} inputs to have an order; there are {subject.X.shape[1]}")
    found = attribution(subject, context, fewest=FEWEST_ROWS)
    if isinstance(found, Result):
        return found
    drawn = _importances(subject, found, context)
    pairs = _pairs(drawn, level)
    if not pairs:
        return not_applicable("by one of the methods every input is alike, so there are no orders to compare")
    lowest = min(pairs, key=lambda pair: pair[2])
    tops = {name: set((-values[0]).argsort(kind="stable")[:TOP].tolist()) for name, values in drawn.items()}
    shared = len(set.intersection(*tops.values()))
    return Result(
        reason=f"{lowest[0]} and {lowest[1]} agree least on the order of the {len(found.features)} inputs: rank "
        f"correlation {lowest[2]:.2f} ({lowest[3]:.2f} to {lowest[4]:.2f}); {len(drawn)} methods share {shared} of "
        f"their first {min(TOP, len(found.features))}.",
        value=lowest[2],
        unit="rank correlation",
        interval=(lowest[3], lowest[4]),
        level=level,
        n=len(found.rows),
        views=_views(found.features, drawn, pairs),
    )


def _importances(subject: Subject, found: Attribution, context: Context) -> dict[str, Floats]:
    """Return the importance of each input by method, and resampled over its rows, shape (1 + draws, d)."""
    import numpy as np

    rng = context.rng(ID, "bootstrap")

    def weights(count: int) -> Floats:
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=DRAWS) / count
        return np.concatenate([np.full((1, count), 1 / count), drawn])

    strength = found.strength()
    importances: dict[str, Floats] = {SHAP: weights(len(strength)) @ strength}
    if subject.y is not None:
        from trustlab.explain.permutation import shared_losses

        losses = shared_losses(subject, context).mean(axis=1).T
        importances[PERMUTATION] = weights(len(losses)) @ losses
    effects = _effects(subject, found, context)
    own = weights(len(effects))
    importances[DEPENDENCE] = np.sqrt(np.maximum(own @ effects**2 - (own @ effects) ** 2, 0))
    return importances


def _effects(subject: Subject, found: Attribution, context: Context) -> Floats:
    """Return partial dependence on each input at the rows' own values, shape (rows, d)."""
    import numpy as np

    from trustlab.explain.masking import row_masks
    from trustlab.stats.sampling import subsample

    rng = context.rng(ID)
    rows = found.rows.iloc[subsample(len(found.rows), POINTS, rng)]
    pool = subject.inputs()
    others = pool.iloc[subsample(len(pool), BACKGROUND, rng)]
    d = rows.shape[1]
    code = np.full(len(rows), max(len(subject.classes) - 1, 0))
    effects = row_masks(subject, rows, others, code)(np.broadcast_to(np.eye(d, dtype=bool), (len(rows), d, d)))
    centred: Floats = effects - effects.mean(axis=0, keepdims=True)
    return centred


def _pairs(drawn: dict[str, Floats], level: float) -> list[tuple[str, str, float, float, float]]:
    """Return the rank correlation of each two methods with its interval."""
    import numpy as np
    from scipy.stats import rankdata

    from trustlab.stats.bootstrap import percentile_ends

    ranks = {name: rankdata(values.round(12), axis=1) for name, values in drawn.items()}
    pairs = []
    for one, two in combinations(ranks, 2):
        first, second = (ranks[name] - ranks[name].mean(axis=1, keepdims=True) for name in (one, two))
        size = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
        found = np.divide((first * second).sum(axis=1), size, out=np.full(len(size), np.nan), where=size > 0)
        if np.isnan(found[0]):
            continue
        lo, hi = (float(end) for end in percentile_ends(found[1:], level))
        pairs.append((one, two, float(found[0]), min(lo, float(found[0])), max(hi, float(found[0]))))
    return pairs


def _views(
    features: tuple[str, ...], drawn: dict[str, Floats], pairs: list[tuple[str, str, float, float, float]]
) -> list[View]:
    import numpy as np

    shares = {name: np.maximum(values[0], 0) / (np.maximum(values[0], 0).sum() or 1) for name, values in drawn.items()}
    order = np.argsort(-shares[SHAP], kind="stable")[:SHOWN].tolist()
    left = len(features) - len(order)
    return [
        Series(
            name="picture",
            title="Share of the importance, by method",
            columns=("feature", "method", "share"),
            rows=[(features[at], name, float(share[at])) for name, share in shares.items() for at in order],
            x="feature",
            y=("share",),
            group="method",
            mark="bar",
        ),
        Table(
            name="pairs",
            title="Rank correlation of the methods",
            columns=("first", "second", "correlation", "correlation_lo", "correlation_hi"),
            rows=pairs,
        ),
        Table(
            name="importance",
            title="Share of the importance, by method",
            columns=("feature", *shares),
            rows=[(features[at], *(float(share[at]) for share in shares.values())) for at in order],
            caption=f"{left} inputs are left out." if left else None,
        ),
    ]
