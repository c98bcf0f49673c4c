"""How far an explanation can be trusted: the same measures for every method that gives inputs a size.

- *Completeness*: do the contributions add up to the prediction less the baseline?
- *Faithfulness*: the inputs are taken away, and put back, in the order that the explanation gives, and in random
  orders; the gain is how much further the prediction moves in the explanation's order (deletion and insertion, Petsiuk
  et al. 2018, against the random order that their scores lack).
- *Stability*: the rank correlation of the sizes, row by row, of a rerun or after a small change of the inputs.
- *Randomisation*: the same rank correlation with the explanation of a model whose parameters were drawn anew; an
  explanation that stays the same does not speak of the model (Adebayo et al. 2018).

References
----------
Petsiuk, Das and Saenko (2018). RISE: randomized input sampling for explanation of black-box models. BMVC.
Samek et al. (2017). Evaluating the visualization of what a deep neural network has learned. IEEE TNNLS 28.
Adebayo et al. (2018). Sanity checks for saliency maps. NeurIPS 31.
Alvarez-Melis and Jaakkola (2018). On the robustness of interpretability methods. arXiv:1806.08049.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from trustlab.core.views import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from trustlab.stats.arrays import Bools, Floats
    from trustlab.stats.intervals import Interval

    Masked = Callable[[Bools], Floats]

ORDERS, STEPS = 4, 8
COMPLETE, FAITHFUL, RERUN, NOISE, RANDOMISED = (
    "completeness residual",
    "faithfulness over random",
    "stability over reruns",
    "stability under noise",
    "similarity to a random model",
)


class Measure(NamedTuple):
    """One line of an explanation's quality; None where it was not measured, and the meaning says why."""

    name: str
    value: float | None
    meaning: str
    lo: float | None = None
    hi: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Faithfulness:
    """How an explanation's order does against random ones.

    Parameters
    ----------
    gain : Interval
        Mean over rows of the explanation's score less the random orders', in the unit of the output.
    steps : tuple of float
        Shares of the inputs that were taken.
    deletion, insertion : ndarray, shape (2, steps)
        Mean output by share of inputs, in the explanation's order (first) and in random ones.
    n : int
        Rows.
    """

    gain: Interval
    steps: tuple[float, ...]
    deletion: Floats
    insertion: Floats
    n: int


def faithfulness(
    values: Floats, masked: Masked, rng: np.random.Generator, level: float, *, outputs: Floats | None = None
) -> Faithfulness | None:
    """Return how much further the outputs move in the explanation's order than in random ones.

    Parameters
    ----------
    values : ndarray, shape (rows, d)
        Contributions: the largest are taken first.
    masked : callable
        Takes which inputs are kept, shape (rows, masks, d), and returns outputs of shape (rows, masks).
    outputs : ndarray, shape (rows,), or None
        Given where the values are sizes without a sign: then what counts is the distance from the whole row's output.

    Returns
    -------
    Faithfulness or None
        None where there is no order: one input.
    """
    import numpy as np

    from trustlab.stats.intervals import mean_interval

    n, d = values.shape
    if d < 2:
        return None
    steps = np.unique(np.linspace(1, d - 1, min(STEPS, d - 1)).round().astype(np.int64))
    first = np.argsort(-(values if outputs is None else np.abs(values)), axis=1, kind="stable")
    others = rng.permuted(np.tile(np.arange(d), (n, ORDERS, 1)), axis=2)
    place = np.argsort(np.concatenate([first[:, None], others], axis=1), axis=2)[:, :, None, None, :]
    taken = place < steps[:, None]
    keep = np.concatenate([taken, ~taken], axis=2)  # put back, taken away
    found = masked(keep.reshape(n, -1, d)).reshape(n, 1 + ORDERS, 2, len(steps))
    curves = found if outputs is None else -np.abs(found - outputs[:, None, None, None])
    score = (curves[:, :, 0] - curves[:, :, 1]).mean(axis=2) / 2
    means = np.stack([found[:, 0].mean(axis=0), found[:, 1:].mean(axis=(0, 1))])
    return Faithfulness(
        gain=mean_interval(score[:, 0] - score[:, 1:].mean(axis=1), level),
        steps=tuple((steps / d).tolist()),
        deletion=means[:, 1],
        insertion=means[:, 0],
        n=n,
    )


