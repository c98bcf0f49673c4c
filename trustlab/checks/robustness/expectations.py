"""Does the model move the way it is expected to?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from trustlab.explain.actions import Action
    from trustlab.stats.arrays import Floats

ID = "robustness.expectations"
SIGNS = {"+": "rises", "-": "falls", "=": "stays"}


@operation(
    "check",
    "Expected directions",
    needs=("model", "features"),
    tasks=("binary", "regression"),
    threshold=Threshold(
        warn=0,
        fail=0,
        source="By definition: who states an expectation states it for every row. A policy may allow some",
    ),
    references=(
        "Ribeiro, Wu, Guestrin and Singh (2020). Beyond accuracy: behavioral testing of NLP models with CheckList. ACL",
        "Sharma and Wehrheim (2020). Testing monotonicity of machine learning models. arXiv:2002.12278",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "expect": {"debt_ratio": "-"}},
)
def expectations(
    subject: Subject,
    expect: dict[str, str] | None = None,
    tolerance: Annotated[float, Range(0, 1)] = 0.01,
    max_rows: Annotated[int, Range(1), Unit("rows")] = 300,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Does the model move the way it is expected to?

    Each named feature takes ten values over the range of the training rows (or every category), all else equal, and
    the model's score (the positive class's probability; the prediction for regression and for models without
    probabilities) is asked for each. A row breaks ``+`` where the score falls between two of its values, the lower
    first, by more than the tolerance, ``-`` where it rises, ``=`` where it differs. That a score moves as expected on
    average is not enough. Not for features that cannot change alone.

    In plain words
    --------------
    The model at times moves against common sense, such as a better value that makes the answer worse.

    What to do
    ----------
    Constrain the model to the direction (monotone constraints), or find which rows taught it otherwise.

    Parameters
    ----------
    subject : Subject
        The model and audited rows.
    expect : dict
        The expectation by feature: + (the score rises with it, or stays), - (falls, or stays) or = (stays).
    tolerance : float
        Moves the wrong way up to this are no breach: in probability; for regression in standard deviations of the
        predictions.
    max_rows : int
        Rows drawn by the seed.
    level : float
        Confidence level of every interval.
    context : Context
        Where rows come from.

    Returns
    -------
    Result
        Value: the share of rows that break an expectation, with Wilson's interval. Views ``curves`` (mean score by
        value) and ``by_feature``.
    """
    import numpy as np

    from trustlab.checks.robustness._numbers import chosen_rows
    from trustlab.stats.intervals import wilson

    if not expect:
        return not_applicable(
            "no expectation is stated: say for instance --expect income=+, or in a policy expect: {income: '+'}"
        )
    rng = context.rng(ID)
    grids = _grids(subject, expect, rng)
    rows = chosen_rows(np.ones(subject.n, dtype=bool), max_rows, rng)
    table = subject.X.iloc[rows].reset_index(drop=True)
    allowed = tolerance * _unit(subject)
    tried = [_tried(subject, table, action, expect[str(action.name)]) for action in grids]
    broken = np.any([one.wrong > allowed for one in tried], axis=0)
    value, lo, hi = wilson(int(broken.sum()), rows.size, level).at(())
    return Result(
        reason=_sentence(tried, value, (lo, hi), rows.size, allowed),
        value=value,
        unit="share",
        interval=(lo, hi),
        level=level,
        n=int(rows.size),
        views=[_curves(tried), _by_feature(tried, rows.size, allowed, level)],
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """One expectation: the scores, shape (rows, values), and how far each row goes wrong."""

    action: Action
    sign: str
    scores: Floats
    wrong: Floats


def _grids(subject: Subject, expect: Mapping[str, str], rng: Any) -> list[Action]:
    from trustlab.explain.actions import actions_of
    from trustlab.models.labels import column_of

    actions = {str(action.name): action for action in actions_of(subject, rng, immutable=[])}
    found = []
    for name, sign in expect.items():
        column_of(subject.X, name, "expect", "the features")
        if sign not in SIGNS:
            raise UsageError(f"{ID}: expect must give each feature +, - or =; got {name}={sign!r}")
        action = actions.get(name)
        if action is None:
            raise UsageError(f"{ID}: expect must name features that vary; {name!r} has one value, or is free text")
        if action.kind == "category" and sign != "=" and not _ordered(action):
            raise UsageError(f"{ID}: expect for a category must be =, since it has no order; got {name}={sign!r}")
        found.append(action)
    return found


def _ordered(action: Action) -> bool:
    return all(isinstance(value, int | float) for value in action.options.tolist())


def _unit(subject: Subject) -> float:
    import numpy as np

    assert subject.y_pred is not None
    return 1.0 if subject.classes else float(np.std(subject.y_pred)) or 1.0


def _tried(subject: Subject, table: pd.DataFrame, action: Action, sign: str) -> _Tried:
    import numpy as np

    from trustlab.explain.oracle import put

    count = action.options.size
    options = np.sort(action.options) if _ordered(action) else action.options
    moved = table.iloc[np.repeat(np.arange(len(table)), count)].reset_index(drop=True)
    put(moved, action.name, slice(None), np.tile(options, len(table)))
    scores = _scores(subject, moved).reshape(len(table), count)
    if sign == "=":
        wrong = scores.max(axis=1) - scores.min(axis=1)
    else:
        rising = scores if sign == "+" else -scores
        wrong = (np.maximum.accumulate(rising, axis=1) - rising).max(axis=1)
    return _Tried(action, sign, scores, wrong)


def _scores(subject: Subject, rows: pd.DataFrame) -> Floats:
    import numpy as np

    if subject.classes and subject.predictor is not None and subject.predictor.has_proba:
        return np.asarray(subject.predict_proba(rows)[:, 1])
    return np.asarray(subject.predict(rows), dtype=np.float64)


def _sentence(tried: list[_Tried], value: float, ends: tuple[float, float], n: int, allowed: float) -> str:
    told = ", ".join(f"{one.action.name} {one.sign}" for one in tried[:3]) + (", …" if len(tried) > 3 else "")
    if value == 0:
        return f"No row of {n:,} breaks an expectation ({told}; at most {ends[1]:.1%} do)."
    worst = max(tried, key=lambda one: float((one.wrong > allowed).mean()))
    share = float((worst.wrong > allowed).mean())
    should = {"+": "must not fall with", "-": "must not rise with", "=": "must not depend on"}[worst.sign]
    return (
        f"{value:.0%} of {n:,} rows ({ends[0]:.0%} to {ends[1]:.0%}) break an expectation ({told}). Most: the score "
        f"{should} {worst.action.name}, and does in {share:.0%}, by up to {float(worst.wrong.max()):.2g}."
    )


def _curves(tried: list[_Tried]) -> Series:
    import numpy as np

    rows = []
    for one in tried:
        options = np.sort(one.action.options) if _ordered(one.action) else one.action.options
        for at, option in enumerate(options.tolist()):
            low, high = np.quantile(one.scores[:, at], [0.1, 0.9])
            place = at / max(len(options) - 1, 1)
            rows.append((f"{one.action.name} {one.sign}", place, _plain(option), one.scores[:, at].mean(), low, high))
    return Series(
        name="curves",
        title="Score by value of the feature, all else equal",
        columns=("expectation", "place", "value", "score", "score_lo", "score_hi"),
        rows=rows,
        x="place",
        y=("score",),
        group="expectation",
        caption="From the lowest value (0) to the highest (1) of each feature; bands hold the middle 80% of the rows.",
    )


def _by_feature(tried: list[_Tried], n: int, allowed: float, level: float) -> Table:
    from trustlab.stats.intervals import wilson

    lines = []
    for one in tried:
        breaks = int((one.wrong > allowed).sum())
        rate = wilson(breaks, n, level).at(())
        lines.append((str(one.action.name), f"{one.sign} {SIGNS[one.sign]}", breaks, *rate, float(one.wrong.max())))
    return Table(
        name="by_feature",
        title="Expectations",
        columns=("feature", "expected", "rows", "broken", "broken_lo", "broken_hi", "worst"),
        rows=sorted(lines, key=lambda line: -line[3]),
        units={"rows": "rows", "broken": "share", "worst": "score"},
        caption="worst: the largest move the wrong way in a single row.",
    )


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
