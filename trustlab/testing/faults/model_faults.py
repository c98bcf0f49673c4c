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


def _worse_than_linear(case: Case, _rng: Rng) -> Case:
    return replace(case, fit=trees(LENDER, max_depth=2)).refit()


def _blind_to(case: Case, _rng: Rng) -> Case:
    """Train with a column of zeros in place of a feature that matters, as after a broken join."""
    seen = case.train.assign(debt=0.0)
    return replace(case, model=case.fit(seen), train=case.train)


def _hangs_on_one(case: Case, _rng: Rng) -> Case:
    def decided(odds: Any, rows: Any) -> Any:
        return 0.05 * odds + (rows["income"].to_numpy() - 50) / 5

    return reworked(case, decided)


def _at_random(case: Case, rng: Rng) -> Case:
    return reworked(case, lambda odds, _: odds + rng.normal(0, 0.5, len(odds)))


def _slow(case: Case, _rng: Rng) -> Case:
    import time

    def waited(odds: Any, _rows: Any) -> Any:
        time.sleep(0.15)
        return odds

    return reworked(case, waited)


def _sure_where_wrong(case: Case, _rng: Rng) -> Case:
    import numpy as np

    return reworked(case, lambda odds, _: np.sign(odds) * (0.1 + 4 / (1 + np.abs(odds))))


def _badly_cut(case: Case, _rng: Rng) -> Case:
    return reworked(case, lambda odds, _: odds - 1.2)


def _lost_class(case: Case, _rng: Rng) -> Case:
    import numpy as np

    filed = (case.train.y == "elm") & (np.arange(len(case.train)) % 50 > 0)
    return replace(case, model=case.fit(case.train.assign(y=case.train.y.mask(filed, "oak"))))


def _bent_truth(case: Case, _rng: Rng) -> Case:
    return case.both(lambda frame: frame.assign(y=frame.y + 0.08 * (frame["size"] - 80) ** 2))


def _against_expectation(case: Case, _rng: Rng) -> Case:
    import numpy as np

    return reworked(case, lambda odds, rows: odds - 1.5 * np.maximum(rows["income"].to_numpy() - 60, 0) / 5)


def _jumpy(case: Case, _rng: Rng) -> Case:
    import numpy as np

    def flips(odds: Any, rows: Any) -> Any:
        return np.where(np.floor(rows["debt"].to_numpy() * 2000) % 2 == 0, odds, -odds)

    return reworked(case, flips)


def _explains_noise(case: Case, rng: Rng) -> Case:
    """Train on labels and features that have nothing to do with each other: any order of them is chance.

    Many alike, and splits on features drawn at random: a few trees that happen to lean on one feature would do so for
    every sample of rows, and the explanation would be right to say it.
    """
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier

    names = [f"signal{place}" for place in range(60)]

    def drawn(frame: pd.DataFrame) -> pd.DataFrame:
        noise = pd.DataFrame(rng.normal(size=(len(frame), len(names))), columns=names, index=frame.index)
        return frame.join(noise)

    fit = tabular(tuple(names), lambda: RandomForestClassifier(50, max_features=1, random_state=0))
    return replace(case, fit=fit).both(drawn)


FAULTS = (
    Fault(
        name="explains_noise",
        says="a forest on features that have nothing to do with the label",
        twin="lender",
        check="explanation.stability",
        plant=_explains_noise,
    ),
    Fault(
        name="memorised_rows",
        says="a forest of trees grown to the end, row by row",
        twin="lender",
        check="privacy.memorised_rows",
        plant=_memorising,
        limits=Threshold(0.1, None, BENCH),
    ),
    Fault(
        name="worse_than_linear",
        says="a tree of two questions where a line would do",
        twin="lender",
        check="performance.baselines",
        plant=_worse_than_linear,
    ),
    Fault(
        name="lost_class",
        says="one species was filed under another in training",
        twin="plants",
        check="performance.class_errors",
        plant=_lost_class,
    ),
    Fault(
        name="bent_truth",
        says="rents rise with the square, the model is a line",
        twin="flats",
        check="performance.residuals",
        plant=_bent_truth,
    ),
    Fault(
        name="badly_cut",
        says="log-odds shifted, so the cut is in the wrong place",
        twin="lender",
        check="performance.decision_threshold",
        plant=_badly_cut,
    ),
    Fault(
        name="blind_to_a_feature",
        says="a feature that matters was zero in training",
        twin="lender",
        check="explanation.unused_features",
        plant=_blind_to,
        parameters={"expected": ["debt"]},
    ),
    Fault(
        name="hangs_on_one_feature",
        says="one feature decides nearly alone",
        twin="lender",
        check="explanation.feature_importance",
        plant=_hangs_on_one,
        limits=Threshold(0.7, None, BENCH),
    ),
    Fault(
        name="answers_at_random",
        says="noise is added to each answer",
        twin="lender",
        check="reliability.determinism",
        plant=_at_random,
    ),
    Fault(
        name="slow",
        says="each call waits for 150 ms",
        twin="lender",
        check="reliability.latency",
        plant=_slow,
        parameters={"budget": 0.5},
        limits=Threshold(0.12, None, BENCH),
    ),
    Fault(
        name="sure_where_wrong",
        says="the surer the model says it is, the less it was",
        twin="lender",
        check="reliability.selective",
        plant=_sure_where_wrong,
    ),
    Fault(
        name="against_expectation",
        says="above some income the score falls",
        twin="lender",
        check="robustness.expectations",
        plant=_against_expectation,
        parameters={"expect": {"income": "+"}, "max_rows": 100},
    ),
    Fault(
        name="jumpy",
        says="the answer turns with every fourth decimal of one feature",
        twin="lender",
        check="robustness.small_changes",
        plant=_jumpy,
    ),
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
