"""What the detectors share: from one test a feature to a finding."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trustlab.core.counted import counted
from trustlab.core.result import Result, Status, not_applicable
from trustlab.core.views import Distribution, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from trustlab.drift.pair import Pair

# Pictures of the features that moved most; the table has them all.
SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One feature's test.

    Parameters
    ----------
    statistic, p_value : float
        NaN where the test could not be made.
    least : float
        The smallest p-value that so many rows could have given; above the limit the test could never fire.
    size : float or None
        How much it moved, whatever the number of rows: the population stability index, or the like.
    details : mapping of str to object
        Further cells of the feature's row; the same keys for every feature.
    shares : sequence of (str, float, float)
        Bin or category, and its share in the reference and in the current rows.
    """

    feature: str
    statistic: float
    p_value: float
    least: float
    size: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    shares: Sequence[tuple[str, float, float]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a detector calls its numbers.

    Parameters
    ----------
    statistic, size : str
        The names in the sentence, such as ``D`` and ``PSI``.
    large : float
        The size from which a sure move fails rather than warns.
    caption : str
        How to read the table.
    """

    statistic: str
    size: str
    large: float
    caption: str


def conclude(pair: Pair, tested: Sequence[Tested], alpha: float, words: Wording, notes: Sequence[str] = ()) -> Result:
    """Return the finding: which features moved beyond chance, the surest first.

    Holm's adjustment keeps the chance of any false alarm among the features below ``alpha``. A feature that moved
    beyond chance warns; it fails where the move is also large.

    Parameters
    ----------
    notes : sequence of str
        Sentences on what was not compared.
    """
    from trustlab.stats.multiplicity import holm

    known = [one for one in tested if not math.isnan(one.p_value)]
    unknown = [one.feature for one in tested if math.isnan(one.p_value)]
    beside = pair.said_left_out() if not {one.feature for one in tested} & set(pair.left_out) else ""
    aside = [
        *notes,
        *filter(None, [beside]),
        *([f"Not tested, no values on one side: {_listed(unknown)}."] if unknown else []),
    ]
    if not known:
        return not_applicable(" ".join(["No column can be compared here.", *aside]))
    if min(one.least for one in known) * len(known) > alpha:
        return not_applicable(_too_few(pair, len(known), alpha))
    adjusted = dict(zip((one.feature for one in tested), holm([one.p_value for one in tested]).tolist(), strict=True))
    ranked = sorted(tested, key=lambda one: _rank(one, adjusted[one.feature]))
    moved = [one for one in ranked if adjusted[one.feature] < alpha]
    large = [one for one in moved if one.size is not None and one.size >= words.large]
    status = Status.FAIL if large else Status.WARN if moved else Status.PASS
    first = ranked[0]
    return Result(
        status=status,
        reason=" ".join([_sentence(moved, large, first, len(known), adjusted[first.feature], words), *aside]),
        value=first.statistic,
        n=len(pair.reference.frame) + len(pair.current.frame),
        p_value=adjusted[first.feature],
        views=[_table(ranked, adjusted, alpha, words), *_pictures(pair, moved or ranked[:1])],
        advice=_advice(pair, moved),
    )


def _rank(one: Tested, adjusted: float) -> tuple[bool, float, float, float, str]:
    missing = math.isnan(one.p_value)
    # Far out, many p-values are one and the same number: the size of the move decides then.
    return (missing, adjusted, one.p_value, -(one.size if one.size is not None else one.statistic), one.feature)


def _sentence(
    moved: Sequence[Tested], large: Sequence[Tested], first: Tested, count: int, p_value: float, words: Wording
) -> str:
    size = "" if first.size is None else f", {words.size} {first.size:.2f}"
    numbers = f"{words.statistic} {first.statistic:.3g}, p {_p(p_value)}{size}"
    if not moved:
        return f"None of {counted(count, 'feature')} moved beyond chance; nearest is {first.feature} ({numbers})."
    names = _listed([one.feature for one in moved])
    how = (
        f"by much ({_listed([one.feature for one in large])})"
        if large
        else f"but little: {words.size} below {words.large:g}"
    )
    beyond = f"{len(moved)} of {counted(count, 'feature')} moved beyond chance"
    return f"{beyond}, {how}: {names}. Surest is {first.feature} ({numbers})."


def _p(value: float) -> str:
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}"


def _too_few(pair: Pair, count: int, alpha: float) -> str:
    # Two frames in memory share a name: the sides are told apart by themselves.
    fewest = min((pair.reference, pair.current), key=lambda side: len(side.frame))
    return (
        f"{fewest.name} has {counted(len(fewest.frame), 'row')}: with {counted(count, 'feature')} not even the "
        f"clearest difference could pass for more than chance at {alpha:g}. Gather more rows, or compare fewer columns."
    )


def _table(ranked: Sequence[Tested], adjusted: Mapping[str, float], alpha: float, words: Wording) -> Table:
    extra = list(ranked[0].details)
    rows = []
    for one in ranked:
        value = adjusted[one.feature]
        drifted = None if math.isnan(value) else value < alpha
        cells = [one.details[name] for name in extra]
        rows.append((one.feature, one.statistic, one.p_value, value, drifted, one.size, *cells))
    return Table(
        name="by_feature",
        title="Feature by feature",
        columns=(
            "feature",
            "statistic",
            "p_value",
            "p_adjusted",
            "drifted",
            words.size.lower().replace(" ", "_"),
            *extra,
        ),
        rows=rows,
        caption=words.caption,
    )


def _pictures(pair: Pair, features: Sequence[Tested]) -> list[Distribution]:
    return [
        Distribution(
            name=f"shares_{place}",
            title=one.feature,
            columns=("values", "reference", "current"),
            rows=one.shares,
            caption=f"Share of the rows: {pair.reference.name} and {pair.current.name}.",
        )
        for place, one in enumerate(features[:SHOWN], start=1)
        if one.shares
    ]


def _advice(pair: Pair, moved: Sequence[Tested]) -> list[str]:
    """Return the command that shows the moved features alone, where it can be typed."""
    names = ",".join(one.feature for one in moved[:SHOWN] if one.feature.isidentifier())
    sides = [pair.reference.name, pair.current.name]
    if not names or any(len(side.split()) != 1 for side in sides):
        return []
    return [f"%trust drift {' '.join(sides)} --columns {names}"]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def present(column: pd.Series) -> Any:
    """Return the column's values as floating point, without the missing ones."""
    return column.dropna().to_numpy(dtype=float)


def fewest_orderings(n: int, m: int) -> float:
    """Return one over the number of ways to deal n + m rows into two samples: no permutation test can go below."""
    return math.exp(math.lgamma(n + 1) + math.lgamma(m + 1) - math.lgamma(n + m + 1))
