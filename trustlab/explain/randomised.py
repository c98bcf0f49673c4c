"""A model that knows nothing: its parameters drawn anew, or learned from shuffled labels (Adebayo et al. 2018)."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from trustlab.models.predictor import Predictor
    from trustlab.models.sklearn_model import EstimatorEngine
    from trustlab.models.subject import Subject

MOST_ROWS, FEWEST_ROWS = 2000, 20


def random_subject(subject: Subject, rng: np.random.Generator) -> tuple[Subject, str] | str:
    """Return the subject with a model that knows nothing in the place of its own, and how it was made; or why not.

    A torch module's copy starts afresh; a scikit-learn estimator's clone learns shuffled labels of up to 2,000 rows.
    """
    predictor = subject.predictor
    assert predictor is not None
    if predictor.kind == "torch":
        from trustlab.explain._network import random_twin

        twin = random_twin(predictor.engine, int(rng.integers(2**31)))  # type: ignore[arg-type]
        made = replace(predictor, engine=twin, native=twin.module)
        return replace(subject, predictor=made, memory={}), "its parameters drawn anew"
    if predictor.kind != "sklearn" or not hasattr(predictor.native, "fit"):
        return (
            f"a model of kind {predictor.kind} can be asked but not made anew: neither its parameters can be drawn nor "
            "can it learn shuffled labels"
        )
    return _shuffled(subject, predictor, rng)


def _shuffled(subject: Subject, predictor: Predictor, rng: np.random.Generator) -> tuple[Subject, str] | str:
    from trustlab.stats.sampling import subsample

    known = subject.train if subject.train is not None and subject.train.y is not None else subject
    if known.y is None:
        return "learning shuffled labels needs a target"
    if known.n < FEWEST_ROWS:
        return f"learning shuffled labels needs {FEWEST_ROWS} rows; there are {known.n}"
    rows = subsample(known.n, MOST_ROWS, rng)
    labels = rng.permutation(known.y[rows])
    if subject.classes and len(set(labels.tolist())) < len(subject.classes):
        return "the rows do not hold every class, so shuffled labels cannot teach the model all of them"
    named = [subject.classes[code] for code in labels.tolist()] if subject.classes else labels
    fitted = _fitted(predictor, known.X.iloc[rows], named)
    if isinstance(fitted, str):
        return fitted
    engine: EstimatorEngine = replace(predictor.engine, native=fitted)  # type: ignore[type-var, assignment]
    made = replace(predictor, engine=engine, native=fitted)
    return replace(subject, predictor=made, memory={}), f"the same kind taught shuffled labels of {len(rows):,} rows"


def _fitted(predictor: Predictor, X: Any, labels: Any) -> Any:
    """Return a clone that learned the labels, or why it could not."""
    from sklearn.base import clone

    by_name = getattr(predictor.engine, "by_name", True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it does not converge on noise is the point
            return clone(predictor.native).fit(X if by_name else X.to_numpy(), labels)
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        return f"the model could not learn shuffled labels: {error}"
