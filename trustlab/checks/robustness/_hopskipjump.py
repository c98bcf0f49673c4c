"""HopSkipJump by ART, on any model: it only sees the predicted class."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from trustlab.checks.robustness.attacks.attack import pulled_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trustlab.checks.robustness._numbers import Numbers
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Bools, Floats, Ints

    Question = tuple[int, Floats]  # a row's number, and points for its numeric features

ROUNDS, QUESTIONS = 3, 100
PRECISION = 0.01  # of the search for the boundary, in standard deviations: the smallest budget asked about
STARTS = 50


def smallest_by_questions(subject: Subject, numbers: Numbers, rows: Iterable[int], pool: int = 500) -> Floats:
    """Return the smallest change found that turns each row's prediction, infinite where none was found.

    The change is the largest over the numeric features, each in its standard deviations. The search starts from the
    numbers of the nearest of the first ``pool`` rows with another prediction, put into this row, so that its text and
    categories stay; three rounds follow, and the point that they end in is pulled back to the boundary.

    Parameters
    ----------
    rows : iterable of int
        Row numbers of the subject.
    pool : int
        Rows to start from.

    References
    ----------
    Chen, Jordan and Wainwright (2020). HopSkipJumpAttack: a query-efficient decision-based attack. IEEE S&P.
    """
    import numpy as np

    from trustlab.checks.robustness._together import together

    standard = numbers.of(subject.X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ART and what it imports warn about each other's versions
        searches = [partial(_search, subject, numbers, standard, row, pool) for row in rows]
        found = together(searches, partial(_answers, subject, numbers))
    return np.asarray(found, dtype=np.float64)


def _answers(subject: Subject, numbers: Numbers, questions: list[Question]) -> list[Ints]:
    """Return the predicted classes of each question's points, asking the model once."""
    import numpy as np

    counts = [len(points) for _, points in questions]
    rows = np.repeat([row for row, _ in questions], counts)
    frame = subject.X.iloc[rows].reset_index(drop=True)
    labels = subject.predict(numbers.put(frame, np.concatenate([points for _, points in questions])))
    return np.split(np.asarray(labels), np.cumsum(counts)[:-1])


def _search(
    subject: Subject, numbers: Numbers, standard: Floats, row: int, pool: int, ask: Callable[[Question], Ints]
) -> float:
    return _smallest(_Row(subject, numbers, row, standard, ask), pool)


class _Row:
    """One row as the attack sees it: the numbers that it has, in standard deviations, in; the class out."""

    def __init__(
        self, subject: Subject, numbers: Numbers, row: int, standard: Floats, ask: Callable[[Question], Ints]
    ) -> None:
        import numpy as np

        self.subject, self.numbers = subject, numbers
        self.index, self.standard, self.ask = row, standard, ask
        self.whole = standard[row]
        self.present = np.flatnonzero(np.isfinite(self.whole))
        assert subject.y_pred is not None
        self.label = int(subject.y_pred[row])

    def labels(self, points: Any) -> Any:
        """Return the predicted class of the row with its numbers at each of the points."""
        import numpy as np

        table = np.tile(self.whole, (len(points), 1))
        table[:, self.present] = points
        return self.ask((self.index, table))

    def one_hot(self, points: Any) -> Any:
        """Return the predicted class as ART wants it."""
        import numpy as np

        return np.eye(len(self.subject.classes), dtype=np.float32)[self.labels(points)]

    def start(self, pool: int) -> Any:
        """Return the nearest point that is predicted otherwise, or None."""
        import numpy as np

        assert self.subject.y_pred is not None
        others = np.flatnonzero(self.subject.y_pred != self.label)[:pool]
        if not others.size or not self.present.size:
            return None
        points = self.standard[others][:, self.present]
        points = np.where(np.isfinite(points), points, self.whole[self.present])
        far = np.abs(points - self.whole[self.present]).max(axis=1)
        points = points[np.argsort(far, kind="stable")[:STARTS]]
        turned = np.flatnonzero(self.labels(points) != self.label)
        return points[turned[0]] if turned.size else None


def _smallest(row: _Row, pool: int) -> float:
    import numpy as np
    from art.attacks.evasion import HopSkipJump
    from art.estimators.classification import BlackBoxClassifier

    start = row.start(pool)
    if start is None:
        return float("inf")
    own = row.whole[row.present].astype(np.float32)
    limits = (row.numbers.low, row.numbers.high)
    low, high = (((limit - row.numbers.mean) / row.numbers.deviation)[row.present] for limit in limits)
    victim = BlackBoxClassifier(
        row.one_hot, own.shape, len(row.subject.classes), clip_values=(low.astype(np.float32), high.astype(np.float32))
    )
    attack = HopSkipJump(
        victim,
        norm=np.inf,
        max_iter=ROUNDS,
        init_eval=QUESTIONS,
        max_eval=4 * QUESTIONS,
        batch_size=1024,
        verbose=False,
    )
    label = np.eye(len(row.subject.classes), dtype=np.float32)[[row.label]]
    moved = attack.generate(own[None], y=label, x_adv_init=start[None].astype(np.float32))[0]
    ends = np.stack([point for point in (moved, start) if row.labels(point[None])[0] != row.label])

    def turned(points: Floats) -> Bools:
        return np.asarray(row.labels(points.reshape(-1, own.size)) != row.label).reshape(points.shape[:2])

    return float(np.abs(pulled_back(turned, np.tile(own, (len(ends), 1)), ends) - own).max(axis=1).min())
