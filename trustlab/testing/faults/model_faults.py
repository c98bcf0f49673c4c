"""Faults of the model: what it learned, or what was done to its answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Threshold
from trustlab.testing.faults.fault import BENCH, Case, Fault
from trustlab.testing.faults.twins import FLAT, LENDER, PLANT, tabular

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Rng = np.random.Generator


class Reworked:
    """A classifier whose probabilities are another one's, reworked.

    Parameters
    ----------
    model : object
        A fitted binary classifier.
    rework : callable
        Takes the log-odds of shape (n,) and the rows, returns other log-odds.
    """

    def __init__(self, model: Any, rework: Callable[[Any, Any], Any]) -> None:
        self.model, self.rework = model, rework
        self.classes_, self.feature_names_in_ = model.classes_, model.feature_names_in_

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities after the rework."""
        import numpy as np

        one = self.model.predict_proba(X)[:, 1].clip(1e-9, 1 - 1e-9)
        p = 1 / (1 + np.exp(-np.asarray(self.rework(np.log(one / (1 - one)), X))))
        return np.column_stack([1 - p, p])

    def predict(self, X: Any) -> Any:
        """Return the likelier class."""
        return self.classes_[(self.predict_proba(X)[:, 1] >= 0.5).astype(int)]


def reworked(case: Case, rework: Callable[[Any, Any], Any]) -> Case:
    """Return the case with the model's log-odds reworked."""
    return replace(case, model=Reworked(case.model, rework))


def trees(features: tuple[str, ...], **settings: Any) -> Callable[[Any], Any]:
    """Return a function that fits a decision tree, grown to the end where nothing is set."""
    from sklearn.tree import DecisionTreeClassifier

    return tabular(features, lambda: DecisionTreeClassifier(random_state=0, **settings))


def _overfit(case: Case, _rng: Rng) -> Case:
    return replace(case, fit=trees(LENDER)).refit()


def _overfit_numbers(case: Case, rng: Rng) -> Case:
    from sklearn.tree import DecisionTreeRegressor

    def noisy(frame: Any) -> Any:
        return frame.assign(y=frame.y + rng.normal(0, 300, len(frame)))

    return replace(case, fit=tabular(FLAT, lambda: DecisionTreeRegressor(random_state=0))).both(noisy)


def _memorising(case: Case, _rng: Rng) -> Case:
    from sklearn.ensemble import RandomForestClassifier

    return replace(
        case, fit=tabular(LENDER, lambda: RandomForestClassifier(20, random_state=0, min_samples_leaf=1))
    ).refit()


def _overconfident(case: Case, _rng: Rng) -> Case:
    return reworked(case, lambda odds, _: 2.5 * odds)


def _underconfident(case: Case, _rng: Rng) -> Case:
    return reworked(case, lambda odds, _: 0.5 * odds)


def _overconfident_many(case: Case, _rng: Rng) -> Case:
    from sklearn.naive_bayes import GaussianNB

    def twice(frame: Any) -> Any:
        return frame.assign(petal_mm=10 * frame.petal, sepal_mm=10 * frame.sepal, leaf_mm=10 * frame.leaf)

    features = (*PLANT, "petal_mm", "sepal_mm", "leaf_mm")
    return replace(case, fit=tabular(features, GaussianNB)).both(twice)


def _brittle(case: Case, _rng: Rng) -> Case:
    import numpy as np

    def saw(odds: Any, rows: Any) -> Any:
        # right on the rows as they are written, to two decimals; another answer between them
        between = np.abs(rows["income"].to_numpy() * 100 - np.round(rows["income"].to_numpy() * 100)) > 1e-6
        return np.where(between, -odds, odds)

    return reworked(case, saw)


FAULTS = (
    Fault(
        name="overfit",
        says="a tree grown to the end on noisy labels",
        twin="lender",
        check="performance.train_test_gap",
        plant=_overfit,
    ),
    Fault(
        name="overfit_numbers",
        says="a regression tree grown to the end on noisy rents",
        twin="flats",
        check="performance.train_test_gap",
        plant=_overfit_numbers,
    ),
    Fault(
        name="memorising",
        says="a forest of trees grown to the end",
        twin="lender",
        check="privacy.membership_inference",
        plant=_memorising,
    ),
    Fault(
        name="overconfident",
        says="log-odds times 2.5",
        twin="lender",
        check="reliability.calibration",
        plant=_overconfident,
    ),
    Fault(
        name="underconfident",
        says="log-odds halved",
        twin="lender",
        check="reliability.calibration",
        plant=_underconfident,
    ),
    Fault(
        name="overconfident_many",
        says="naive Bayes, with features written twice",
        twin="plants",
        check="reliability.calibration",
        plant=_overconfident_many,
    ),
    Fault(
        name="brittle",
        says="another answer wherever a third decimal is not zero",
        twin="lender",
        check="robustness.noise",
        plant=_brittle,
        limits=Threshold(0.03, None, BENCH),
    ),
)
