"""SHAP values of any model, by its answers alone: what each input adds to a prediction.

The value of an input is its average gain over all orders in which the inputs could become known, where an input that
is not known yet is taken from another row, the background (Strumbelj and Kononenko 2014; the interventional game of
Lundberg and Lee 2017). Each background row meets one random order and its reverse: together they are exact for models
whose inputs act alone or in pairs, and their contributions add up to the prediction exactly, by telescoping. All
orders are asked in a few large calls, so text, categories and gaps go through the model's own preprocessing.

References
----------
Strumbelj and Kononenko (2014). Explaining prediction models and individual predictions with feature contributions.
Knowledge and Information Systems 41.
Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS 30.
Mitchell, Cooper, Frank and Holmes (2022). Sampling permutations for Shapley value estimation. JMLR 23: orders and
their reverses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

    from trustlab.core.context import Context
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Bools, Floats, Ints
    from trustlab.stats.intervals import Interval, Intervals

MAX_ANSWERS = 250_000  # rows the model is asked for all explained rows together
MAX_CELLS = 5_000_000  # and inputs in them: wide rows, such as images, cost more each
MAX_FEATURES = 500  # beyond, orders are too long to be drawn
MAX_ROWS, MIN_ROWS = 200, 20
MAX_BACKGROUND, MIN_BACKGROUND = 30, 10
BACKGROUND_FOR_ONE = 200  # one row alone can afford more
ROWS_A_CALL = 50_000
DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The contributions of each input to the predictions of some rows.

    Parameters
    ----------
    features : tuple of str
        The inputs.
    values : ndarray, shape (2, rows, d, k)
        Contributions by each half of the background; k is 1 for regression, else the number of classes.
    spread : ndarray, shape (rows, d, k)
        Standard error of the mean of both halves, over orders and background rows.
    base : ndarray, shape (k,)
        The mean output over the background.
    outputs : ndarray, shape (rows, k)
        The model's output for the explained rows.
    background : int
        Rows of the background.
    rows, others : pandas.DataFrame
        The explained rows and the background.
    places : ndarray of int, shape (rows,), or None
        Where the explained rows stand among the subject's; None where they are none of them.
    """

    features: tuple[str, ...]
    values: Floats
    spread: Floats
    base: Floats
    outputs: Floats
    background: int
    rows: pd.DataFrame
    others: pd.DataFrame
    places: Ints | None = None

    @property
    def mean(self) -> Floats:
        """Contributions over the whole background, shape (rows, d, k)."""
        import numpy as np

        return np.asarray(self.values.mean(axis=0))

    @property
    def residual(self) -> Floats:
        """What the contributions leave unexplained, shape (rows, k): output minus base minus their sum."""
        import numpy as np

        return np.asarray(self.outputs - self.base - self.mean.sum(axis=1))

    def strength(self, half: int | None = None) -> Floats:
        """Return how much each input moves each row, shape (rows, d); by one half of the background, or both.

        The size of the contribution; over the classes half the sum of sizes, which for two classes is the size of
        either.
        """
        import numpy as np

        values = np.abs(self.mean if half is None else self.values[half])
        return np.asarray(values.sum(axis=2) / (1 if values.shape[2] == 1 else 2))


def shared_attribution(subject: Subject, context: Context) -> Attribution:
    """Return the SHAP values of a sample of the subject's rows: computed once, whoever asks.

    Rows and background are drawn by the seed: at most 200 rows and 30 of the background, fewer with many inputs, so
    that the model answers for at most about 250,000 rows. The background is drawn from the data as read, which is more
    than the rows looked at where ``where`` keeps a part.
    """
    from trustlab.stats.sampling import subsample

    def compute() -> Attribution:
        rng = context.rng("explain.shap")
        pool = subject.inputs()
        rows, others = sizes(subject.X.shape[1])
        places = subsample(subject.n, rows, rng)
        background = pool.iloc[shuffled(len(pool), others, rng)]
        return replace(attribute(subject, subject.X.iloc[places], background, rng), places=places)

    found: Attribution = subject.memo(f"shap of seed {context.seed}", compute)
    return found


def too_wide(subject: Subject) -> str | None:
    """Return why SHAP values are not sampled here, or None where they are."""
    if subject.X.shape[1] <= MAX_FEATURES:
        return None
    return (
        f"{subject.X.shape[1]:,} inputs are too many to be known one after the other in random orders; the limit is "
        f"{MAX_FEATURES}"
    )


