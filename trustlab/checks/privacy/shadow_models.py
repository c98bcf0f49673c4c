"""Can somebody who trains models like this one tell who was in its training data?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.checks.privacy._membership import FEWEST, REFERENCES, TIERS
from trustlab.core.context import Context
from trustlab.core.errors import InputError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.checks.privacy._membership import Sides
    from trustlab.stats.arrays import Bools, Floats, Ints

ID = "privacy.shadow_models"


@dataclass(frozen=True, slots=True)
class _Shadows:
    """Log-odds of every row's true label by every shadow model, and which rows it learned from."""

    odds: Floats
    inside: Bools
    how: str


@operation(
    "check",
    "Membership inference by shadow models",
    needs=("model", "labels", "scores", "train", "features"),
    tasks=("binary", "multiclass"),
    threshold=TIERS,
    references=REFERENCES,
    cost="minutes",
    example={"model": "lender", "data": "loans@main", "models": 4},
)
def shadow_models(
    subject: Subject,
    models: Annotated[int, Range(4, 1000)] = 16,
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 5000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Can somebody who trains models like this one tell who was in its training data?

    The likelihood-ratio attack. Shadow models are trained like the model (or, where it cannot be trained again, as
    boosted trees) on random halves of training and audited rows. Each row is then asked: is the model's answer more
    like those of shadows that learned from it, or of those that did not? Unlike the attack by loss it knows which rows
    are easy for anybody, and so finds members with few false alarms. It takes as long as ``models`` trainings. With a
    few dozen shadows it is weaker than the paper's: a lower bound. As for privacy.membership_inference, members and
    others must come from one population.

    In plain words
    --------------
    Somebody who builds models like this one could tell whose records it was built on.

    What to do
    ----------
    Fit less closely, or train with differential privacy; do not give out probabilities to strangers.

    Parameters
    ----------
    subject : Subject
        A model with probabilities, audited rows with labels, and the training data.
    models : int
        Shadow models.
    max_rows : int
        Members and others, drawn by the seed where there are more; the shadows train on half of both together.
    level : float
        Confidence level of every interval, and of the bound.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: the epsilon that the attack refutes at ``level``, as for privacy.membership_inference. Views ``roc``,
        ``roc_low``, ``attacks`` (offline: only shadows that did not learn from the row) and ``by_group``.

    References
    ----------
    Carlini et al. (2022). Membership inference attacks from first principles. IEEE S&P; algorithm 1.
    """
    import numpy as np

    from trustlab.checks.privacy._membership import Attack, sides, too_few, true_probability
    from trustlab.stats.membership import likelihood_ratio, log_odds
    from trustlab.stats.roc import auc_interval

    rng = context.rng(ID)
    found = sides(subject, max_rows, rng)
    if found is None or subject.train is None:
        return not_applicable(too_few())
    shadows = _shadows(subject, found, models, rng, context)
    if shadows is None:
        return not_applicable("the shadow models could not be trained on halves of these rows")
    answers = [true_probability(subject.train, found.members), true_probability(subject, found.others)]
    seen = log_odds(np.concatenate(answers))
    ratio = likelihood_ratio(seen, shadows.odds, shadows.inside)
    offline = likelihood_ratio(seen, shadows.odds, shadows.inside, offline=True)
    known = ~np.isnan(ratio) & ~np.isnan(offline)
    size = found.members.size
    kept = _Kept(known[:size], known[size:])
    attack = Attack(
        f"likelihood ratio over {len(shadows.odds)} {shadows.how}",
        subject,
        kept.of(found),
        ratio[:size][kept.members],
        ratio[size:][kept.others],
        level,
    )
    if min(attack.inside.size, attack.outside.size) < FEWEST:
        return not_applicable(too_few())
    lines: list[tuple[Any, ...]] = [
        ("area of the attack offline", *auc_interval(attack.truth, offline[known], level), "0.5 is a guess"),
        ("area of the attack by loss", *auc_interval(attack.truth, seen[known], level), "the same rows"),
    ]
    return attack.result(lines, context, ID)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Rows that some shadow learned from and another did not."""

    members: Bools
    others: Bools

    def of(self, found: Sides) -> Sides:
        """Return the sides with these rows alone."""
        from trustlab.checks.privacy._membership import Sides

        return Sides(found.members[self.members], found.others[self.others])


def _shadows(subject: Subject, found: Sides, models: int, rng: Any, context: Context) -> _Shadows | None:
    import numpy as np
    import pandas as pd

    from trustlab.stats.membership import log_odds
    from trustlab.train.refit import coded_proba, labels_of_codes, why_no_refit

    train = subject.train
    assert train is not None
    assert train.y is not None
    assert subject.y is not None
    assert subject.predictor is not None
    X = pd.concat([train.X.iloc[found.members], subject.X.iloc[found.others]], ignore_index=True)
    y = np.r_[train.y[found.members], subject.y[found.others]]
    labels = labels_of_codes(y, subject.classes)
    same = why_no_refit(subject.predictor) is None
    odds, inside = [], []
    for half in context.track(_halves(y.size, models, rng), "shadow models"):
        rows = np.flatnonzero(half)
        try:
            shadow = _train(subject, X.iloc[rows].reset_index(drop=True), labels[rows], int(rng.integers(2**31)), same)
        except InputError:
            continue
        odds.append(log_odds(coded_proba(shadow, X, subject.classes)[np.arange(y.size), y]))
        inside.append(half)
    if len(odds) < 4:
        return None
    how = "models trained like it" if same else "boosted trees, as it cannot be trained again"
    return _Shadows(np.asarray(odds), np.asarray(inside), how)


def _halves(n: int, models: int, rng: Any) -> list[Bools]:
    """Return which rows each model learns from: halves in pairs, so that every row is in and out equally often."""
    import numpy as np

    found = []
    for _ in range((models + 1) // 2):
        half = np.zeros(n, dtype=bool)
        half[rng.permutation(n)[: n // 2]] = True
        found += [half, ~half]
    return found[:models]


def _train(subject: Subject, X: Any, labels: Ints, seed: int, same: bool) -> Any:
    from trustlab.train.fit import fit
    from trustlab.train.recipes import build
    from trustlab.train.refit import refit

    assert subject.predictor is not None
    if same:
        return refit(subject.predictor, X, labels, seed)
    task = subject.predictor.task
    return fit(build("boosting", X, labels, task=task, seed=seed), X, labels, task=task, seed=seed)
