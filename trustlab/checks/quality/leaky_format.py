"""Does the form of a value give the answer away?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

ID = "quality.leaky_format"
FEWEST = 100  # rows
MOST_COLUMNS = 300
DECIMALS = 7
BINS = 50
SHOWN = 15


@operation(
    "check",
    "Format leakage",
    needs=("features", "labels"),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="A test: the form tells more of the target than the value, at a false discovery rate of 1 - level. How "
        "much a form may tell has no accepted limit",
    ),
    references=(
        "Kaufman, Rosset, Perlich and Stitelman (2012). Leakage in data mining. ACM TKDD 6",
        "Geirhos et al. (2020). Shortcut learning in deep neural networks. Nature Machine Intelligence 2",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "drop": ["decision", "score"]},
)
def leaky_format(
    subject: Subject,
    least: Annotated[float, Range(0.5, 1)] = 0.6,
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 10_000,
    level: Annotated[float, Range(0.5, 0.9999)] = 0.99,
    *,
    context: Context,
) -> Result:
    """Does the form of a value give the answer away?

    The form is how a value is written rather than what it says: decimals and digits of a number, length, case, blanks
    and signs of a text, its file ending, and whether there is one at all. Where one class came from another file,
    clerk or program, its form tells the class, and a model that reads it will fail on the next source. A form is named
    where it alone predicts the target, on rows that it was not learned from, with an area under the ROC curve of
    ``least`` or more and surely better than the value itself does (a table by bins or categories, without case,
    blanks and gaps). Numbers are cut at their median, of many classes the three largest are tried one by one.

    In plain words
    --------------
    The way a value is written gives the outcome away, so the model looks better here than it will be in use.

    What to do
    ----------
    Write the values in one form before training, and find which source writes which form.

    Parameters
    ----------
    subject : Subject
        Features and labels.
    least : float
        The least area of a form that is named. A choice, with no source.
    max_rows : int
        Rows looked at; more are sampled.
    level : float
        1 - level is the false discovery rate.
    context : Context
        Where the sample and its halves come from; row order matters through it.

    Returns
    -------
    Result
        Value: the number of features whose form tells more than their value.

    References
    ----------
    Geirhos et al. (2020). Shortcut learning in deep neural networks. Nature Machine Intelligence 2.
    """
    from trustlab.checks.quality._leaks import binary_targets
    from trustlab.stats.multiplicity import benjamini_hochberg
    from trustlab.stats.sampling import stratified_halves, subsample

    rng = context.rng(ID)
    rows = subsample(subject.n, max_rows, rng)
    targets = binary_targets(subject, rows)
    if rows.size < FEWEST or not targets:
        return not_applicable(f"needs {FEWEST} rows, and 20 of two classes each")
    found: list[_Form] = []
    for label, hit in targets:
        halves = stratified_halves(hit, rng)
        for name in subject.X.columns[:MOST_COLUMNS]:
            found += _tried(subject.X[name].iloc[rows], hit, halves, label)
    adjusted = benjamini_hochberg([one.p_value for one in found])
    named = [
        one for one, p in zip(found, adjusted, strict=True) if p < 1 - level and one.form_area >= least and one.gain > 0
    ]
    named.sort(key=lambda one: (-one.form_area, one.feature, one.form))
    columns = list(dict.fromkeys(one.feature for one in named))
    whole = counted(min(subject.X.shape[1], MOST_COLUMNS), "feature")
    reason = f"No form of {whole} tells more of {subject.target} than the values do (n {rows.size:,})."
    if named:
        first = named[0]
        reason = (
            f"The form of {', '.join(columns[:3])}{' and others' * (len(columns) > 3)} gives {subject.target} away: "
            f"{first.form} of {first.feature} alone has an area of {first.form_area:.3f}, the value "
            f"{first.value_area:.3f} (n {rows.size:,})."
        )
    return Result(
        reason=reason,
        value=len(columns),
        unit="features",
        n=int(rows.size),
        p_value=min((float(p) for p in adjusted if p == p), default=None),
        views=_views(named) if named else [],
        advice=["Write all rows in one form before training, and look at where the forms came from."] if named else [],
    )


class _Form(NamedTuple):
    """What a form tells of a class, and what the value does."""

    feature: str
    form: str
    label: str
    form_area: float
    value_area: float
    gain: float
    p_value: float


def _tried(column: pd.Series[Any], hit: NDArray[Any], halves: tuple[Any, Any], label: str) -> list[_Form]:
    import numpy as np
    from scipy import special

    from trustlab.checks.quality._leaks import guessed
    from trustlab.data.coding import learn_coding
    from trustlab.stats.roc import auc_variance

    forms = [(form, codes) for form, codes in _forms(column) if len(np.unique(codes)) > 1]
    if not forms:
        return []
    plain = _plain(column)
    coding = learn_coding(plain.iloc[halves[0]], bins=BINS, most=500)
    value = coding.codes(plain)
    # a gap says nothing by its value: it counts as the commonest one
    value[value == 0] = np.bincount(value[halves[0]][value[halves[0]] > 0], minlength=coding.size).argmax()
    by_value = auc_variance(hit[halves[1]], guessed(value, hit, halves))
    results = []
    for form, codes in forms:
        by_form = auc_variance(hit[halves[1]], guessed(codes, hit, halves))
        gain = by_form.auc - by_value.auc
        # as if the two areas were of different rows: never too sure
        error = float(np.sqrt(by_form.variance + by_value.variance))
        p_value = float(special.ndtr(-gain / error)) if error > 0 else float(gain <= 0)
        results.append(_Form(str(column.name), form, label, by_form.auc, by_value.auc, gain, p_value))
    return results


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return the values without their form: texts without case and blanks."""
    from pandas.api import types

    if types.is_numeric_dtype(column):
        return column
    return column.astype(str).str.strip().str.casefold().where(column.notna())