def attribution_of_row(subject: Subject, number: int, context: Context) -> Attribution:
    """Return the SHAP values of one row of the data as read, counted from 0, against up to 200 others."""
    rng = context.rng("explain.shap", str(number))
    pool = subject.inputs()
    background = pool.iloc[shuffled(len(pool), BACKGROUND_FOR_ONE, rng)]
    return attribute(subject, subject.row(number), background, rng)


def sizes(features: int) -> tuple[int, int]:
    """Return how many rows to explain, and against how many of the background, for so many features."""
    steps, answers = max(2 * (features - 1), 2), min(MAX_ANSWERS, MAX_CELLS // features)
    rows = min(max(answers // (MAX_BACKGROUND * steps), MIN_ROWS), MAX_ROWS)
    return rows, min(max(answers // (rows * steps), MIN_BACKGROUND), MAX_BACKGROUND)


def attribute(
    subject: Subject,
    rows: pd.DataFrame,
    background: pd.DataFrame,
    rng: np.random.Generator,
    draw_orders: Callable[[int, int, int, np.random.Generator], Ints] | None = None,
) -> Attribution:
    """Return the SHAP values of ``rows`` against ``background``, one random order and its reverse for each pair.

    Parameters
    ----------
    subject : Subject
        Whose model is asked: probabilities where it has them, else which class, else the value.
    rows, background : pandas.DataFrame
        Inputs of the model; the background's order decides its halves.
    draw_orders : callable or None
        Takes rows, background rows, inputs and the generator, and returns orders of the inputs, shape
        (rows, background, d); any order is as likely as any other where None.
    """
    import numpy as np

    count, d = len(background), rows.shape[1]
    outputs, others = model_outputs(subject, rows), model_outputs(subject, background)
    values = np.empty((2, len(rows), d, outputs.shape[1]))
    spread = np.empty(values.shape[1:])
    halves = (slice(0, count, 2), slice(1, count, 2)) if count > 1 else (slice(0, 1), slice(0, 1))
    # Every second row is a half; with an odd number the halves' mean is not the mean, so the last one goes.
    kept = count - count % 2 if count > 1 else 1
    chunk = max(1, ROWS_A_CALL // max(2 * kept * (d - 1), 1))
    for start in range(0, len(rows), chunk):
        part = slice(start, min(start + chunk, len(rows)))
        n = part.stop - part.start
        orders = (draw_orders or any_order)(n, kept, d, rng)
        draws = _draws(subject, (rows.iloc[part], background.iloc[:kept]), (outputs[part], others[:kept]), orders)
        for half, chosen in enumerate(halves):
            values[half, part] = draws[:, chosen].mean(axis=1)
        spread[part] = draws.std(axis=1, ddof=1) / np.sqrt(kept) if kept > 1 else np.nan
    return Attribution(
        features=tuple(map(str, rows.columns)),
        values=values,
        spread=spread,
        base=others[:kept].mean(axis=0),
        outputs=outputs,
        background=kept,
        rows=rows,
        others=background.iloc[:kept],
    )


def any_order(n: int, count: int, d: int, rng: np.random.Generator) -> Ints:
    """Return random orders of ``d`` inputs, shape (n, count, d)."""
    import numpy as np

    return np.asarray(rng.permuted(np.tile(np.arange(d), (n, count, 1)), axis=2))


def model_outputs(subject: Subject, X: pd.DataFrame) -> Floats:
    """Return what is explained, shape (n, k): probabilities, else 0/1 by class, else the value."""
    import numpy as np

    predictor = subject.predictor
    assert predictor is not None
    if not subject.classes:
        return np.asarray(subject.predict(X), np.float64)[:, None]
    if predictor.has_proba:
        return subject.predict_proba(X)
    return np.asarray(np.eye(len(subject.classes))[subject.predict(X)])


def shares(strength: Floats, rng: np.random.Generator, level: float) -> Intervals:
    """Return each input's share of all strength, shape (d,), with a percentile bootstrap over rows.

    Parameters
    ----------
    strength : ndarray, shape (rows, d)
        As `Attribution.strength` gives it.
    """
    import numpy as np

    from trustlab.stats.bootstrap import percentile_ends
    from trustlab.stats.intervals import Intervals

    count = len(strength)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=DRAWS) / count
    drawn = weights @ strength
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = drawn / drawn.sum(axis=1, keepdims=True)
        value = strength.mean(axis=0) / strength.mean(axis=0).sum()
    lo, hi = percentile_ends(drawn, level)
    return Intervals(value, np.minimum(lo, value), np.maximum(hi, value))


def rank_agreement(
    first: Floats, second: Floats, rng: np.random.Generator, level: float, splits: int = 200
) -> Interval:
    """Return the rank correlation of two importances that share neither row nor background row.

    Parameters
    ----------
    first, second : ndarray, shape (rows, d)
        Strength of the same rows by the two halves of the background.
    splits : int
        Random splits of the rows in two halves; one half is averaged in ``first``, the other in ``second``.

    Returns
    -------
    Interval
        The median over the splits, and the range that holds the central ``level`` of them: what a second audit of
        as many rows as one half would meet. NaN where an importance is the same for every input.
    """
    import numpy as np
    from scipy.stats import rankdata

    from trustlab.stats.bootstrap import percentile_ends
    from trustlab.stats.intervals import Interval

    count = len(first)
    halves = rng.permuted(np.tile(np.arange(count), (splits, 1)), axis=1) < count // 2
    one = rankdata((halves @ first).round(12), axis=1)
    two = rankdata((~halves @ second).round(12), axis=1)
    one, two = one - one.mean(axis=1, keepdims=True), two - two.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (one * two).sum(axis=1) / np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))
    if np.isnan(found).all():
        return Interval(np.nan, np.nan, np.nan)
    lo, hi = percentile_ends(found, level)
    return Interval(float(np.nanmedian(found)), float(lo), float(hi))


def shuffled(n: int, limit: int, rng: np.random.Generator) -> Ints:
    """Return up to ``limit`` different row numbers below ``n`` in random order."""
    import numpy as np

    from trustlab.stats.sampling import subsample

    return np.asarray(rng.permutation(subsample(n, limit, rng)))


def _draws(
    subject: Subject,
    tables: tuple[pd.DataFrame, pd.DataFrame],
    answers: tuple[Floats, Floats],
    orders: Ints,
) -> Floats:
    """Return contributions by pair of explained and background row, shape (rows, background, d, k)."""
    import numpy as np

    rows, background = tables
    n, count, d = len(rows), len(background), rows.shape[1]
    between = mixed_outputs(subject, rows, background, _known(orders))
    k = answers[0].shape[1]
    total = np.zeros((n, count, d, k))
    for way, order in enumerate((orders, orders[:, :, ::-1])):
        path = np.empty((n, count, d + 1, k))
        path[:, :, 0] = answers[1]
        path[:, :, 1:d] = between[:, :, way]
        path[:, :, d] = answers[0][:, None]
        gains = np.diff(path, axis=2)
        total += np.take_along_axis(gains, np.argsort(order, axis=2)[..., None], axis=2)
    return total / 2


def _known(orders: Ints) -> Bools:
    """Return which inputs come from the explained row, shape (rows, background, 2, d - 1, d), step by step."""
    import numpy as np

    d = orders.shape[2]
    place = np.argsort(orders, axis=2)[:, :, None, :]
    step = np.arange(1, d)[:, None]
    return np.stack([place < step, place >= d - step], axis=2)


def mixed_outputs(subject: Subject, rows: pd.DataFrame, background: pd.DataFrame, known: Bools) -> Floats:
    """Return the model's outputs for rows that are part explained row and part background row.

    Parameters
    ----------
    known : ndarray of bool, shape (rows, background, ..., d)
        Which inputs come from the explained row.

    Returns
    -------
    ndarray, shape (rows, background, ..., k)
    """
    import numpy as np
    import pandas as pd

    n, count, *middle, _ = known.shape
    shape = known.shape[:-1]
    k = 1 if not subject.classes else len(subject.classes)
    if not known.size:
        return np.empty((*shape, k))
    bank = pd.concat([rows, background], ignore_index=True)
    own = np.broadcast_to(np.arange(n).reshape(n, 1, *[1] * len(middle)), shape)
    other = np.broadcast_to(n + np.arange(count).reshape(1, count, *[1] * len(middle)), shape)
    # A cell is the number of the row it comes from, so that every kind of column mixes alike.
    columns = {
        name: bank.iloc[:, at].array.take(np.where(known[..., at], own, other).ravel())
        for at, name in enumerate(bank.columns)
    }
    mixed = pd.DataFrame(columns)
    parts = [
        model_outputs(subject, mixed.iloc[start : start + ROWS_A_CALL]) for start in range(0, len(mixed), ROWS_A_CALL)
    ]
    return np.concatenate(parts).reshape(*shape, k)
