"""Are numbers predicted equally well, and equally high, for people of different groups?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.means import GroupMeans

ID = "fairness.regression"
PARITY_ROWS = 20_000
PARITY_GROUPS = 20
DRAWS = 200


@operation(
    "check",
    "Regression fairness",
    needs=("labels", "predictions", "sensitive"),
    tasks=("regression",),
    threshold=Threshold(
        warn=0.2,
        fail=None,
        source="Convention of this project: Cohen (1988) calls 0.2 standard deviations a small effect; here it is a "
        "systematic error of one group against another. No accepted limit to fail",
    ),
    references=(
        "Agarwal, Dudik and Wu (2019). Fair regression: quantitative definitions and reduction-based algorithms. ICML",
        "Welch (1947). The generalization of Student's problem. Biometrika 34",
        "Cohen (1988). Statistical Power Analysis for the Behavioral Sciences",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "income", "prediction": "income", "sensitive": "race"},
)
def regression(
    subject: Subject,
    min_group: Annotated[int, Range(2), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Are numbers predicted equally well, and equally high, for people of different groups?

    The headline is the largest difference between two groups of the mean residual (truth minus prediction), in standard
    deviations of the target: the model systematically understates one group against another. Beside it stand the mean
    absolute error, the root mean squared error (the largest is the bounded group loss), and how far the predictions'
    distributions are apart, whatever the truth. That groups' predictions differ is no fault where their truths do.

    In plain words
    --------------
    The numbers foretold for one group of people are further off, or lower, than for another.

    What to do
    ----------
    Look at the group whose values are furthest off: missing features, few rows, or a target measured differently.

    Parameters
    ----------
    subject : Subject
        Numeric labels and predictions, and sensitive attributes.
    min_group : int
        Groups with fewer rows are shown and named, not judged.
    level : float
        Confidence level of every interval.
    context : Context
        Where the bootstrap's chance comes from.

    Returns
    -------
    Result
        Value: the difference over the target's standard deviation, which is taken as known; the interval is from
        Welch's intervals of all pairs, which hold together (Bonferroni). Views: errors by group with intervals, and
        statistical parity (Kolmogorov-Smirnov and Wasserstein distance of each group to all other rows).

    References
    ----------
    Agarwal, Dudik and Wu (2019). Fair regression. ICML.
    """
    import numpy as np

    from trustlab.checks.fairness._gaps import furthest, gap_table, mean_gaps
    from trustlab.checks.fairness._groups import said_left_out
    from trustlab.stats.disparity import worst_difference

    assert subject.y is not None
    assert subject.y_pred is not None
    if not (np.isfinite(subject.y).all() and np.isfinite(subject.y_pred).all()):
        return not_applicable("needs finite labels and predictions in every row; some are missing or infinite")
    spread = float(subject.y.std(ddof=1)) if subject.n > 1 else 0.0
    moments = _moments(subject)
    found = mean_gaps({name: (labels, whole) for name, (labels, _, whole) in moments.items()}, min_group, level)
    views = _views(subject, moments, level, context)
    small = said_left_out({name: (labels, whole.n) for name, (labels, _, whole) in moments.items()}, min_group)
    if spread == 0 or not found:
        what = f"needs two groups of {min_group} rows or more" if spread else "the target does not vary"
        return replace(not_applicable(f"{what}.{small}"), views=views, n=subject.n)
    value, lo, hi = (end / spread for end in worst_difference([gap.pairs for gap in found]))
    worst = furthest(found)
    high, high_mean, low, low_mean = worst.sides(worst.pairs.worst)
    reason = (
        f"{worst.feature} {high} is understated against {low} by {value:.2f} standard deviations of {subject.target} "
        f"(mean residuals {high_mean:.3g} and {low_mean:.3g}; {lo:.2f} to {hi:.2f}, n {subject.n:,}).{small}"
    )
    return Result(
        reason=reason,
        value=value,
        unit="standard deviations",
        interval=(lo, hi),
        level=level,
        n=subject.n,
        views=[*views, gap_table(found)],
    )


