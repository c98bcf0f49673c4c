"""How often 95 % intervals hold the truth, by kind of interval and number of rows: ``python interval_coverage.py``.

Each of 2,000 simulations draws its rows anew, and for counts its own truth, so that no interval profits from one lucky
proportion: that is the coverage a user meets over many audits. The truth is known in closed form, or is the metric of
the population that the rows are drawn from. ``tests/stats/test_coverage.py`` holds the shares against 93 % and 97 %.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import expit, logit, xlogy
from scipy.stats import beta, norm

from trustlab.checks.performance._headline import difference
from trustlab.explain.shap_values import shares
from trustlab.stats import classification, conformal, counts, exposure, influence, paired, quantile, ranking
from trustlab.stats import regression as errors_of
from trustlab.stats.arbitrariness import churn
from trustlab.stats.bootstrap import draw_cells, multinomial_bootstrap, percentile_ends
from trustlab.stats.calibration import ece_interval, reliability_bins
from trustlab.stats.confident import noise_share
from trustlab.stats.decisions import net_benefit, saved_share
from trustlab.stats.disparity import pair_differences, pair_ratios, worst_difference, worst_ratio
from trustlab.stats.fairness import aif360_metrics, fairlearn_metrics, smoothed_edf
from trustlab.stats.inequality import between_index, entropy_index
from trustlab.stats.intervals import (
    clopper_pearson,
    mean_interval,
    newcombe,
    proportion_ratio,
    skewed_mean_interval,
    wilson,
)
from trustlab.stats.means import group_means, mean_differences
from trustlab.stats.membership import privacy_loss
from trustlab.stats.posterior import cell_chances, chance_interval, drawn_interval
from trustlab.stats.residuals import bands, systematic_error
from trustlab.stats.roc import auc_difference, auc_interval, tpr_at_fpr
from trustlab.stats.selective import error_bound
from trustlab.stats.wasserstein import wasserstein_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rng = np.random.Generator
    Found = Iterator[tuple[str, Any, Any]]  # a kind, its interval or intervals, the truth

SIMULATIONS = 2000
SIZES = (50, 500, 5000)
POPULATION = 20_000
POPULATIONS = 8
MANY = 1e9  # rows of a table that has no noise left
BENEFIT = np.zeros(4)  # of a row by its cell: 1, one more where called by mistake, none where missed
BENEFIT[[counts.TN, counts.FP, counts.TP]] = 1, 2, 1


class Share(NamedTuple):
    """Of the intervals that exist, the share that holds the truth."""

    covered: float
    known: float
    width: float


# Intervals that the package shows and this file does not draw, with the reason; a test holds the list whole.
NOT_SIMULATED = {
    "decisions.cut_range": "the range of the cheapest cut over resamples, and said to be no confidence interval",
    "membership.advantage": "Newcombe's difference of rows that did not choose the cut, which is drawn above",
    "fairness.largest_difference": "picks from pair_differences, within fairlearn_metrics",
    "fairness.smallest_ratio": "picks from pair_ratios, within fairlearn_metrics",
    "checks/performance/learning_curve": "holds if the power law does, and each draw is a dozen trainings",
    "checks/explanation/agreement": "a rank correlation of two methods: percentiles of resampled rows, no truth known",
    "checks/explanation/importance_drift": "resampled rows, beside a permutation test, which judges",
    "checks/explanation/sensitive_proxy": "Cramér's V of resampled cells, beside a chi-squared test, which judges",
    "checks/explanation/interactions": "Friedman's H of resampled rows: noise alone is above 0",
    "checks/segments/_search": "what a slice's own probabilities expect: a range of chance, not an estimate",
    "checks/changes": "two audits' own intervals by square-and-add, taken as independent: too wide on the same rows",
    "checks/robustness/_suite": "rows that never changed: Wilson's reach of 0 either way, wider than any truth",
    "explain/shap_values": "the importances' ranks in halves: the range of splits; its shares are drawn above",
    "explain/prototypes": "the range over random choices of as many rows, not of a population's number",
    "explain/accumulated_effects": "largest less smallest effect by resampled rows: no truth without the model's own",
}
FAMILIES: dict[str, tuple[Callable[[Rng, int, int], Found], tuple[int, ...]]] = {}


def family(*sizes: int) -> Callable[[Any], Any]:
    """Register a generator of (kind, interval, truth), asked at these numbers of rows."""

    def add(function: Any) -> Any:
        FAMILIES[function.__name__] = function, sizes
        return function

    return add


def measure(name: str, n: int, times: int = SIMULATIONS) -> dict[str, Share]:
    """Return the share of each kind of a family; kinds come one by one, or as arrays of all simulations."""
    function, _ = FAMILIES[name]
    rng = np.random.default_rng([20, n, *name.encode()])
    gathered: dict[str, list[tuple[Any, Any, Any]]] = {}
    for kind, found, truth in function(rng, n, times):
        lo, hi = (found.lo, found.hi) if hasattr(found, "lo") else found[-2:]
        gathered.setdefault(kind, []).append((lo, truth, hi))
    return {kind: _share(parts) for kind, parts in gathered.items()}


def _share(parts: list[tuple[Any, Any, Any]]) -> Share:
    lo, truth, hi = (np.concatenate([np.atleast_1d(part[place]) for part in parts]).astype(float) for place in range(3))
    known = ~(np.isnan(lo) | np.isnan(hi) | np.isnan(truth))
    inside = (lo - 1e-9 <= truth) & (truth <= hi + 1e-9)
    with np.errstate(invalid="ignore"):
        return Share(float(inside[known].mean()), float(known.mean()), float(np.median((hi - lo)[known])))


def _two_sizes(n: int) -> list[tuple[str, int, int]]:
    """Two halves, and a group of 12 against the rest."""
    return [("halves", n // 2, n - n // 2), ("12 and the rest", 12, n - 12)]


def _populations(make: Callable[[Rng], tuple[Any, ...]], rng: Rng, n: int, times: int) -> Iterator[Any]:
    """Yield (population, rows of a sample): a few populations, each sampled many times."""
    for number in range(POPULATIONS):
        population = make(rng)
        for _ in range(number, times, POPULATIONS):
            yield population, rng.integers(0, len(population[0]), n)


@family(12, *SIZES)
def rates(rng: Rng, n: int, times: int) -> Found:
    """Proportions: Wilson's and the exact one, and rates whose denominator is itself drawn."""
    p = rng.uniform(0.05, 0.95, times)
    k = rng.binomial(n, p)
    yield "rate", wilson(k, n), p
    yield "rate, exact", clopper_pearson(k, n), p
    yield "upper bound of a rate (one-sided)", (np.zeros(times), error_bound(k, n, 0.05)), p
    chance = rng.dirichlet([2, 2, 2, 2], times)
    cells = rng.multinomial(n, chance)
    for name in ("fpr", "fnr", "tpr", "tnr", "ppv", "npv", "for", "fdr", "selection_rate", "accuracy"):
        rate = counts.RATES[name]
        yield name, wilson(*rate.parts(cells)), _exactly(rate, chance)


