"""What a model says of the rows: asked once, and where it cannot answer, why; the rest of an audit goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError
from trustlab.models.labels import class_order, encode, same_label

if TYPE_CHECKING:
    import numpy as np

    from trustlab.models.predictor import Predictor
    from trustlab.models.subject_parts import Parts

PREDICTION = "the model's prediction"
PREDICTIONS, SCORES = "predictions", "scores"


def predicted(parts: Parts, predictor: Predictor) -> Parts:
    """Return the parts with the model's predictions and probabilities; what it fails at is in ``faults``, by need.

    Raises
    ------
    InputError
        Where the rows are not what the model takes: the caller named other data.
    """
    if not parts.classes and predictor.classes:
        parts = replace(parts, classes=tuple(predictor.classes), task=predictor.task)
    content, faults = _content(parts), {}
    predictor.check(content)
    y_pred: np.ndarray | None = None
    proba: np.ndarray | None = None
    try:
        y_pred = encode(predictor.predict(content), parts.classes, PREDICTION)
    except InputError as error:
        faults[PREDICTIONS] = _sentence(error)
    if predictor.has_proba and parts.classes:
        try:
            proba = predictor.predict_proba(content)
            if proba is not None:
                proba = proba[:, _order(parts, predictor)]
        except InputError as error:
            proba = None
            faults[SCORES] = _sentence(error)
    return replace(parts, y_pred=y_pred, proba=proba, faults=faults)


def _content(parts: Parts) -> Any:
    from trustlab.data.modal import images_in, texts_in

    read = {"image": images_in, "text": texts_in}.get(parts.dataset.modality)
    return parts.X if read is None else read(parts.dataset)


def _order(parts: Parts, predictor: Predictor) -> list[int]:
    """Return where each class of the target stands among the model's; InputError for labels that it has never seen."""
    known = {same_label(label) for label in predictor.classes or parts.classes}
    strange = [code for code, label in enumerate(parts.classes) if same_label(label) not in known]
    if strange and parts.y is not None:
        import numpy as np

        rows = int(np.isin(parts.y, strange).sum())
        names = ", ".join(repr(parts.classes[code]) for code in strange[:5])
        raise InputError(
            f"model {predictor.name!r}: gives no probability for labels that it has never seen: {names} "
            f"({rows:,} of {len(parts.y):,} rows)",
            hint=f"Train it on them, or leave those rows out by --where on {parts.target}.",
        )
    return class_order(predictor.classes, parts.classes)


def _sentence(error: InputError) -> str:
    return ". ".join(part.rstrip(".") for part in (error.message, error.hint) if part)
