"""The version of a registered model that came before the audited one, on the audited rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from trustlab.core.errors import TrustlabError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.core.context import Context
    from trustlab.models.predictor import Predictor
    from trustlab.models.subject import Subject

SPLIT = ("data_digest", "seed", "test_share")  # what decides which rows a training held out


class Previous(NamedTuple):
    """What the version before answers, coded as the subject's rows."""

    name: str
    how: str
    y_pred: NDArray[Any]
    proba: NDArray[np.float64] | None


def previous(subject: Subject, context: Context) -> Previous | str:
    """Return the version before the audited one with its answers, or why there are none."""
    workspace = context.workspace_or_none
    stem, at, number = subject.predictor.name.partition("@") if subject.predictor else ("", "", "")
    if not at or not number.isdigit() or workspace is None:
        return "no registered version is audited"
    from trustlab.models.load import load_model
    from trustlab.models.registry import Registry

    try:
        earlier = [version.version for version in Registry(workspace).versions(stem) if version.version < int(number)]
        if not earlier:
            return f"{stem}@{number} is the first"
        name = f"{stem}@{max(earlier)}"
        predictor = load_model(name, workspace)
        answers = _answers(predictor, subject)
    except TrustlabError as error:
        return error.message
    return Previous(name, f"the version before{_seen(predictor, subject)}", *answers)


def _answers(predictor: Predictor, subject: Subject) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
    from trustlab.models.labels import class_order, encode

    rows = subject.dataset.frame
    y_pred = encode(predictor.predict(rows), subject.classes, "the version before")
    proba = predictor.predict_proba(rows) if predictor.has_proba and subject.classes else None
    return y_pred, None if proba is None else proba[:, class_order(predictor.classes, subject.classes)]


def _seen(predictor: Predictor, subject: Subject) -> str:
    """Return a warning where the version before may have been trained on rows that were held out from this one."""
    own = subject.predictor.training if subject.predictor is not None else None
    if subject.scope == "all rows" or not own or not predictor.training:
        return ""
    same = all(own.get(key) == predictor.training.get(key) for key in SPLIT)
    return "" if same else ", which may have been trained on some of these rows"
