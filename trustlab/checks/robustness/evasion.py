"""Which attacks turn right predictions, within which budget?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from trustlab.core.context import Context
from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.seeding import seeded
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.checks.robustness._campaign import Campaign
    from trustlab.checks.robustness._targets import Target
    from trustlab.checks.robustness.attacks.attack import Attack, Norm
    from trustlab.stats.arrays import Floats

ID = "robustness.evasion"
BUDGETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
PIXEL_BUDGETS = (1 / 255, 2 / 255, 4 / 255, 8 / 255, 16 / 255, 32 / 255, 64 / 255)
USUAL, USUAL_PIXEL = 0.1, 8 / 255
ASKED_ROWS = 20  # attacks by questions put some thousand rows to the model for each
DEAR = {"zoo"}  # asked by name only


@operation(
    "check",
    "Evasion attacks",
    needs=("model", "labels"),
    tasks=("binary", "multiclass"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: whether somebody gains by turning a prediction, and what a change costs them, is "
        "for the threat model to say. Shown, not judged",
    ),
    references=(
        "Goodfellow, Shlens and Szegedy (2015). Explaining and harnessing adversarial examples. ICLR",
        "Madry et al. (2018). Towards deep learning models resistant to adversarial attacks. ICLR",
        "Moosavi-Dezfooli, Fawzi and Frossard (2016). DeepFool. CVPR",
        "Carlini and Wagner (2017). Towards evaluating the robustness of neural networks. IEEE S&P",
        "Chen, Jordan and Wainwright (2020). HopSkipJumpAttack: a query-efficient decision-based attack. IEEE S&P",
        "Chen et al. (2017). ZOO: zeroth order optimization based black-box attacks. AISec",
        "Andriushchenko et al. (2020). Square attack: a query-efficient black-box attack. ECCV",
        "Nicolae et al. (2018). Adversarial Robustness Toolbox. arXiv:1807.01069",
    ),
    cost="minutes",
    example={"model": "lender", "data": "loans@main", "max_rows": 2, "attacks": ["hopskipjump"]},
)
def evasion(
    subject: Subject,
    attacks: list[str] | None = None,
    norm: Literal["inf", "l2"] = "inf",
    budget: Annotated[float | None, Range(0.0001, 1000)] = None,
    scale: Literal["deviations", "range"] = "deviations",
    max_rows: Annotated[int, Range(1), Unit("rows")] = 100,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Which attacks turn right predictions, within which budget?

    Attacks of the Adversarial Robustness Toolbox on rows that are predicted right: fgsm, pgd, deepfool and
    carlini_wagner along the gradient of torch modules; hopskipjump, square and zoo by questions on any model (square
    and zoo need probabilities). They move numbers (of an image, pixels) within the range observed; text, categories
    and gaps stay. A copy of the model is attacked, every change is put to it again, and the model's digest must be the
    same afterwards. What no attack found may still exist: every share is a lower bound, that of all attacks together
    the best of them. Columns move each by itself, also where such a row could not occur: for credible rows see
    robustness.constrained.

    In plain words
    --------------
    Somebody who tries can turn right answers into wrong ones.

    What to do
    ----------
    Train on attacked rows, bound what inputs may be, and do not give out exact probabilities.

    Parameters
    ----------
    subject : Subject
        The model and audited rows with labels.
    attacks : list
        Which; by default all that fit the model, but zoo.
    norm : str
        How a change is measured: inf, its largest coordinate; l2, its Euclidean length.
    budget : float
        The change that the headline is about; by default 0.1 (8/255 for images), times the root of the number of
        coordinates for l2.
    scale : str
        The unit of a coordinate of a table: its standard deviation, or its range.
    max_rows : int
        Rightly predicted rows to attack, drawn by the seed; at most 20 by questions alone.
    level : float
        Confidence level of every interval.
    context : Context
        Where rows and the attacks' own chance come from.

    Returns
    -------
    Result
        Value: the share of attacked rows that some attack turned within ``budget``, with Wilson's interval. Views
        ``curves`` (share by budget and attack), ``attacks`` (success, median size, rows asked, seconds) and ``facts``.
        Status error where the model was altered.
    """
    from trustlab.checks.robustness._campaign import campaign
    from trustlab.checks.robustness._numbers import CANNOT_MOVE, askable, chosen_rows
    from trustlab.checks.robustness._targets import target_of

    chosen = _chosen(subject, attacks, norm)
    predictor = subject.predictor
    assert predictor is not None
    if subject.modality == "text":
        return not_applicable("the words of a text do not move a little; see robustness.text_corruptions")
    rng = context.rng(ID)
    along = all(attack.asks == "gradients" for attack in chosen)
    width = subject.X.shape[1] if subject.images is None else subject.images[0].size
    limit = max_rows if along else askable(min(max_rows, ASKED_ROWS), width)
    rows = chosen_rows(subject.y == subject.y_pred, limit, rng)
    if not rows.size:
        return not_applicable("no prediction is right, so none can be turned")
    before = predictor.digest()
    with seeded(int(rng.integers(2**31))):
        target = target_of(subject, rows, scale)
        if target is None:
            return not_applicable(CANNOT_MOVE)
        fitting = [attack for attack in chosen if _fits(attack, target)]
        if not fitting:
            return not_applicable(f"none of {', '.join(attack.name for attack in chosen)} fits this model")
        budgets, usual = _budgets(subject, target, norm, budget)
        done = [campaign(target, attack, norm, budgets) for attack in context.track(fitting, "attacks")]
    if predictor.digest() != before:
        return Result(
            status=Status.ERROR,
            reason="An attack altered the model it attacked; its numbers, and those of checks after it, are void.",
        )
    return _finding(target, done, budgets, usual, norm, level, before)


