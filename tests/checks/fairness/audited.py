"""Rows made from counts, and one check asked about them."""

import numpy as np
import pandas as pd

from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject

OUTCOMES = [(0, 0), (0, 1), (1, 0), (1, 1)]


def counted(**cells):
    """Rows from ``group=(tn, fp, fn, tp)``."""
    rows = [
        (group, *outcome)
        for group, four in cells.items()
        for outcome, n in zip(OUTCOMES, four, strict=True)
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["group", "y", "said"])


def asked(check, frame, sensitive="group", *, named=None, **parameters):
    """Ask ``check`` about ``frame``."""
    given = {"target": "y", "prediction": "said"} if named is None else named
    subject = Subject.load(data=frame, sensitive=sensitive, context=Context(), **given)
    return evaluate(check, {"subject": subject}, Context(), parameters=parameters)


def rows_of(result, view, *index):
    """A view as a frame, by some of its columns."""
    found = result.view(view)
    frame = pd.DataFrame(found.rows, columns=found.columns)
    return frame.set_index(list(index)) if index else frame


def lenders(rng, n, groups=("a", "b"), share=0.5, **frame):
    """Rows whose truth and decision depend on merit alone."""
    merit = rng.normal(size=n)
    y = (merit + rng.normal(size=n) > 0).astype(int)
    said = (merit + rng.normal(0, 0.5, n) > 0).astype(int)
    chance = [share, *[(1 - share) / (len(groups) - 1)] * (len(groups) - 1)]
    return pd.DataFrame({"merit": merit, "y": y, "said": said, "group": rng.choice(groups, n, p=chance), **frame})


def noisy(p, rng):
    """Draw 0/1 with chances ``p``."""
    return (rng.random(np.shape(p)) < p).astype(int)
