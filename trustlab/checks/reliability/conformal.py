"""Can the answers be given as sets or ranges that hold the truth as often as promised, for every group?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.arrays import Bools, Floats, Ints
    from trustlab.stats.intervals import Interval

ID = "reliability.conformal"
FEWEST = 30  # rows of a group in the half that is counted
MOST_GROUPS = 50
BANDS = 4
SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Fit:
    """How badly each row fits its truth, and the cut that half of the rows chose."""

    miss: float
    fitting: Ints
    counted: Ints
    score: Floats
    cut: float
    table: Floats | None

    def inside(self, cut: Any) -> Bools:
        """Return whether each counted row's truth is within."""
        import numpy as np

        return np.asarray(self.score[self.counted] <= cut)

    def sizes(self, cut: Any) -> Floats:
        """Return the classes in each counted row's set, or the width of its range."""
        import numpy as np

        from trustlab.stats.conformal import class_sets

        limit = np.broadcast_to(np.asarray(cut, np.float64), self.counted.shape)
        if self.table is None:
            return 2 * limit
        return np.asarray(class_sets(self.table[self.counted], limit).sum(axis=1), np.float64)


@dataclass(frozen=True, slots=True)
class _Group:
    """One group's coverage against that of all other rows; ``short`` with its interval, which holds with the rest."""

    attribute: str
    name: str
    n: int
    covered: int
    size: float
    short: Interval
    own_covered: int | None
    own_size: float | None