def _chosen(subject: Subject, names: list[str] | None, norm: Norm) -> list[Attack]:
    from trustlab.checks.robustness.attacks.table import ATTACKS

    for name in names or ():
        if name not in ATTACKS:
            raise UsageError(
                f"{ID}: attacks must be among {', '.join(ATTACKS)}; got {name!r}.{did_you_mean(name, ATTACKS)}"
            )
    torch = subject.predictor is not None and subject.predictor.kind == "torch"
    if names:
        return [ATTACKS[name] for name in dict.fromkeys(names)]
    # Along the gradient the same is found with a hundredth of the questions.
    return [
        attack
        for attack in ATTACKS.values()
        if attack.name not in DEAR
        and (attack.asks == "gradients") == torch
        and (norm in attack.norms or not attack.bounded)
    ]


def _fits(attack: Attack, target: Target) -> bool:
    if attack.asks == "gradients":
        return target.gradients is not None
    return attack.asks == "labels" or target.has_scores


def _budgets(subject: Subject, target: Target, norm: Norm, budget: float | None) -> tuple[list[float], float]:
    image = subject.modality == "image"
    times = 1.0 if norm == "inf" else float(target.points.shape[1]) ** 0.5
    usual = budget if budget is not None else times * (USUAL_PIXEL if image else USUAL)
    return sorted({*(times * one for one in (PIXEL_BUDGETS if image else BUDGETS)), usual}), usual


def _finding(
    target: Target, done: list[Campaign], budgets: list[float], usual: float, norm: Norm, level: float, before: str
) -> Result:
    import numpy as np

    from trustlab.stats.intervals import wilson

    best = np.min([one.sizes for one in done], axis=0)
    n = int(best.size)
    value, lo, hi = wilson(int((best <= _reach(usual)).sum()), n, level).at(())
    names = ", ".join(one.attack.name for one in done)
    strongest = max(done, key=lambda one: int((one.sizes <= _reach(usual)).sum()))
    share = float((strongest.sizes <= _reach(usual)).mean())
    alone = f" {strongest.attack.name} alone: {share:.0%}." if len(done) > 1 else ""
    return Result(
        reason=f"{names} turned {value:.0%} of {n} right predictions ({lo:.0%} to {hi:.0%}) by changes of at most "
        f"{usual:.3g} ({_measure(norm)}, in {target.unit}).{alone}",
        value=value,
        unit="share",
        interval=(lo, hi),
        level=level,
        n=n,
        views=[
            _curves(done, best, budgets, level),
            _table(done, best, usual, level),
            _facts(target, best, norm, before),
        ],
    )


def _reach(budget: float) -> float:
    return budget * 1.0001  # single precision's rounding of a change of the budget's full size


def _measure(norm: Norm) -> str:
    return "largest coordinate" if norm == "inf" else "Euclidean length"


def _curves(done: list[Campaign], best: Floats, budgets: list[float], level: float) -> Series:
    from trustlab.stats.intervals import wilson

    lines = [(one.attack.name, one.sizes) for one in done] + ([("all", best)] if len(done) > 1 else [])
    rows = []
    for name, sizes in lines:
        rates = wilson([int((sizes <= _reach(one)).sum()) for one in budgets], sizes.size, level)
        rows += [(name, one, *rates.at(at)) for at, one in enumerate(budgets)]
    return Series(
        name="curves",
        title="Predictions turned, by budget",
        columns=("attack", "budget", "turned", "turned_lo", "turned_hi"),
        rows=rows,
        units={"turned": "share"},
        x="budget",
        y=("turned",),
        group="attack",
        caption="The share of rightly predicted rows that the attack turns within the budget: a lower bound.",
    )


def _table(done: list[Campaign], best: Floats, usual: float, level: float) -> Table:
    import numpy as np

    from trustlab.stats.intervals import wilson

    rows = []
    for one in done:
        found = one.sizes[np.isfinite(one.sizes)]
        rate = wilson(int((one.sizes <= _reach(usual)).sum()), best.size, level).at(())
        middle = float(np.median(found)) if found.size else None
        rows.append(
            (one.attack.name, *rate, int(found.size), middle, one.asked, round(one.seconds, 2), one.attack.reference)
        )
    return Table(
        name="attacks",
        title="Attack by attack",
        columns=(
            "attack",
            "turned",
            "turned_lo",
            "turned_hi",
            "turned_at_all",
            "median_size",
            "asked",
            "seconds",
            "reference",
        ),
        rows=sorted(rows, key=lambda row: -row[1]),
        units={"turned": "share", "turned_at_all": "rows", "asked": "rows", "seconds": "s"},
        caption="Turned within the budget; the median size is over rows turned at all. Attacks within budgets stop at "
        "the first that serves.",
    )


def _facts(target: Target, best: Floats, norm: Norm, before: str) -> Table:
    import numpy as np

    copied = "the model itself: its kind does not copy"
    if target.copies:
        copied = "a copy" if target.copies[0].digest() == before else "a copy, which was altered by being asked"
    facts = [
        ("rows attacked", int(best.size)),
        ("rows never turned", int((~np.isfinite(best)).sum())),
        ("coordinates that move", int(target.points.shape[1])),
        ("unit", target.unit),
        ("norm", _measure(norm)),
        ("attacked", copied),
        ("model altered", "no: its digest is the same before and after"),
    ]
    return Table(name="facts", title="The attacks' terms", columns=("fact", "value"), rows=facts)
