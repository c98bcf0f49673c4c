"""What the attacks on membership share: who was trained on and who was not, and how far an attack tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series, Table

if TYPE_CHECKING:
    from trustlab.core.context import Context
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Bools, Floats, Ints
    from trustlab.stats.intervals import Interval
    from trustlab.stats.membership import PrivacyLoss

FEWEST = 20
RATES = (0.01, 0.001)
CURVE = 100
MOST_GROUPS = 20
ODD = 0x9E3779B97F4A7C15  # spreads the few labels over the whole range of hashes
LEAST_RATE = 1e-4  # where the logarithmic curve begins
TIERS = Threshold(
    warn=1.0,
    fail=10.0,
    source="Ponomareva et al. (2023), How to DP-fy ML, JAIR 77: an epsilon of at most 1 is a strong "
    "guarantee, one of more than 10 is none to speak of. The value is what the attack refutes",
)
REFERENCES = (
    "Yeom, Giacomelli, Fredrikson and Jha (2018). Privacy risk in machine learning. IEEE CSF",
    "Carlini et al. (2022). Membership inference attacks from first principles. IEEE S&P",
    "Jagielski, Ullman and Oprea (2020). Auditing differentially private machine learning. NeurIPS",
    "Ponomareva et al. (2023). How to DP-fy ML. JAIR 77",
)


@dataclass(frozen=True, slots=True)
class Sides:
    """Row numbers of members in the training data, and of the others in the audited data."""

    members: Ints
    others: Ints


def sides(subject: Subject, max_rows: int, rng: Any) -> Sides | None:
    """Return members and others, at most ``max_rows`` of each; None where either are too few.

    Audited rows that stand in the training data too, inputs and label, are nobody's.
    """
    import numpy as np

    from trustlab.stats.sampling import subsample

    train = subject.train
    if train is None or train.y is None or train.proba is None:
        return None
    fresh = np.flatnonzero(~np.isin(_fingerprints(subject), _fingerprints(train)))
    members, others = subsample(train.n, max_rows, rng), fresh[subsample(fresh.size, max_rows, rng)]
    return None if min(members.size, others.size) < FEWEST else Sides(np.asarray(members), np.asarray(others))


def too_few() -> str:
    """Return why an attack cannot be made."""
    return f"needs {FEWEST} training rows and as many audited rows that are not among them"


def _fingerprints(subject: Subject) -> Any:
    """Return a number per row that equal rows share: content and label."""
    import numpy as np

    assert subject.y is not None
    return subject.row_keys() + subject.y.astype(np.uint64) * np.uint64(ODD)


def true_probability(subject: Subject, rows: Ints) -> Floats:
    """Return the probability that the model gives the true label of some rows."""
    import numpy as np

    assert subject.proba is not None
    assert subject.y is not None
    return np.asarray(subject.proba[rows, subject.y[rows]], np.float64)


@dataclass(frozen=True, slots=True)
class Attack:
    """How an attack scores members and others: higher where it takes a row for a member."""

    how: str
    subject: Subject
    sides: Sides
    inside: Floats
    outside: Floats
    level: float

    @property
    def truth(self) -> Bools:
        """Members first, then the others."""
        import numpy as np

        return np.asarray(np.r_[np.ones(self.inside.size, bool), np.zeros(self.outside.size, bool)])

    @property
    def score(self) -> Floats:
        """As `truth`."""
        import numpy as np

        return np.asarray(np.r_[self.inside, self.outside])

    def result(self, lines: list[tuple[Any, ...]], context: Context, salt: str) -> Result:
        """Return the finding; ``lines`` are the attack's own rows of the table ``attacks``."""
        from trustlab.stats.membership import advantage, privacy_loss
        from trustlab.stats.roc import auc_interval

        area = auc_interval(self.truth, self.score, self.level)
        loss = privacy_loss(self.truth, self.score, context.rng(salt, "loss"), self.level)
        best = advantage(self.truth, self.score, context.rng(salt, "cut"), self.level)
        caught = [self._caught(rate, context, salt) for rate in RATES]
        first = (f"area of the attack by {self.how}", *area, "0.5 is a guess")
        cut = ("advantage at the best cut", *best, "a cut chosen on half of the rows, judged on the others")
        refuted = 0.0 if loss is None else loss.epsilon
        columns = ("measure", "value", "value_lo", "value_hi", "note")
        rows = [first, cut, *lines, *caught, ("epsilon refuted", refuted, None, None, _cut_words(loss))]
        return Result(
            reason=f"By {self.how} a training row is told from another one with an area of {area.value:.3f} "
            f"({area.lo:.3f} to {area.hi:.3f}, n {self.inside.size:,} and {self.outside.size:,}; 0.5 is a guess)"
            f"{_caught_words(caught[0])}. {_loss_words(loss)}",
            value=refuted,
            unit="epsilon",
            n=int(self.truth.size),
            views=[
                self._curve(),
                self._low_curve(),
                Table(name="attacks", title="What the attacks achieve", columns=columns, rows=rows),
                self._groups(),
            ],
            provenance={"members": self.inside.size, "others": self.outside.size, "level": self.level},
        )

    def _caught(self, rate: float, context: Context, salt: str) -> tuple[Any, ...]:
        """Return the share of members caught at a rate of false alarms, where there are rows enough to say."""
        from trustlab.stats.roc import tpr_at_fpr

        name, others = f"members caught at {rate:.1%} false alarms", self.outside.size
        if others * rate < 1:
            return name, None, None, None, f"needs {round(1 / rate):,} rows that are no members; there are {others:,}"
        rng = context.rng(salt, str(rate))
        return name, *tpr_at_fpr(self.truth, self.score, rate, rng, self.level), f"a guess catches {rate:.1%}"

    def _curve(self) -> Series:
        from trustlab.stats.roc import roc_points

        points = roc_points(self.truth, self.score, CURVE)
        rows = [(float(x), float(y), float(x)) for x, y in zip(points.fpr, points.tpr, strict=True)]
        return Series(
            name="roc",
            title="Members caught, by false alarms",
            columns=("false alarms", "members caught", "a guess"),
            rows=rows,
            x="false alarms",
            y=("members caught", "a guess"),
            caption=f"The attack by {self.how}; the further above the guess, the more the model tells.",
        )

    def _low_curve(self) -> Series:
        """Return the curve where false alarms are few, in powers of ten, with exact binomial intervals."""
        import numpy as np

        from trustlab.stats.intervals import clopper_pearson

        least = max(1 / self.outside.size, LEAST_RATE)
        rates = np.unique(np.r_[np.geomspace(least, 1, 25), [rate for rate in RATES if rate >= least]])
        falling = np.sort(self.outside)[::-1]
        allowed = np.minimum(np.floor(rates * falling.size + 1e-9).astype(int), falling.size - 1)
        hits = self.inside.size - np.searchsorted(np.sort(self.inside), falling[allowed], side="right")
        found = clopper_pearson(hits, self.inside.size, self.level)
        floor = 0.5 / self.inside.size  # nothing caught has no logarithm
        ends = [np.log10(np.maximum(end, floor)) for end in (found.value, found.lo, found.hi)]
        rows = [
            (float(np.log10(rate)), *(float(end[at]) for end in ends), float(np.log10(rate)), float(found.value[at]))
            for at, rate in enumerate(rates)
        ]
        y = "log10 members caught"
        return Series(
            name="roc_low",
            title="Members caught where false alarms are few",
            columns=("log10 false alarms", y, f"{y}_lo", f"{y}_hi", "a guess", "members caught"),
            rows=rows,
            x="log10 false alarms",
            y=(y, "a guess"),
            caption="-2 is 1%, -3 is 0.1%. Exact binomial intervals at the cut that the others set.",
        )

    def _groups(self) -> Table:
        """Return the area by class and by group of the sensitive attributes, where rows are enough."""
        from trustlab.stats.roc import auc_interval

        rows: list[tuple[Any, ...]] = []
        for attribute, name, inside, outside in _parts(self.subject, self.sides):
            if min(inside.sum(), outside.sum()) < FEWEST or len(rows) >= MOST_GROUPS:
                continue
            area = _area(self.inside[inside], self.outside[outside], self.level, auc_interval)
            rows.append((attribute, name, int(inside.sum()), int(outside.sum()), *area))
        return Table(
            name="by_group",
            title="Who is told apart best",
            columns=("attribute", "group", "members", "others", "area", "area_lo", "area_hi"),
            rows=sorted(rows, key=lambda row: -row[4]),
            units={"members": "rows", "others": "rows"},
            caption=f"Groups of {FEWEST} rows or more on either side, {MOST_GROUPS} at most; the intervals hold one "
            "by one.",
        )


