"""Ask the model about rows of any kind: of a table, images, texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Floats


def at(content: Any, rows: Any) -> Any:
    """Return some rows of what the model is asked about."""
    return content.iloc[rows] if hasattr(content, "iloc") else content[rows]


def answers(subject: Subject, content: Any) -> Floats:
    """Return probabilities where the model has them, else its predictions as one column; shape (n, k)."""
    import numpy as np

    told = subject.predict_proba(content) if subject.proba is not None else subject.predict(content)
    return np.asarray(told, np.float64).reshape(len(content), -1)