def _exactly(rate: counts.Rate, chance: Any) -> Any:
    return chance[:, list(rate.numerator)].sum(axis=1) / chance[:, list(rate.denominator)].sum(axis=1)


@family(*SIZES)
def differences_and_ratios(rng: Rng, n: int, times: int) -> Found:
    """Of two groups' rates, and of the furthest two of three."""
    for words, n1, n2 in _two_sizes(n):
        p1, p2 = rng.uniform(0.05, 0.95, (2, times))
        k1, k2 = rng.binomial(n1, p1), rng.binomial(n2, p2)
        yield f"difference, {words}", newcombe(k1, n1, k2, n2), p1 - p2
        yield f"ratio, {words}", proportion_ratio(k1, n1, k2, n2), p1 / p2


@family(*SIZES)
def largest_gaps(rng: Rng, n: int, times: int) -> Found:
    """The furthest two of three groups, one of them of 12, whose rates are equal in half of the simulations."""
    sizes = np.array([12, (n - 12) // 2, n - 12 - (n - 12) // 2])
    apart = np.where(rng.random((times, 1)) < 0.5, 0.0, rng.uniform(-0.09, 0.09, (times, 3)))
    shares = rng.uniform(0.1, 0.9, (times, 1)) + apart
    for hits, share in zip(rng.binomial(sizes, shares), shares, strict=True):
        yield "largest difference", worst_difference([pair_differences(hits, sizes)]), np.ptp(share)
        yield "largest ratio", worst_ratio([pair_ratios(hits, sizes)]), share.max() / share.min()
        yield (
            "smoothed differential fairness",
            smoothed_edf(hits, sizes),
            max(np.ptp(np.log([share, 1 - share]), axis=1)),
        )


@family(*SIZES)
def confusion(rng: Rng, n: int, times: int) -> Found:
    """Metrics of a confusion matrix of two classes, and of three."""
    two = {
        "balanced accuracy": classification.balanced_accuracy,
        "F1": classification.f1,
        "Matthews correlation": classification.matthews,
        "Cohen's kappa": classification.cohen_kappa,
    }
    three = {
        "macro precision": classification.macro_precision,
        "macro recall": classification.macro_recall,
        "macro F1": classification.macro_f1,
        "weighted precision": classification.weighted_precision,
        "weighted F1": classification.weighted_f1,
    }
    for k, metrics in ((2, two), (3, three)):
        for chance in rng.dirichlet((np.eye(k) * 4 + 1).ravel(), times).reshape(times, k, k):
            matrix = rng.multinomial(n, chance.ravel()).reshape(k, k)
            drawn = cell_chances(matrix, 400, rng)
            for name, metric in metrics.items():
                yield name, chance_interval(matrix, drawn, metric), float(metric(chance[None])[0])
            own, every = classification.class_f1(matrix), classification.class_f1(drawn)
            yield f"F1 of one of {k}", drawn_interval(float(own[0]), every[:, 0]), classification.class_f1(chance)[0]


def _scored(rng: Rng) -> tuple[Any, ...]:
    y = rng.random(POPULATION) < rng.uniform(0.2, 0.6)
    score = rng.normal(size=POPULATION) + rng.uniform(0.3, 2) * y
    other = 0.7 * score + 0.5 * rng.normal(size=POPULATION)
    return y, score, other, influence.average_precision(y, score).value, influence.average_precision(y, other).value


@family(*SIZES)
def areas(rng: Rng, n: int, times: int) -> Found:
    """ROC and precision-recall areas, one by one and two models on the same rows."""
    for (y, score, other, first, second), rows in _populations(_scored, rng, n, times):
        a, b, c = y[rows], score[rows], other[rows]
        yield "PR AUC", influence.share_interval(influence.average_precision(a, b), int(a.sum())), first
        found = influence.compare(influence.average_precision(a, b), influence.average_precision(a, c))
        yield "PR AUC difference, same rows", found.difference, first - second
    for _ in range(times):
        shift, less, y = rng.uniform(0.2, 2), rng.uniform(0, 1), rng.random(n) < rng.uniform(0.2, 0.8)
        truth, weaker = norm.cdf(shift / np.sqrt(2)), norm.cdf(shift / np.sqrt(2 + 2 * less**2))
        score = rng.normal(size=n) + shift * y
        noisy = score + less * rng.normal(size=n)
        yield "ROC AUC", auc_interval(y, score), truth
        yield "ROC AUC difference, same rows", paired.delong(y, score, noisy).difference, truth - weaker
        half = n // 2
        apart = auc_difference(y[:half], score[:half], y[half:], noisy[half:])
        yield "ROC AUC difference, other rows", apart, truth - weaker


@family(*SIZES)
def low_false_alarms(rng: Rng, n: int, times: int) -> Found:
    """The share of positives caught at one false alarm in ten."""
    for _ in range(times):
        shift, y = rng.uniform(0, 2.5), rng.random(n) < rng.uniform(0.3, 0.7)
        found = tpr_at_fpr(y, rng.normal(size=n) + shift * y, 0.1, rng, draws=500)
        yield "TPR at FPR 0.1", found, norm.sf(norm.isf(0.1) - shift)


def _three_classes(rng: Rng) -> tuple[Any, ...]:
    y = rng.choice(3, POPULATION, p=rng.dirichlet([6, 6, 6]))
    proba = rng.dirichlet([2, 2, 2], POPULATION) + np.eye(3)[y] * rng.uniform(0.1, 0.8)
    proba /= proba.sum(axis=1, keepdims=True)
    log, square = classification.multiclass_log_losses(y, proba), classification.multiclass_brier_scores(y, proba)
    return y, proba, influence.macro_roc_auc(y, proba).value, log, square


@family(*SIZES)
def probabilities(rng: Rng, n: int, times: int) -> Found:
    """Log loss, Brier score and the macro area, for two and three classes."""

    def binary(rng: Rng) -> tuple[Any, ...]:
        p = rng.uniform(0.03, 0.97, POPULATION)
        said = expit(rng.uniform(0.7, 1.5) * logit(p))
        y = rng.random(POPULATION) < p
        return classification.log_losses(y, said), classification.brier_scores(y, said)

    for population, rows in _populations(binary, rng, n, times):
        for name, losses in zip(("log loss", "Brier score"), population, strict=True):
            yield name, mean_interval(losses[rows]), losses.mean()
    for (y, proba, area, log, square), rows in _populations(_three_classes, rng, n, times):
        found = influence.macro_roc_auc(y[rows], proba[rows])
        yield "macro ROC AUC", influence.share_interval(found, int(np.bincount(y[rows], minlength=3).min())), area
        yield "log loss, three classes", mean_interval(log[rows]), log.mean()
        yield "Brier score, three classes", mean_interval(square[rows]), square.mean()


@family(*SIZES)
def calibration_error(rng: Rng, n: int, times: int) -> Found:
    """The debiased calibration error, of probabilities that are right in a quarter of the simulations."""
    for number in range(times):
        off = rng.uniform(-0.15, 0.15) if number % 4 else 0.0
        probability = rng.uniform(0.2, 0.8, n)
        y = rng.random(n) < probability + off
        bins = reliability_bins(y, probability, min(15, n // 20))
        yield "calibration error", ece_interval(bins, rng, draws=100), abs(off)


@family(12, *SIZES)
def numbers(rng: Rng, n: int, times: int) -> Found:
    """Errors of predicted numbers: their mean and size, of three laws."""
    for law, mae, rmse, middle in (
        ("normal", np.sqrt(2 / np.pi), 1.0, norm.ppf(0.75)),
        ("laplace", 1.0, np.sqrt(2), np.log(2)),
        ("uniform", 0.5, 1 / np.sqrt(3), 0.5),
    ):
        drawn = rng.uniform(-1, 1, (times, n)) if law == "uniform" else getattr(rng, law)(size=(times, n))
        means = group_means(drawn.ravel(), np.repeat(np.arange(times), n), times).intervals()
        yield f"mean error, {law}", means, np.zeros(times)
        truth = np.exp(rng.normal(size=n))
        for row in drawn:
            yield f"MAE, {law}", errors_of.mae_interval(truth, truth + row), mae
            yield f"RMSE, {law}", errors_of.rmse_interval(truth, truth + row), rmse
            yield f"median absolute error, {law}", errors_of.median_ae_interval(truth, truth + row), middle
            if n > SIZES[1]:
                continue  # means of sizes, as the first
            yield f"MAPE, {law}", errors_of.mape_interval(truth, truth * (1 + row)), mae
            losses = errors_of.pinball_losses(truth, truth + row, 0.5)
            yield f"pinball loss, {law}", skewed_mean_interval(losses), mae / 2


@family(*SIZES)
def explained(rng: Rng, n: int, times: int) -> Found:
    """R2, and two models' differences on the same rows."""
    for _ in range(times):
        spread, more = rng.uniform(0.3, 1.5, 2)
        said = rng.normal(size=n)
        noise = spread * rng.normal(size=n)
        worse = said + more * rng.normal(size=n)
        y = said + noise
        r2 = 1 - spread**2 / (1 + spread**2)
        yield "R2", errors_of.r2_interval(y, said), r2
        second = 1 - (spread**2 + more**2) / (1 + spread**2)
        yield "R2 difference", influence.compare(influence.r2(y, said), influence.r2(y, worse)).difference, r2 - second
        roots = influence.compare(influence.rmse(y, said), influence.rmse(y, worse)).difference
        yield "RMSE difference", roots, spread - np.hypot(spread, more)
        sizes = influence.compare(influence.mean(np.abs(y - said)), influence.mean(np.abs(y - worse))).difference
        yield "MAE difference", sizes, np.sqrt(2 / np.pi) * (spread - np.hypot(spread, more))


@family(*SIZES)
def decisions_of_two(rng: Rng, n: int, times: int) -> Found:
    """Two models' decisions on the same rows: accuracy, balanced accuracy, F1."""
    f1 = classification.f1
    for chance in rng.dirichlet(np.ones(8), times):
        y, first, second = np.unravel_index(rng.choice(8, n, p=chance), (2, 2, 2))
        table = chance.reshape(2, 2, 2)
        one, two = table.sum(axis=2), table.sum(axis=1)
        found = paired.mcnemar(y == first, y == second).difference
        yield "accuracy difference, same rows", found, np.trace(one) - np.trace(two)
        balanced = [classification.balanced_accuracy(side[None])[0] for side in (one, two)]
        pulls = (influence.balanced_accuracy(y, said, 2) for said in (first, second))
        yield "balanced accuracy difference", influence.compare(*pulls).difference, balanced[0] - balanced[1]
        drawn = paired.paired_bootstrap(y, first, second, 2, f1, 300, rng).difference
        yield "F1 difference by bootstrap", drawn, f1(one[None])[0] - f1(two[None])[0]


@family(*SIZES)
def group_means_apart(rng: Rng, n: int, times: int) -> Found:
    """Means of groups that spread differently."""
    for words, n1, n2 in _two_sizes(n):
        code = np.repeat([0, 1], [n1, n2])
        for _ in range(times):
            pairs = mean_differences(group_means(rng.normal(2.0 * code, 1.0 + code), code, 2))
            yield f"mean difference, {words}", pairs, 2.0


@family(*SIZES)
def bootstraps(rng: Rng, n: int, times: int) -> Found:
    """Percentile ends: of counts, and of groups whose sizes are given."""
    chance = rng.dirichlet([3, 3, 3, 3], times)
    for cells, share in zip(rng.multinomial(n, chance), chance, strict=True):
        truth = share[counts.TN] + share[counts.TP]
        ends = percentile_ends(counts.accuracy(draw_cells(cells, 300, rng)), 0.95)
        yield "accuracy by bootstrap", ends, truth
        found = multinomial_bootstrap(cells, counts.fpr, 300, rng)
        yield "FPR by bootstrap", found, share[counts.FP] / (share[counts.FP] + share[counts.TN])


@family(50)
def aif360(rng: Rng, n: int, times: int) -> Found:
    """Every metric of AIF360: a group of 12 against the rest; half of the pairs have equal chances."""
    each = 20
    for number in range(times // each):
        one, two = rng.dirichlet([2, 2, 2, 2], 2)
        two = one if number % 2 else two
        many = [np.round(side * size * MANY / n).astype(np.int64) for side, size in ((one, 12), (two, n - 12))]
        truth = {metric.name: metric.found.value for metric in aif360_metrics(*many)}
        for _ in range(each):
            for metric in aif360_metrics(rng.multinomial(12, one), rng.multinomial(n - 12, two)):
                yield f"{metric.name} ({metric.width})", metric.found, truth[metric.name]


@family(12, *SIZES)
def inequality(rng: Rng, n: int, times: int) -> Found:
    """Generalized entropy (alpha 2) and Theil's index (1), over all rows and between a group of 12 and the rest."""
    chance = rng.dirichlet([2, 2, 2, 2], times)
    groups = np.stack([chance, np.roll(chance, 1, axis=0)], axis=1)
    sizes = np.array([12, n - 12])
    for alpha, name in ((1, "Theil index"), (2, "generalized entropy")):
        for row, cells in zip(chance, rng.multinomial(n, chance), strict=True):
            yield name, entropy_index(cells, alpha), _entropy(BENEFIT, row, alpha)
        if n == 12:
            continue
        drawn = np.stack([rng.multinomial(size, groups[:, side]) for side, size in enumerate(sizes)], axis=1)
        for row, cells in zip(groups, drawn, strict=True):
            yield f"{name} between groups", between_index(cells, alpha), _entropy(row @ BENEFIT, sizes / n, alpha)


def _entropy(benefit: Any, weight: Any, alpha: int) -> float:
    """Return the index of benefits with these chances, by its definition (Speicher et al. 2018)."""
    ratio = benefit / (weight @ benefit)
    return float(weight @ xlogy(ratio, ratio)) if alpha == 1 else float(weight @ (ratio**2 - 1) / 2)


@family(*SIZES)
def rankings(rng: Rng, n: int, times: int) -> Found:
    """Means over n queries, and exposure of a group; the truth is that of 20,000 queries."""
    query = np.repeat(np.arange(POPULATION), 6)
    score = rng.normal(size=query.size)
    relevant = rng.random(query.size) < expit(score - 1)
    rows = ranking.ranked(relevant, score, query)
    each = {
        "NDCG": ranking.ndcg(rows),
        "average precision of queries": ranking.average_precision(rows),
        "reciprocal rank": ranking.reciprocal_rank(rows),
        "precision at 3": ranking.precision(rows, 3),
    }
    for name, values in each.items():
        known = values[~np.isnan(values)]
        for sample in known[rng.integers(0, known.size, (times, n))]:
            yield name, mean_interval(sample), known.mean()
    member = rng.random(query.size) < 0.4
    marks = score + 0.3 * member
    truth = exposure.exposure_ratio(member, marks, query).value
    at_three = exposure.top_ratio(member, marks, query, 3).value
    for _ in range(times):
        chosen = (rng.integers(0, POPULATION, n)[:, None] * 6 + np.arange(6)).ravel()
        code = np.repeat(np.arange(n), 6)
        yield "exposure ratio", exposure.exposure_ratio(member[chosen], marks[chosen], code), truth
        yield "first three places, ratio", exposure.top_ratio(member[chosen], marks[chosen], code, 3), at_three


@family(*SIZES)
def selective(rng: Rng, n: int, times: int) -> Found:
    """Risk of the surer half, and what conformal sets cover of rows unseen, given their own calibration."""
    sure = np.sort(rng.random((times, n)), axis=1)[:, n // 2 :]
    cut = sure[:, 0]
    wrong = (rng.random(sure.shape) < 0.5 - 0.4 * sure)[:, 1:]
    # beyond the cut confidence is uniform: its mean error is that at the middle
    yield "selective risk", wilson(wrong.sum(axis=1), wrong.shape[1]), 0.5 - 0.4 * (1 + cut) / 2
    for _ in range(times):
        limit = conformal.conformal_quantile(rng.random(max(n // 2, 30)), 0.1)
        yield "conformal coverage", wilson(int((rng.random(n) <= limit).sum()), n).at(()), min(limit, 1.0)


@family(*SIZES)
def others(rng: Rng, n: int, times: int) -> Found:
    """Quantiles of latencies, churn between trainings, systematic error, distance of two samples."""
    for _ in range(times):
        waits = rng.lognormal(size=n)
        yield "median wait", quantile.quantile_interval(waits, 0.5), 1.0
        yield "90th percentile", quantile.quantile_interval(waits, 0.9), np.exp(norm.ppf(0.9))
        said = rng.normal(size=n)
        off = rng.uniform(0, 0.4)
        found = systematic_error(bands(said - off + rng.normal(size=n), said, max(min(10, n // 20), 1)))
        yield "systematic error", found, off
    for _ in range(times):
        shift = rng.uniform(0.3, 1)
        first, second = rng.normal(size=n), rng.normal(size=n) + shift
        if n <= SIZES[1]:
            yield "Wasserstein distance", wasserstein_interval(first, second, rng, draws=100), shift
    for _ in range(times):
        p = rng.uniform(0.05, 0.5, n)  # of mean 0.275 and mean square 0.0925
        yield "churn of 8 trainings", churn((rng.random((8, n)) < p).astype(int)), 2 * (0.275 - 0.0925)


@family(50)
def fairlearn(rng: Rng, n: int, times: int) -> Found:
    """Fairlearn's metrics, which are picked from all pairs of three groups, one of 12."""
    each = 20
    sizes = np.array([12, 19, 19])
    for _ in range(times // each):
        chance = rng.dirichlet([2, 2, 2, 2], 3)
        many = np.round(chance * 1e6).astype(np.int64)
        truth = {metric.name: metric.found.value for metric in fairlearn_metrics(many)}
        for _ in range(each):
            cells = np.stack([rng.multinomial(size, row) for size, row in zip(sizes, chance, strict=True)])
            for metric in fairlearn_metrics(cells):
                yield f"{metric.name} ({metric.width})", metric.found, truth[metric.name]


@family(*SIZES)
def decision_costs(rng: Rng, n: int, times: int) -> Found:
    """What calling at a probability is worth, and what another cut saves."""
    for _ in range(times):
        p = rng.beta(2, 3, n)
        y = rng.random(n) < p
        for cut in (0.1, 0.3):
            found = net_benefit(y, p, [cut])
            tail = beta.sf(cut, 2, 3)
            hits = 0.4 * beta.sf(cut, 3, 3)
            yield f"net benefit at {cut}", (found.lo[0], found.hi[0]), hits - (tail - hits) * cut / (1 - cut)
        costs = [np.where(y, 5.0 * (p < cut), 1.0 * (p >= cut)) for cut in (0.5, 0.2)]
        spent = [5 * 0.4 * beta.cdf(cut, 3, 3) + 0.6 * beta.sf(cut, 2, 4) for cut in (0.5, 0.2)]
        yield "share of the costs saved", saved_share(*costs), 1 - spent[1] / spent[0]


@family(*SIZES)
def membership(rng: Rng, n: int, times: int) -> Found:
    """What an attack catches of members at few false alarms, its area and the privacy loss that it refutes."""
    inside = np.repeat([True, False], [n // 2, n - n // 2])
    for _ in range(times):
        shift = rng.uniform(0, 1)
        score = rng.normal(size=n) + shift * inside
        yield "area of an attack", auc_interval(inside, score), norm.cdf(shift / np.sqrt(2))
        if n >= SIZES[1]:  # the check asks for as many strangers as one false alarm needs
            found = tpr_at_fpr(inside, score, 0.01, rng, draws=500)
            yield "TPR at FPR 0.01", found, norm.sf(norm.isf(0.01) - shift)
        if n >= SIZES[2]:
            found = tpr_at_fpr(inside, score, 0.001, rng, draws=500)
            yield "TPR at FPR 0.001", found, norm.sf(norm.isf(0.001) - shift)
        loss = privacy_loss(inside, score, rng)
        assert loss is not None
        right, wrong = norm.sf(loss.cut - shift), norm.sf(loss.cut)
        truth = right / wrong if loss.members else (1 - wrong) / (1 - right)
        yield "epsilon refuted (one-sided)", (loss.epsilon, np.inf), max(np.log(truth), 0.0)


@family(*SIZES[1:])
def label_noise(rng: Rng, n: int, times: int) -> Found:
    """The share of labels that are wrong."""
    for _ in range(times):
        steep, wrong = rng.uniform(2, 5), rng.uniform(0, 0.15)
        p = expit(steep * rng.normal(size=n))
        y = (rng.random(n) < p) ^ (rng.random(n) < wrong)
        yield "wrong labels", noise_share(y.astype(int), np.c_[1 - p, p]), wrong


@family(*SIZES)
def two_numbers(rng: Rng, n: int, times: int) -> Found:
    """The gap of training and test rows (square-and-add), and one input's share of all importance."""
    names = classification.balanced_accuracy
    for _ in range(times):
        found = []
        for _ in range(2):
            chance = rng.dirichlet([4, 1, 1, 4]).reshape(2, 2)
            matrix = rng.multinomial(n, chance.ravel()).reshape(2, 2)
            found.append(
                (chance_interval(matrix, cell_chances(matrix, 400, rng), names), float(names(chance[None])[0]))
            )
        (one, first), (two, second) = found
        yield "balanced accuracy difference, other rows", difference(one, two), first - second
        if n > SIZES[1]:
            continue  # no check explains more rows
        size = rng.dirichlet(np.ones(5) * 2)
        strength = rng.exponential(size, (n, 5))
        share = shares(strength, rng, 0.95)
        yield "share of the importance", (share.lo[0], share.hi[0]), size[0]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=SIMULATIONS)
    parser.add_argument("--only", nargs="*", default=list(FAMILIES))
    chosen = parser.parse_args()
    write = sys.stdout.write
    write(f"{'kind':<46}{'n':>6}{'covered':>9}{'exist':>7}{'width':>9}\n")
    for name in chosen.only:
        clock = time.process_time()
        for n in FAMILIES[name][1]:
            for kind, share in measure(name, n, chosen.simulations).items():
                write(f"{kind:<46}{n:>6}{share.covered:>9.3f}{share.known:>7.3f}{share.width:>9.3g}\n")
        write(f"  {name}: {time.process_time() - clock:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
