"""Train a model once more, as it was trained, on other rows or from another seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from trustlab.models import Predictor

SEED_PARAMETER = "random_state"


def why_no_refit(predictor: Predictor) -> str | None:
    """Return why a model cannot be trained again, or None where it can."""
    if _is_module(predictor.native) or _is_estimator(predictor.native):
        return None
    return f"needs a model that can be trained again (an estimator or a torch module); this one is {predictor.kind}"


def refit(predictor: Predictor, X: pd.DataFrame, labels: Any, seed: int) -> Predictor:
    """Return the model, trained anew; the one given is left as it is.

    An estimator is cloned with its settings, a module gets new first weights and the epochs that it had where its
    record says how many, and 60 at most where not. Every ``random_state`` becomes ``seed``.

    Parameters
    ----------
    predictor : Predictor
        One for which `why_no_refit` has no reason.
    X : frame
        Training rows.
    labels : array of shape (n,)
        As they stand in the data, not their codes.
    seed : int
        Fixes every draw.

    Raises
    ------
    InputError
        Where the model cannot be fitted on these rows.
    """
    from trustlab.train.fit import fit

    options: dict[str, Any] = {"task": predictor.task, "seed": seed, "name": predictor.name}
    if _is_module(predictor.native):
        shape = getattr(predictor.engine, "input_shape", None)
        epochs = predictor.record.get("epochs")
        known: dict[str, Any] = {"epochs": int(epochs)} if isinstance(epochs, int) and epochs > 0 else {}
        return fit(_renewed(predictor.native, seed), X, labels, **options, **known, input_shape=shape)
    return fit(_cloned(predictor.native, seed), X, labels, **options)


def coded_proba(predictor: Predictor, X: pd.DataFrame, classes: Sequence[Any]) -> np.ndarray:
    """Return probabilities of shape (n, k) in the order of ``classes``; 0 for a class that the model never saw."""
    import numpy as np

    from trustlab.models.labels import same_label

    proba = predictor.predict_proba(X)
    assert proba is not None
    own = {same_label(label): place for place, label in enumerate(predictor.classes or ())}
    columns = [own.get(same_label(label)) for label in classes]
    return np.column_stack([np.zeros(len(X)) if place is None else proba[:, place] for place in columns])


def coded_predictions(predictor: Predictor, X: pd.DataFrame, classes: Sequence[Any]) -> np.ndarray:
    """Return predictions as codes of ``classes``, or as numbers where there are none."""
    from trustlab.models.labels import encode

    return encode(predictor.predict(X), tuple(classes), "the retrained model's prediction")


def labels_of_codes(y: np.ndarray, classes: Sequence[Any]) -> Any:
    """Return the labels that codes stand for; numbers are themselves."""
    import numpy as np

    return np.asarray(list(classes))[y.astype(np.int64)] if classes else y


def _is_module(native: Any) -> bool:
    homes = {cls.__module__.split(".")[0] for cls in type(native).__mro__}
    return "torch" in homes and hasattr(native, "state_dict")


def _is_estimator(native: Any) -> bool:
    return hasattr(native, "get_params") and hasattr(native, "fit")


def _cloned(native: Any, seed: int) -> Any:
    from sklearn.base import clone

    fresh = clone(native)
    seeds = [name for name in fresh.get_params() if name.split("__")[-1] == SEED_PARAMETER]
    return fresh.set_params(**dict.fromkeys(seeds, seed))


def _renewed(module: Any, seed: int) -> Any:
    """Return a copy of a module with new first weights."""
    import copy

    import torch

    fresh = copy.deepcopy(module)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for part in fresh.modules():
            if hasattr(part, "reset_parameters"):
                part.reset_parameters()
    return fresh
