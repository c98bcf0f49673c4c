"""Does the model use a sensitive attribute, or inputs that stand for it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd

    from trustlab.stats.arrays import Ints
    from trustlab.stats.intervals import Intervals

ID = "explanation.sensitive_proxy"
MAX_ROWS, FEWEST_ROWS, MOST_LEVELS, BANDS = 10_000, 30, 30, 8
DRAWS, SHOWN, BARS, STRONG, ALPHA = 200, 100, 12, 0.5, 0.01


@operation(
    "check",
    "Sensitive proxy",
    needs=("model", "features", "sensitive"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit on strength times influence: shown, not judged. It warns where an input stands for a "
        "sensitive attribute (Cramér's V surely above 0.5, a large effect by Cohen 1988) and has surely more than an "
        "even share, or where the attribute itself is used",
    ),
    references=(
        "Datta et al. (2017). Proxy non-discrimination in data-driven systems. arXiv:1707.08120",
        "Cohen (1988). Statistical power analysis for the behavioral sciences, 2nd edition, chapter 7",
        "Benjamini and Hochberg (1995). Controlling the false discovery rate. JRSS B 57",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "sensitive": "race"},
)
def sensitive_proxy(subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context) -> Result:
    """Does the model use a sensitive attribute, or inputs that stand for it?

    A proxy tells the attribute and moves the predictions. Strength is the bias-corrected Cramér's V of input and
    attribute (numbers in eighths; 1 for the attribute itself), influence the input's share of what moves the
    predictions; the product is 0 where either is. Inputs are looked at one by one: several weak ones may tell the
    attribute together, which a low value does not exclude. Chi-squared p-values are adjusted for all inputs and
    attributes.

    In plain words
    --------------
    The model uses something about people that it should not, or something that gives it away.

    What to do
    ----------
    Train without the input named, or make it coarser, and compare errors and group differences; where it must stay,
    write down why.

    Parameters
    ----------
    subject : Subject
        The model, the rows and their sensitive attributes.
    level : float
        Confidence level of the intervals; strength and influence share the error, so their product's is kept.
    context : Context
        Where the sample comes from.

    Returns
    -------
    Result
        Value: the largest product of strength and influence. View ``proxies``: every input with its strength,
        influence, product and adjusted p-value.
    """
    from trustlab.checks.explanation._shared import attribution
    from trustlab.explain.shap_values import shares
    from trustlab.stats.disparity import shared_level

    found = attribution(subject, context, fewest=FEWEST_ROWS)
    if isinstance(found, Result):
        return found
    half = shared_level(level, 2)
    rows = _rows(subject, shares(found.strength(), context.rng(ID), half), context, half)
    if not rows:
        return not_applicable("no sensitive attribute has two groups among rows that are known, so nothing tells it")
    top, even = rows[0], 1 / len(found.features)
    caught = [row for row in rows if row[9] or (row[3] > STRONG and row[5] > even and row[10] < ALPHA)]
    caught = [row for row in caught if row[5] > even] if len(found.features) > 1 else caught
    return Result(
        status=Status.WARN if caught else None,
        reason=_reason(top, caught),
        value=top[7],
        unit="strength times share",
        interval=top[8],
        level=level,
        n=min(subject.n, MAX_ROWS),
        views=_views(rows),
        advice=[f"Train without {name}, and compare" for name in dict.fromkeys(row[0] for row in caught)],
    )


def _rows(subject: Subject, share: Intervals, context: Context, level: float) -> list[Any]:
    """Return (feature, attribute, V, V lo, share, lo, hi, product, (lo, hi), direct, adjusted p), the largest first."""
    from trustlab.stats.multiplicity import benjamini_hochberg

    rows = []
    for attribute, column, codes, groups in _pairs(subject, context):
        at = list(map(str, subject.X.columns)).index(column)
        direct = column == attribute
        strength = (1.0, 1.0, 1.0, 0.0) if direct else _strength(codes, groups, context.rng(ID, column), level)
        value, low, high = share.at(at)
        product, ends = strength[0] * value, (strength[1] * low, strength[2] * high)
        rows.append((column, attribute, *strength[:2], value, low, high, product, ends, direct, strength[3]))
    adjusted = benjamini_hochberg([row[10] for row in rows]).tolist()
    rows = [(*row[:10], float(p)) for row, p in zip(rows, adjusted, strict=True)]
    return sorted(rows, key=lambda row: -row[7])


def _pairs(subject: Subject, context: Context) -> Iterator[tuple[str, str, Ints, Ints]]:
    """Yield attribute, input, and the codes of both over the rows where the attribute is known."""
    import numpy as np

    from trustlab.stats.sampling import subsample

    assert subject.sensitive is not None
    rows = subsample(subject.n, MAX_ROWS, context.rng(ID, "rows"))
    table = subject.X.iloc[rows]
    inputs = {str(name): _banded(table.iloc[:, at]) for at, name in enumerate(table.columns)}
    for attribute in subject.sensitive.columns:
        groups = _banded(subject.sensitive[attribute].iloc[rows])
        if np.unique(groups).size < 2:
            continue
        for name, codes in inputs.items():
            if np.unique(codes).size > 1 or name == attribute:
                yield str(attribute), name, codes, groups


def _banded(column: pd.Series) -> Ints:
    """Return a column in at most 30 levels: numbers in eighths, rare texts together, missing apart."""
    import numpy as np
    import pandas as pd

    numeric = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    if numeric and column.nunique() > BANDS:
        cuts = np.unique(column.quantile(np.linspace(0, 1, BANDS + 1)[1:-1]).to_numpy(np.float64))
        values = column.to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values, side="right")).astype(np.int64)
    codes, _ = pd.factorize(column.astype("string"), use_na_sentinel=False)
    counts = np.bincount(codes)
    common = np.argsort(-counts, kind="stable")[: MOST_LEVELS - 1]
    place = np.full(counts.size, MOST_LEVELS - 1)
    place[common] = np.arange(common.size)
    return np.asarray(place[codes], np.int64)


def _strength(codes: Ints, groups: Ints, rng: np.random.Generator, level: float) -> tuple[float, float, float, float]:
    """Return Cramér's V, the ends of its bootstrap interval, and the chi-squared test's p-value."""
    import numpy as np
    from scipy.special import chdtrc

    from trustlab.stats.bootstrap import draw_cells, percentile_ends

    width = int(groups.max()) + 1
    table = np.bincount(codes * width + groups, minlength=(int(codes.max()) + 1) * width).reshape(-1, width)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    drawn = draw_cells(table, DRAWS, rng)
    value, statistic = _corrected_v(table[None])
    spread, _ = _corrected_v(drawn)
    lo, hi = percentile_ends(spread, level)
    dof = (table.shape[0] - 1) * (table.shape[1] - 1)
    p_value = float(chdtrc(dof, statistic[0])) if dof else 1.0
    return float(value[0]), min(float(lo), float(value[0])), max(float(hi), float(value[0])), p_value


def _corrected_v(tables: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    """Return Bergsma's corrected Cramér's V (0 with one line) and chi squared of tables, shape (draws, r, c)."""
    import numpy as np

    counts = tables.astype(np.float64)
    n = counts.sum(axis=(1, 2))
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    expected = rows[:, :, None] * columns[:, None, :] / n[:, None, None]
    terms = np.divide((counts - expected) ** 2, expected, out=np.zeros_like(counts), where=expected > 0)
    chi2 = terms.sum(axis=(1, 2))
    r, c = (rows > 0).sum(axis=1), (columns > 0).sum(axis=1)
    phi2 = np.maximum(chi2 / n - (r - 1) * (c - 1) / (n - 1), 0)
    least = np.minimum(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    ratio = np.divide(phi2, least, out=np.zeros_like(phi2), where=least > 0)
    return np.minimum(np.sqrt(ratio), 1.0), chi2


def _reason(top: Any, caught: list[Any]) -> str:
    if caught:
        said = "; ".join(
            f"{row[0]} itself ({row[4]:.0%} of what moves the predictions)"
            if row[9]
            else f"{row[0]}, which tells {row[1]} (V {row[2]:.2f}) and makes {row[4]:.0%}"
            for row in caught[:3]
        )
        return f"The model uses {said}."
    return (
        f"No input both tells a sensitive attribute and moves the predictions much: the nearest is {top[0]} for "
        f"{top[1]} (V {top[2]:.2f}, {top[4]:.0%} of what moves them)."
    )


def _views(rows: list[Any]) -> list[Series | Table]:
    title = "Strength as a proxy times share of what moves the predictions"
    left = max(len(rows) - SHOWN, 0)
    table = [
        (row[0], row[1], row[2], row[4], row[5], row[6], row[7], *row[8], row[10], "itself" if row[9] else "")
        for row in rows[:SHOWN]
    ]
    return [
        Series(
            name="picture",
            title=title,
            columns=("input", "product", "product_lo", "product_hi"),
            rows=[(f"{row[0]} for {row[1]}", row[7], *row[8]) for row in rows[:BARS]],
            x="input",
            y=("product",),
            mark="bar",
        ),
        Table(
            name="proxies",
            title=title,
            columns=(
                "feature",
                "attribute",
                "strength",
                "share",
                "share_lo",
                "share_hi",
                "product",
                "product_lo",
                "product_hi",
                "p_adjusted",
                "note",
            ),
            rows=table,
            caption=f"{left} weaker pairs are left out." if left else None,
        ),
    ]
