"""Models that mitigation makes: a vote of members, and thresholds by group. Plain objects, stored like estimators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray


class Vote:
    """A weighted vote of fitted estimators that say 0 or 1.

    Parameters
    ----------
    members : sequence
        Fitted estimators of the codes 0 and 1.
    weights : sequence of float
        Not negative, summing to 1.
    classes : sequence
        The labels of 0 and 1.
    features : sequence of str
        The inputs.
    """

    def __init__(
        self, members: Sequence[Any], weights: Sequence[float], classes: Sequence[Any], features: Sequence[str]
    ):
        import numpy as np

        self.members, self.weights = list(members), [float(weight) for weight in weights]
        self.classes_, self.feature_names_in_ = np.asarray(classes), np.asarray(features, dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - scikit-learn's form
        """Return what it was made of."""
        return {"members": self.members, "weights": self.weights}

    def predict_proba(self, X: pd.DataFrame) -> NDArray[Any]:
        """Return the members' mean probabilities; their votes where one has no probabilities or there are several."""
        import numpy as np

        rows = X[list(self.feature_names_in_)]
        alone = len(self.members) == 1 and hasattr(self.members[0], "predict_proba")
        if alone and len(self.members[0].classes_) == 2:
            positive = self.members[0].predict_proba(rows)[:, 1]
        else:
            votes = [np.asarray(member.predict(rows), np.float64) for member in self.members]
            positive = np.clip(np.average(votes, axis=0, weights=self.weights), 0, 1)
        return np.column_stack([1 - positive, positive])

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        """Return the label that most of the weight votes for."""
        import numpy as np

        rows = X[list(self.feature_names_in_)]
        votes = [np.asarray(member.predict(rows), np.float64) for member in self.members]
        labels: NDArray[Any] = self.classes_[(np.average(votes, axis=0, weights=self.weights) >= 0.5).astype(int)]
        return labels


class GroupThresholds:
    """A model's probabilities, decided by a rule of each group.

    Parameters
    ----------
    model : Predictor
        Whose probabilities are taken.
    classes : sequence
        The labels, the positive one last.
    column : str
        The sensitive attribute; the model asks for it beside its own inputs.
    groups : mapping
        The group of each value of the column. A value that is not in it is decided by the model's own rule.
    rules : mapping of str to sequence
        Of each group, ``(chance, operator, threshold)``: the rules that fairlearn mixes, and with which chance.
    constants : mapping of str to pair of float
        Of each group, the chance that the rules are ignored, and the chance of a positive then.
    """

    def __init__(
        self,
        model: Any,
        classes: Sequence[Any],
        column: str,
        groups: Mapping[Any, str],
        rules: Mapping[str, Sequence[tuple[float, str, float]]],
        constants: Mapping[str, tuple[float, float]],
    ):
        import numpy as np

        self.model, self.column, self.groups = model, column, dict(groups)
        self.rules, self.constants = dict(rules), dict(constants)
        self.classes_ = np.asarray(classes)
        own = [name for name in model.features if name != column]
        self.feature_names_in_ = np.asarray([*own, column], dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - scikit-learn's form
        """Return what it was made of."""
        return {"model": self.model, "column": self.column, "rules": self.rules}

    def predict_proba(self, X: pd.DataFrame) -> NDArray[Any]:
        """Return the chance of a positive decision, which is 0 or 1 but where rules are mixed."""
        import numpy as np

        place = list(self.model.classes).index(self.classes_.tolist()[1])
        score = np.asarray(self.model.predict_proba(X), np.float64)[:, place]
        group = X[self.column].map(lambda value: self.groups.get(_plain(value))).to_numpy(dtype=object)
        positive = (score >= 0.5).astype(np.float64)
        for name, mixed in self.rules.items():
            own = group == name
            chance = sum(
                share * (score[own] > limit if operator == ">" else score[own] < limit)
                for share, operator, limit in mixed
            )
            ignored, constant = self.constants[name]
            positive[own] = ignored * constant + (1 - ignored) * chance
        positive = np.clip(positive, 0, 1)
        return np.column_stack([1 - positive, positive])

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        """Return the likelier decision: nobody's is drawn by lot."""
        import numpy as np

        labels: NDArray[Any] = self.classes_[(self.predict_proba(X)[:, 1] >= 0.5).astype(int)]
        return np.asarray(labels)


def _plain(value: Any) -> Any:
    """Return a cell as Python's own value; every missing one as None."""
    if value is None or value != value or str(value) == "<NA>":
        return None
    return value.item() if hasattr(value, "item") else value


def group_of_values(values: Any, groups: Any) -> dict[Any, str]:
    """Return the group of each distinct value of a column, from rows of both."""
    import pandas as pd

    pairs = pd.DataFrame({"value": pd.Series(values).to_numpy(dtype=object), "group": groups}).drop_duplicates()
    return {_plain(value): str(group) for value, group in pairs.itertuples(index=False)}