def _forms(column: pd.Series[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield each form of the values, as codes from 0."""
    import numpy as np
    from pandas.api import types

    gone = column.isna().to_numpy()
    yield "being there", (~gone).astype(np.int64)
    if types.is_bool_dtype(column) or types.is_complex_dtype(column):
        return
    if types.is_numeric_dtype(column):
        if types.is_float_dtype(column):
            yield "the number of decimals", _decimals(column)
        return
    texts = column.astype(str).where(~column.isna(), "")
    yield "the length", texts.str.len().clip(upper=60).to_numpy(dtype=np.int64)
    yield "the case", texts.str.isupper().to_numpy(dtype=np.int64) + 2 * texts.str.islower().to_numpy(dtype=np.int64)
    yield "blanks before or after", (texts != texts.str.strip()).to_numpy(dtype=np.int64)
    signs = texts.str.replace(r"[\w\s]", "", regex=True).str.slice(0, 8)
    yield "its signs", signs.factorize()[0].astype(np.int64).clip(max=200)
    endings = texts.str.extract(r"\.([A-Za-z0-9]{1,5})$", expand=False).fillna("")
    yield "the file ending", endings.factorize()[0].astype(np.int64).clip(max=200)


def _decimals(column: pd.Series[Any]) -> NDArray[Any]:
    """Return how many decimals a number needs, up to seven."""
    import numpy as np

    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    numbers = np.where(np.isfinite(numbers) & (np.abs(numbers) < 1e8), numbers, 0.0)
    found = np.full(numbers.size, DECIMALS, np.int64)
    for digits in range(DECIMALS - 1, -1, -1):
        scaled = numbers * 10.0**digits
        found[np.abs(scaled - np.round(scaled)) < 1e-6 * np.maximum(np.abs(scaled), 1) * 1e-3 + 1e-9] = digits
    return found


def _views(named: list[_Form]) -> list[Series | Table]:
    rows = [(f"{one.form} of {one.feature}", one.form_area, one.value_area) for one in named[:SHOWN]]
    picture = Series(
        name="picture",
        title="What the form tells, and what the value does",
        columns=("form", "form area", "value area"),
        rows=rows,
        x="form",
        y=("form area", "value area"),
        mark="point",
        reference={"a guess": 0.5},
    )
    table = Table(
        name="forms",
        title="Forms that tell more than their values",
        columns=("feature", "form", "class", "area of the form", "area of the value", "gain", "p_value"),
        rows=named[:100],
        caption="Areas under the ROC curve, learned on one half of the rows and measured on the other.",
    )
    return [picture, table]
