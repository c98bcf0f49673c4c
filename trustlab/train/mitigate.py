"""Fairer candidates for a model: reweighing, fairlearn's reductions, and thresholds by group."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.errors import InputError
from trustlab.models import Predictor, as_predictor
from trustlab.train.fit import seeded
from trustlab.train.mitigated import GroupThresholds, Vote, group_of_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

Goal = Literal["demographic_parity", "equalized_odds"]
Method = Literal["reweighing", "reduction", "grid", "threshold"]
METHODS: tuple[Method, ...] = ("reweighing", "reduction", "grid", "threshold")
LEAST_WEIGHT = 1e-3  # of a member of a mixture that is kept


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What candidates are fitted on.

    Parameters
    ----------
    frame : frame of shape (n, columns)
        All columns, the sensitive one among them.
    labels : ndarray of shape (n,)
        As they stand in the data.
    y : ndarray of int, shape (n,)
        1 for the positive class.
    column : str
        The sensitive attribute.
    groups : ndarray of str, shape (n,)
        Its groups.
    """

    frame: pd.DataFrame
    labels: NDArray[Any]
    y: NDArray[Any]
    column: str
    groups: NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One way to mitigate, fitted: which method, at which setting."""

    method: Method
    setting: str
    predictor: Predictor


def why_no_refit(model: Predictor) -> str | None:
    """Return why a model cannot be trained again with weights, or None where it can."""
    from sklearn.utils.validation import has_fit_parameter

    native = model.native
    if model.kind != "sklearn" or not hasattr(native, "fit") or not hasattr(native, "get_params"):
        return f"a model of kind {model.kind} cannot be trained again here: only scikit-learn estimators can"
    last = native.steps[-1][1] if hasattr(native, "steps") else native
    if not has_fit_parameter(last, "sample_weight"):
        return f"{type(last).__name__} takes no sample weights"
    return None


def why_no_threshold(model: Predictor) -> str | None:
    """Return why decisions cannot be made by group from the model's probabilities, or None where they can."""
    if not model.has_proba:
        return "the model gives no probabilities"
    return None if model.features else "the model does not say which columns it takes"


def reweighing(y: NDArray[Any], groups: NDArray[Any]) -> NDArray[Any]:
    """Return weights under which group and label are independent: P(group) P(label) / P(group, label).

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        0 or 1.
    groups : ndarray of label, shape (n,)

    References
    ----------
    Kamiran and Calders (2012). Data preprocessing techniques for classification without discrimination. KAIS 33.
    """
    import numpy as np

    from trustlab.stats.encode import encode

    labels, code = encode(groups)
    table = np.zeros((len(labels), 2))
    np.add.at(table, (code, y), 1)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / len(y)
    weights: NDArray[Any] = np.divide(expected, table, out=np.ones_like(table), where=table > 0)[code, y]
    return weights


def candidates(
    model: Predictor, rows: Rows, goal: Goal, method: Method, seed: int, positive: Any
) -> Iterator[Candidate]:
    """Yield the candidates of one method; the model itself is never touched, nor what the caller draws or is warned of.

    Parameters
    ----------
    positive : object
        The label of the positive class.

    Raises
    ------
    InputError
        Where the method cannot be fitted to these rows, as where a group has one label alone.
    """
    makers = {"reweighing": _reweighed, "reduction": _reduced, "grid": _grid, "threshold": _thresholds}
    made = makers[method](_Given(model, rows, goal, positive))
    with seeded(seed), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fairlearn's many fits, each may warn of its own convergence
        try:
            found = list(made)
        except ValueError as error:
            raise InputError(f"it cannot be fitted to these rows ({error})") from error
    yield from found  # outside: what is done with one must not run under this seed, nor without its warnings


@dataclass(frozen=True)
class _Given:
    """What each maker of candidates is given."""

    model: Predictor
    rows: Rows
    goal: Goal
    positive: Any

    @property
    def place(self) -> int:
        """Where the positive class stands among the model's."""
        from trustlab.models.labels import same_label

        return [same_label(label) for label in self.model.classes or ()].index(same_label(self.positive))

    @property
    def classes(self) -> list[Any]:
        """The labels of the codes 0 and 1."""
        ordered = list(self.model.classes or ())
        return ordered if self.place == 1 else ordered[::-1]

    @property
    def features(self) -> list[str]:
        """The model's inputs."""
        return list(self.model.features or map(str, self.rows.frame.columns))

    @property
    def inputs(self) -> pd.DataFrame:
        """The rows as the model takes them."""
        return self.rows.frame[self.features]


def _weight_name(native: Any) -> str:
    return f"{native.steps[-1][0]}__sample_weight" if hasattr(native, "steps") else "sample_weight"


def _reweighed(given: _Given) -> Iterator[Candidate]:
    from sklearn.base import clone

    model, full = given.model, reweighing(given.rows.y, given.rows.groups)
    for strength in (0.5, 1.0):
        fitted = clone(model.native)
        fitted.fit(given.inputs, given.rows.labels, **{_weight_name(fitted): 1 + strength * (full - 1)})
        told = as_predictor(fitted, task="binary", features=model.features, name=model.name)
        yield Candidate(method="reweighing", setting=f"strength {strength:g}", predictor=told)