def faithfulness_measure(found: Faithfulness | None, unit: str) -> Measure:
    """Return the line of the table."""
    if found is None:
        return Measure(FAITHFUL, None, "one input has no order")
    meaning = f"{unit}: how much further the output moves in this order than in {ORDERS} random ones (n {found.n} rows)"
    lo, hi = (None, None) if found.n < 2 else (found.gain.lo, found.gain.hi)
    return Measure(FAITHFUL, found.gain.value, meaning, lo, hi)


def curves(found: Faithfulness, unit: str) -> Series:
    """Return the picture: the mean output while inputs are taken away or put back, by either order."""
    rows = [
        (share, f"{word}, {order}", float(found_curve[at, step]))
        for word, found_curve in (("taken away", found.deletion), ("put back", found.insertion))
        for at, order in enumerate(("in this order", "at random"))
        for step, share in enumerate(found.steps)
    ]
    return Series(
        name="faithfulness",
        title="The output while inputs are taken away or put back",
        columns=("share", "order", "output"),
        rows=rows,
        units={"share": "share of the inputs", "output": unit},
        x="share",
        y=("output",),
        group="order",
        caption="The further this order lies from chance, the more the explanation says what the model does.",
    )


def completeness_measure(residual: Floats) -> Measure:
    """Return the line of the table: the residual furthest from 0."""
    flat = residual.ravel()
    worst = float(flat[int(abs(flat).argmax())])
    return Measure(COMPLETE, worst, "output minus baseline minus the sum of contributions; the largest of the rows")


def rank_similarity(first: Floats, second: Floats) -> Floats:
    """Return Spearman's correlation of the sizes of two explanations, row by row; NaN where all sizes are alike.

    Parameters
    ----------
    first, second : ndarray, shape (rows, d)
    """
    import numpy as np
    from scipy.stats import rankdata

    one, two = (rankdata(np.abs(values).round(12), axis=1) for values in (first, second))
    one, two = one - one.mean(axis=1, keepdims=True), two - two.mean(axis=1, keepdims=True)
    size = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))
    found: Floats = np.divide((one * two).sum(axis=1), size, out=np.full(len(one), np.nan), where=size > 0)
    return found


def similarity_measure(name: str, first: Floats, second: Floats, level: float, meaning: str) -> Measure:
    """Return the line of the table: the mean rank correlation over rows."""
    import numpy as np

    from trustlab.stats.intervals import mean_interval

    found = rank_similarity(first, second)
    known = found[~np.isnan(found)]
    if not known.size:
        return Measure(name, None, "no input comes before another")
    value, lo, hi = mean_interval(known, level)
    return Measure(name, value, meaning, *((lo, hi) if known.size > 1 else ()))


def sentence(measures: Sequence[Measure]) -> str:
    """Return the quality in one sentence."""
    by_name = {measure.name: measure for measure in measures if measure.value is not None}
    parts = []
    if COMPLETE in by_name:
        parts.append(f"it adds up to within {abs(by_name[COMPLETE].value or 0):.2g}")
    if FAITHFUL in by_name:
        parts.append(_faithful_words(by_name[FAITHFUL]))
    words = {
        RERUN: "a rerun ranks the inputs {}",
        NOISE: "a small change of the inputs ranks them {}",
        RANDOMISED: "with random parameters it would rank them {}",
    }
    parts += [
        text.format(f"with a correlation of {by_name[name].value:.2f}")
        for name, text in words.items()
        if name in by_name
    ]
    return f"Quality of this explanation: {'; '.join(parts) or 'nothing could be measured'}."


def _faithful_words(measure: Measure) -> str:
    value = measure.value or 0.0
    if measure.lo is None or measure.hi is None:
        return f"its order moves the output {value:+.2g} against random orders"
    noise = "" if measure.lo > 0 else ", which could be noise" if measure.hi >= 0 else ", so it is worse than chance"
    return (
        f"its order moves the output {value:+.2g} ({measure.lo:.2g} to {measure.hi:.2g}) against random orders{noise}"
    )