def _moments(subject: Subject) -> dict[str, tuple[Any, Any, GroupMeans]]:
    """Return the groups of each attribute, each row's place among them, and the moments of their residuals."""
    from trustlab.checks.fairness._groups import coded
    from trustlab.stats.means import group_means

    assert subject.sensitive is not None
    assert subject.y is not None
    found = {}
    for name in map(str, subject.sensitive.columns):
        labels, code = coded(subject, name)
        found[name] = (labels, code, group_means(subject.y - subject.y_pred, code, len(labels)))
    return found


def _views(
    subject: Subject, moments: dict[str, tuple[Any, Any, GroupMeans]], level: float, context: Context
) -> list[Table | Series]:
    from trustlab.checks.fairness._groups import largest
    from trustlab.stats.regression import mae_interval, rmse_interval

    assert subject.y is not None
    assert subject.y_pred is not None
    rows, parity = [], []
    for name, (labels, code, whole) in moments.items():
        ends = whole.intervals(level)
        shown = largest(whole.n).tolist()
        for place in shown:
            own = code == place
            errors = (subject.y[own], subject.y_pred[own])
            cells = (*ends.at(place), *mae_interval(*errors, level), *rmse_interval(*errors, level))
            rows.append((name, str(labels[place]), int(whole.n[place]), *cells))
        if len(labels) > 1:
            parity += [
                (
                    name,
                    str(labels[place]),
                    *_parity(subject.y_pred, code == place, level, context, name, str(labels[place])),
                )
                for place in sorted(shown, key=lambda place: -int(whole.n[place]))[:PARITY_GROUPS]
            ]
    return [*_error_views(rows, "feature" if len(moments) > 1 else None), *_parity_view(parity)]


def _error_views(rows: list[tuple[Any, ...]], several: str | None) -> list[Table | Series]:
    measures = ("residual", "mae", "rmse")
    columns = [f"{measure}{end}" for measure in measures for end in ("", "_lo", "_hi")]
    errors_table = Table(
        name="by_group",
        title="Errors by group",
        columns=("feature", "group", "n", *columns),
        rows=rows,
        units={"n": "rows"},
        caption="Residual: truth minus prediction, above 0 where predictions are too low. The largest rmse is the "
        "group loss that a bounded group loss constraint bounds (its square).",
    )
    picture = Series(
        name="residuals",
        title="Mean residual by group",
        columns=("feature", "group", *columns[:3]),
        rows=[(*row[:2], *row[3:6]) for row in rows],
        x="group",
        y=("residual",),
        group=several,
        mark="point",
        reference={"right on average": 0.0},
        caption="Bars are intervals; groups whose bars are wide are small.",
    )
    return [picture, errors_table]


def _parity_view(rows: list[tuple[Any, ...]]) -> list[Table]:
    ends = [f"{what}{end}" for what in ("ks", "wasserstein") for end in ("", "_lo", "_hi")]
    return [
        Table(
            name="parity",
            title="Predictions of each group against all other rows",
            columns=("feature", "group", *ends, "p_value"),
            rows=rows,
            caption="Whatever the truth. ks: largest distance of the distribution functions, with a band that holds "
            "for every distribution (wide by construction); wasserstein: mean distance in the target's unit, by "
            "bootstrap; p-values of the Kolmogorov-Smirnov test, not adjusted.",
        )
    ] * bool(rows)


def _parity(
    predicted: Any, own: Any, level: float, context: Context, *salt: str
) -> tuple[float, float, float, float, float, float, float]:
    import numpy as np

    from trustlab.stats.sampling import subsample
    from trustlab.stats.two_sample import ks_2samp
    from trustlab.stats.wasserstein import dkw_reach, wasserstein_interval

    rng = context.rng(ID, *salt)
    sides = [np.sort(predicted[rows]) for rows in (own, ~own)]
    one, two = (side[subsample(side.size, PARITY_ROWS, rng)] for side in sides)
    if min(one.size, two.size) < 2:
        return (float("nan"),) * 7
    test = ks_2samp(one, two, "asymptotic" if max(one.size, two.size) > 2000 else "auto")
    reach = dkw_reach(one.size, level) + dkw_reach(two.size, level)
    distance = wasserstein_interval(one, two, rng, level, DRAWS)
    ends = (max(test.statistic - reach, 0.0), min(test.statistic + reach, 1.0))
    return (test.statistic, *ends, *distance, test.p_value)