@operation(
    "check",
    "Sets and ranges that hold the truth",
    needs=("labels", "predictions"),
    threshold=Threshold(
        warn=0.01,
        fail=None,
        source="Convention of this project: one percentage point beyond what chance explains, finer than which shares "
        "are seldom read: a promise that is kept on average and broken for a group is broken. No accepted limit",
    ),
    references=(
        "Vovk, Gammerman and Shafer (2005). Algorithmic Learning in a Random World",
        "Angelopoulos and Bates (2021). A gentle introduction to conformal prediction. arXiv:2107.07511",
        "Romano, Barber, Sabatti and Candes (2020). With malice toward none: equalized coverage. HDSR 2.2",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved", "score": "score", "sensitive": "race"},
)
def conformal(
    subject: Subject,
    coverage: Annotated[float, Range(0.5, 0.999)] = 0.9,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Can the answers be given as sets or ranges that hold the truth as often as promised, for every group?

    Half of the rows choose the cut (split conformal), the other half is counted. Classes whose probability is high
    enough form the set, a distance around the prediction the range; new rows drawn alike are covered as promised, on
    average. For groups nothing is promised: each is compared with all other rows, so that a cut that came out a
    little short is nobody's fault. Groups are the sensitive attributes and what the model predicts. Choosing the cut
    group by group (Mondrian) mends it, where the groups are large. Not for rows that the model was trained on.

    In plain words
    --------------
    Ranges that should hold the truth hold it less often than promised.

    What to do
    ----------
    Choose the cut for each group by itself where groups are large enough, or promise less.

    Parameters
    ----------
    subject : Subject
        Labels with probabilities (or numbers, for regression).
    coverage : float
        The share of rows whose truth must lie within.
    level : float
        Confidence level of every interval; those of the groups hold together.
    context : Context
        Halves the rows.

    Returns
    -------
    Result
        Value: by how much the surest group's coverage falls short of the other rows', beyond chance. Views: coverage
        by group before and after Mondrian, ``overall`` with the mean size of the answers.

    References
    ----------
    Vovk (2013). Conditional validity of inductive conformal predictors. Machine Learning 92: Mondrian.
    """
    if subject.classes and subject.proba is None:
        return not_applicable("needs probabilities to rank the classes; only the predicted labels are known")
    fit = _fit(subject, 1 - coverage, context)
    if fit.cut == float("inf") or fit.counted.size < FEWEST:
        return not_applicable(f"needs about {2 * max(FEWEST, round(1 / (1 - coverage)))} rows; got {subject.n}")
    groups = _compared(fit, _attributes(subject), level)
    overall = _overall(fit, coverage, level)
    _, _, covered, lo, hi, size, unit = overall.rows[0]
    sentence = (
        f"Promised {coverage:.0%}, {covered:.1%} of the answers hold the truth ({lo:.1%} to {hi:.1%}, n "
        f"{fit.counted.size:,}), with {size:.3g} {unit} on average."
    )
    if not groups:
        alone = f"no group of {FEWEST} rows stands beside others, so none can fall short of them. {sentence}"
        return replace(not_applicable(alone), n=int(fit.counted.size), views=[overall])
    worst = max(groups, key=lambda group: group.short.lo)
    value = max(worst.short.lo, 0.0)
    if value > 0:
        short, lowest, most = (100 * end for end in worst.short)
        sentence += (
            f" Where {worst.attribute} is {worst.name} it is {worst.covered / worst.n:.1%}, {short:.1f} points less "
            f"than elsewhere ({lowest:.1f} to {most:.1f}, n {worst.n:,})."
        )
    return Result(
        reason=sentence,
        value=value,
        unit="share of rows",
        n=int(fit.counted.size),
        views=[_picture(groups, coverage, level), overall, _table(groups, level)],
        advice=["Choose the cut group by group (Mondrian): the view by_group shows what it gives."] if value else (),
    )


def _fit(subject: Subject, miss: float, context: Context) -> _Fit:
    import numpy as np

    from trustlab.stats.conformal import class_scores, conformal_quantile

    assert subject.y is not None
    assert subject.y_pred is not None
    mixed = context.rng(ID).permutation(subject.n)
    fitting, counted = np.sort(mixed[: subject.n // 2]), np.sort(mixed[subject.n // 2 :])
    if subject.proba is not None:
        score = class_scores(subject.proba, subject.y)
    else:
        score = np.abs(subject.y.astype(np.float64) - subject.y_pred)
    return _Fit(miss, fitting, counted, score, conformal_quantile(score[fitting], miss), subject.proba)


def _attributes(subject: Subject) -> dict[str, tuple[list[str], Ints]]:
    """Return names and codes of the groups of each attribute; the last one is what the model predicts."""
    import numpy as np
    import pandas as pd

    from trustlab.stats.encode import encode

    found = {}
    if subject.sensitive is not None:
        for name in subject.sensitive.columns:
            labels, codes = encode(subject.sensitive[name].to_numpy(dtype=object), str(name))
            found[str(name)] = ([str(label) for label in labels], codes)
    predicted = np.asarray(subject.y_pred)
    if subject.classes:
        found["predicted"] = ([str(label) for label in subject.classes], predicted.astype(np.int64))
    else:
        bands, edges = pd.qcut(predicted, BANDS, labels=False, retbins=True, duplicates="drop")
        names = [f"{lo:.4g} to {hi:.4g}" for lo, hi in itertools.pairwise(edges)]
        found["predicted"] = (names or ["all"], np.nan_to_num(np.asarray(bands, np.float64)).astype(np.int64))
    return found


def _compared(fit: _Fit, attributes: dict[str, tuple[list[str], Ints]], level: float) -> list[_Group]:
    """Return the groups that are large enough; their intervals hold together at ``level``."""
    import numpy as np

    from trustlab.stats.disparity import shared_level

    chosen = []
    for attribute, (names, codes) in attributes.items():
        sizes = np.bincount(codes[fit.counted], minlength=len(names))
        large = [one for one in np.argsort(-sizes, kind="stable")[:MOST_GROUPS] if sizes[one] >= FEWEST]
        chosen += [(attribute, names[one], codes == one) for one in sorted(large)]
    each = shared_level(level, max(len(chosen), 1))
    return [found for one in chosen if (found := _group(fit, *one, each)) is not None]


def _group(fit: _Fit, attribute: str, name: str, member: Bools, level: float) -> _Group | None:
    import math

    from trustlab.stats.conformal import conformal_quantile
    from trustlab.stats.intervals import newcombe

    here = member[fit.counted]
    inside, sizes = fit.inside(fit.cut), fit.sizes(fit.cut)
    n, rest = int(here.sum()), int((~here).sum())
    if not rest:
        return None
    covered = int(inside[here].sum())
    own = conformal_quantile(fit.score[fit.fitting][member[fit.fitting]], fit.miss)
    alone = math.isfinite(own)
    return _Group(
        attribute=attribute,
        name=name,
        n=n,
        covered=covered,
        size=float(sizes[here].mean()),
        short=newcombe(int(inside[~here].sum()), rest, covered, n, level).at(()),
        own_covered=int(fit.inside(own)[here].sum()) if alone else None,
        own_size=float(fit.sizes(own)[here].mean()) if alone else None,
    )


def _overall(fit: _Fit, coverage: float, level: float) -> Table:
    from trustlab.stats.intervals import wilson

    covered = wilson(int(fit.inside(fit.cut).sum()), fit.counted.size, level).at(())
    sizes, unit = fit.sizes(fit.cut), "classes" if fit.table is not None else "units of width"
    rows: list[tuple[Any, ...]] = [("all rows", coverage, *covered, float(sizes.mean()), unit)]
    if fit.table is not None:
        few = [("no class", sizes == 0), ("one class", sizes == 1), ("more than one", sizes > 1)]
        for name, which in few:
            share = wilson(int(fit.inside(fit.cut)[which].sum()), int(which.sum()), level).at(())
            rows.append((name, None, *share, float(which.mean()), "share of rows"))
    return Table(
        name="overall",
        title="How often the answers hold the truth",
        columns=("answers", "promised", "covered", "covered_lo", "covered_hi", "size", "of"),
        rows=rows,
        caption="A range is the prediction with the same distance to both sides; a set without a class says that no "
        "class fits.",
    )


def _table(groups: list[_Group], level: float) -> Table:
    from trustlab.stats.intervals import wilson

    rows = []
    for one in groups:
        covered = wilson(one.covered, one.n, level).at(())
        own = (None, None, None) if one.own_covered is None else wilson(one.own_covered, one.n, level).at(())
        rows.append((one.attribute, one.name, one.n, *covered, *one.short, one.size, *own, one.own_size))
    return Table(
        name="by_group",
        title="By group",
        columns=(
            "attribute",
            "group",
            "n",
            *("covered", "covered_lo", "covered_hi"),
            *("short", "short_lo", "short_hi"),
            "size",
            *("mondrian", "mondrian_lo", "mondrian_hi"),
            "mondrian size",
        ),
        rows=rows,
        units={"n": "rows"},
        caption=f"short: the other rows' coverage less this group's; its intervals hold together. mondrian: with a cut "
        f"of the group's own. Groups of fewer than {FEWEST} rows, and beyond the {MOST_GROUPS} largest, are left out.",
    )


def _picture(groups: list[_Group], coverage: float, level: float) -> Series:
    from trustlab.stats.intervals import wilson

    rows = [(f"{one.attribute}: {one.name}", *wilson(one.covered, one.n, level).at(())) for one in groups]
    return Series(
        name="coverage",
        title="Answers that hold the truth, by group",
        columns=("group", "covered", "covered_lo", "covered_hi"),
        rows=sorted(rows, key=lambda row: row[1])[:SHOWN],
        x="group",
        y=("covered",),
        mark="point",
        reference={"promised": coverage},
        caption=f"The least covered first, {SHOWN} at most.",
    )
