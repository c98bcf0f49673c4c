"""The measures by which two models are compared on the same rows, and the paired test of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from trustlab.models.subject import Subject
    from trustlab.stats.influence import PairedTest, Pull

PAGE = 10  # how far down a ranking is looked at
DRAWS = 2000
FEWEST_DRAWS = 200
MOST_DRAWN = 5_000_000  # cells drawn in one bootstrap


class Answers(NamedTuple):
    """Truth and one model's answers on the same rows.

    Parameters
    ----------
    y, y_pred : ndarray of shape (n,)
        Class codes, or numbers for regression.
    proba : ndarray of shape (n, k) or None
        Probabilities, a column per class.
    n_classes : int
        0 for regression and ranking.
    query : ndarray of int, shape (n,), or None
        For ranking: which rows compete.
    """

    y: NDArray[Any]
    y_pred: NDArray[Any]
    proba: NDArray[np.float64] | None
    n_classes: int
    query: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number by which models are compared.

    Parameters
    ----------
    name : str
        As it is asked for: ``balanced_accuracy``.
    better : {'lower', 'higher'}
        Which way is better.
    method : str
        The paired test's name.
    pull : callable or None
        Returns the number of `Answers` with its pulls.
    cells : callable or None
        Where there are no pulls: the number as a function of confusion matrices.
    scores : bool
        Whether it needs probabilities.
    """

    name: str
    better: Literal["lower", "higher"]
    method: str
    pull: Callable[[Answers], Pull] | None = None
    cells: Callable[[Any], NDArray[np.float64]] | None = None
    scores: bool = False

    @property
    def words(self) -> str:
        """The name as a reader knows it."""
        known = {
            "roc_auc": "ROC AUC",
            "rmse": "RMSE",
            "mae": "MAE",
            "r2": "R2",
            "ndcg": "NDCG@10",
            "f1": "F1",
            "macro_f1": "macro F1",
        }
        return known.get(self.name, self.name.replace("_", " "))

    def value(self, answers: Answers) -> float:
        """Return the number."""
        import numpy as np

        from trustlab.stats.classification import confusion_matrix

        if self.pull is not None:
            return self.pull(answers).value
        assert self.cells is not None
        matrix = confusion_matrix(answers.y, answers.y_pred, answers.n_classes)
        return float(np.asarray(self.cells(matrix)))

    def compare(self, one: Answers, two: Answers, rng: np.random.Generator, level: float) -> PairedTest:
        """Return the first number minus the second with its interval and p-value: McNemar's exact for accuracy."""
        from trustlab.stats.influence import PairedTest, compare
        from trustlab.stats.paired import mcnemar, paired_bootstrap

        if self.name == "accuracy":
            found = mcnemar(one.y_pred == one.y, two.y_pred == two.y, level)
            return PairedTest(found.difference, found.p_value)
        if self.pull is not None:
            return compare(self.pull(one), self.pull(two), level)
        assert self.cells is not None
        draws = max(min(DRAWS, MOST_DRAWN // one.n_classes**2), FEWEST_DRAWS)
        return paired_bootstrap(one.y, one.y_pred, two.y_pred, one.n_classes, self.cells, draws, rng, level)


def answers_of(subject: Subject) -> Answers:
    """Return a subject's truth and answers."""
    assert subject.y is not None
    assert subject.y_pred is not None
    return Answers(subject.y, subject.y_pred, subject.proba, len(subject.classes), subject.query)


def measures_of(task: str, *, scores: bool) -> list[Measure]:
    """Return the measures of a task, the one that ranks first; none for a task without any."""
    found = {"binary": _binary, "multiclass": _multiclass, "regression": _regression, "ranking": _ranking}
    every = found[task]() if task in found else []
    return [measure for measure in every if scores or not measure.scores]


def _binary() -> list[Measure]:
    from trustlab.stats import classification, influence

    return [
        Measure(
            name="roc_auc",
            better="higher",
            method="DeLong",
            pull=lambda a: influence.roc_auc(a.y, _score(a)),
            scores=True,
        ),
        *_decisions(),
        Measure(name="f1", better="higher", method="paired bootstrap", cells=classification.f1),
        Measure(name="matthews", better="higher", method="paired bootstrap", cells=classification.matthews),
        Measure(
            name="average_precision",
            better="higher",
            method="infinitesimal jackknife",
            pull=lambda a: influence.average_precision(a.y, _score(a)),
            scores=True,
        ),
        Measure(
            name="log_loss",
            better="lower",
            method="paired z",
            pull=lambda a: influence.mean(classification.log_losses(a.y, _score(a))),
            scores=True,
        ),
        Measure(
            name="brier",
            better="lower",
            method="paired z",
            pull=lambda a: influence.mean(classification.brier_scores(a.y, _score(a))),
            scores=True,
        ),
    ]


def _multiclass() -> list[Measure]:
    from trustlab.stats import classification, influence

    return [
        *_decisions()[::-1],
        Measure(name="macro_f1", better="higher", method="paired bootstrap", cells=classification.macro_f1),
        Measure(name="matthews", better="higher", method="paired bootstrap", cells=classification.matthews),
        Measure(
            name="log_loss",
            better="lower",
            method="paired z",
            pull=lambda a: influence.mean(classification.multiclass_log_losses(a.y, _table(a))),
            scores=True,
        ),
        Measure(
            name="brier",
            better="lower",
            method="paired z",
            pull=lambda a: influence.mean(classification.multiclass_brier_scores(a.y, _table(a))),
            scores=True,
        ),
    ]


def _decisions() -> list[Measure]:
    from trustlab.stats import influence

    return [
        Measure(
            name="accuracy",
            better="higher",
            method="McNemar, exact",
            pull=lambda a: influence.mean(a.y_pred == a.y),
        ),
        Measure(
            name="balanced_accuracy",
            better="higher",
            method="infinitesimal jackknife",
            pull=lambda a: influence.balanced_accuracy(a.y, a.y_pred, a.n_classes),
        ),
    ]


def _regression() -> list[Measure]:
    import numpy as np

    from trustlab.stats import influence

    method = "infinitesimal jackknife"
    return [
        Measure(name="r2", better="higher", method=method, pull=lambda a: influence.r2(a.y, a.y_pred)),
        Measure(name="rmse", better="lower", method=method, pull=lambda a: influence.rmse(a.y, a.y_pred)),
        Measure(
            name="mae",
            better="lower",
            method="paired z",
            pull=lambda a: influence.mean(np.abs(a.y_pred - a.y)),
        ),
    ]


def _ranking() -> list[Measure]:
    from trustlab.stats import influence

    return [
        Measure(
            name="ndcg",
            better="higher",
            method="paired z over queries",
            pull=lambda a: influence.mean(_ndcg(a)),
        )
    ]


def _ndcg(answers: Answers) -> NDArray[np.float64]:
    """Return NDCG at 10 of each query in which the order matters: the same queries for every candidate."""
    from trustlab.stats import ranking

    assert answers.query is not None
    rows = ranking.ranked(answers.y, answers.y_pred, answers.query)
    found: NDArray[np.float64] = ranking.ndcg(rows, PAGE)[ranking.informative(rows)]
    return found


def _score(answers: Answers) -> NDArray[np.float64]:
    return _table(answers)[:, 1]


def _table(answers: Answers) -> NDArray[np.float64]:
    assert answers.proba is not None
    return answers.proba