def _area(inside: Floats, outside: Floats, level: float, auc_interval: Any) -> Interval:
    import numpy as np

    truth = np.r_[np.ones(inside.size, dtype=bool), np.zeros(outside.size, dtype=bool)]
    found: Interval = auc_interval(truth, np.r_[inside, outside], level)
    return found


def _parts(subject: Subject, found: Sides) -> list[tuple[str, str, Bools, Bools]]:
    """Return attribute, group and who belongs to it among members and others."""
    import numpy as np

    train = subject.train
    assert train is not None
    assert train.y is not None
    assert subject.y is not None
    parts = [
        ("class", str(label), train.y[found.members] == code, subject.y[found.others] == code)
        for code, label in enumerate(subject.classes)
    ]
    if subject.sensitive is None:
        return parts
    for name in subject.sensitive.columns:
        held = subject.sensitive[name].to_numpy(dtype=object)[found.others]
        groups = _training_groups(subject, name)
        if groups is None:
            continue
        own = groups[found.members]
        labels, counts = np.unique(held.astype(str), return_counts=True)
        largest = labels[np.argsort(-counts, kind="stable")][:MOST_GROUPS]
        parts += [(str(name), str(label), own == label, held.astype(str) == label) for label in largest]
    return parts


def _training_groups(subject: Subject, name: Any) -> Any:
    """Return the training rows' groups as text, cut as the audited rows are; None where the column is not there."""
    import numpy as np
    import pandas as pd

    train, here = subject.train, subject.dataset.frame
    if train is None or subject.sensitive is None:
        return None
    there = train.dataset.frame
    if name not in there.columns or name not in here.columns:
        return None
    if pd.api.types.is_numeric_dtype(here[name]) and here[name].nunique() > subject.sensitive[name].nunique():
        return None  # bands of other rows' quartiles
    named = pd.Series(subject.sensitive[name].astype(str).to_numpy(), index=here[name].to_numpy())
    known = named[~named.index.duplicated()]
    return np.asarray(there[name].map(known[known.index.notna()]).astype(object), dtype=object)


def _cut_words(loss: PrivacyLoss | None) -> str:
    if loss is None:
        return "too few rows to halve"
    said, wrongly = ("members", "others") if loss.members else ("no members", "members")
    return (
        f"{loss.hits:,} of {loss.hit_rows:,} rightly called {said}, {loss.slips:,} of {loss.slip_rows:,} {wrongly} "
        "wrongly; a cut chosen on other rows"
    )


def _caught_words(caught: tuple[Any, ...]) -> str:
    return "" if caught[1] is None else f"; at 1% false alarms it catches {caught[1]:.1%}"


def _loss_words(loss: PrivacyLoss | None) -> str:
    if loss is None or loss.epsilon <= 0:
        return "It refutes no differential privacy."
    return f"Training with differential privacy of an epsilon below {loss.epsilon:.2f} would not have allowed it."