class _ByNumber:
    """An estimator that is told row numbers: fairlearn then need not understand the columns."""

    def __init__(self, estimator: Any, X: pd.DataFrame, weight_name: str):
        self.estimator, self.X, self.weight_name = estimator, X, weight_name

    def __deepcopy__(self, memo: dict[int, Any]) -> _ByNumber:
        from sklearn.base import clone

        return _ByNumber(clone(self.estimator), self.X, self.weight_name)

    def fit(self, numbers: Any, y: Any, sample_weight: Any = None) -> _ByNumber:
        """Fit the estimator on the numbered rows."""
        extra = {} if sample_weight is None else {self.weight_name: sample_weight}
        self.estimator.fit(self._rows(numbers), y, **extra)
        return self

    def predict(self, numbers: Any) -> Any:
        """Return the estimator's predictions for the numbered rows."""
        return self.estimator.predict(self._rows(numbers))

    def _rows(self, numbers: Any) -> pd.DataFrame:
        import numpy as np

        return self.X.iloc[np.asarray(numbers).reshape(-1).astype(int)]


def _moment(goal: Goal, slack: float | None = None) -> Any:
    from fairlearn.reductions import DemographicParity, EqualizedOdds

    kind = DemographicParity if goal == "demographic_parity" else EqualizedOdds
    return kind() if slack is None else kind(difference_bound=slack)


def _numbered(given: _Given) -> tuple[_ByNumber, Any]:
    import numpy as np
    from sklearn.base import clone

    native = given.model.native
    return _ByNumber(clone(native), given.inputs, _weight_name(native)), np.arange(len(given.inputs))[:, None]


def _vote(given: _Given, members: Sequence[Any], weights: Sequence[float]) -> Predictor:
    bare = [getattr(member, "estimator", member) for member in members]
    native = Vote(bare, weights, given.classes, given.features)
    return as_predictor(native, task="binary", features=given.features, name=given.model.name)


def _reduced(given: _Given) -> Iterator[Candidate]:
    from fairlearn.reductions import ExponentiatedGradient

    for slack in (0.01, 0.05):
        base, numbers = _numbered(given)
        search = ExponentiatedGradient(base, _moment(given.goal, slack), eps=slack, max_iter=15)
        search.fit(numbers, given.rows.y, sensitive_features=given.rows.groups)
        weights = search.weights_.reindex(range(len(search.predictors_)), fill_value=0.0)
        kept = [place for place in range(len(search.predictors_)) if weights[place] > LEAST_WEIGHT]
        total = float(sum(weights[place] for place in kept))
        members, shares = [search.predictors_[place] for place in kept], [weights[place] / total for place in kept]
        yield Candidate(method="reduction", setting=f"slack {slack:g}", predictor=_vote(given, members, shares))


def _grid(given: _Given) -> Iterator[Candidate]:
    from fairlearn.reductions import GridSearch

    base, numbers = _numbered(given)
    search = GridSearch(base, _moment(given.goal), grid_size=9)
    search.fit(numbers, given.rows.y, sensitive_features=given.rows.groups)
    for place, member in enumerate(search.predictors_):
        yield Candidate(method="grid", setting=f"point {place + 1}", predictor=_vote(given, [member], [1.0]))


def _as_told() -> Any:
    """Return an estimator whose only column is the probability."""
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin

    class AsTold(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
        classes_ = np.array([0, 1])

        def fit(self, X: Any, y: Any) -> Any:  # noqa: ARG002 - scikit-learn's form
            return self

        def predict_proba(self, X: Any) -> Any:
            positive = np.asarray(X, np.float64).reshape(-1)
            return np.column_stack([1 - positive, positive])

        def __sklearn_is_fitted__(self) -> bool:
            return True

    return AsTold()


def _thresholds(given: _Given) -> Iterator[Candidate]:
    import numpy as np
    from fairlearn.postprocessing import ThresholdOptimizer

    rows, proba = given.rows, given.model.predict_proba(given.rows.frame)
    assert proba is not None
    score = np.asarray(proba, np.float64)[:, given.place]  # single precision would break fairlearn
    values = group_of_values(rows.frame[rows.column], rows.groups)
    for objective in ("accuracy_score", "balanced_accuracy_score"):
        search = ThresholdOptimizer(
            estimator=_as_told(),
            constraints=given.goal,
            objective=objective,
            prefit=True,
            predict_method="predict_proba",
        )
        search.fit(score[:, None], rows.y, sensitive_features=rows.groups)
        rules, ignored = _rules(search.interpolated_thresholder_.interpolation_dict)
        native = GroupThresholds(given.model, given.classes, rows.column, values, rules, ignored)
        told = as_predictor(native, task="binary", features=list(native.feature_names_in_), name=given.model.name)
        yield Candidate(method="threshold", setting=objective.removesuffix("_score"), predictor=told)


def _rules(
    found: Mapping[Any, Any],
) -> tuple[dict[str, list[tuple[float, str, float]]], dict[str, tuple[float, float]]]:
    """Return fairlearn's rules as plain data: of each group the mixed thresholds, and what is said instead of them."""
    rules = {
        str(group): [
            (float(mix[f"p{side}"]), str(mix[f"operation{side}"].operator), float(mix[f"operation{side}"].threshold))
            for side in (0, 1)
        ]
        for group, mix in found.items()
    }
    ignored = {
        str(group): (float(mix.get("p_ignore", 0.0)), float(mix.get("prediction_constant", 0.0)))
        for group, mix in found.items()
    }
    return rules, ignored
