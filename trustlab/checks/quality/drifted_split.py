"""Are the training rows and the audited rows from one distribution?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from trustlab.core.context import Context
from trustlab.core.counted import listed
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

ID = "quality.drifted_split"
FEWEST = 50  # rows of either side
MOST_TESTED = 500  # features tested one by one
SHOWN = 15


@operation(
    "check",
    "Drifted split",
    needs=("features", "train"),
    threshold=Threshold(
        warn=0.5,
        fail=0.625,
        source="0.5 is a guess; Deepchecks' MultivariateDrift takes a drift score (twice the area, less 1) below 0.25 "
        "for acceptable, an area of 0.625",
    ),
    references=(
        "Lopez-Paz and Oquab (2017). Revisiting classifier two-sample tests. ICLR",
        "Rabanser, Günnemann and Lipton (2019). Failing loudly: detecting dataset shift. NeurIPS",
        "Benjamini and Hochberg (1995). Controlling the false discovery rate. JRSS B 57",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def drifted_split(
    subject: Subject,
    max_rows: Annotated[int, Range(FEWEST), Unit("rows")] = 5_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Are the training rows and the audited rows from one distribution?

    A classifier learns on half of the rows to tell training rows from audited ones; on the other half its area under
    the ROC curve is 0.5 where nothing tells them apart. Identifiers and counters are left out: they always do. Each
    feature and the target are tested alone too. A split by time is right to differ: then the number says what the
    model must bear. Not for splits that were made to differ, as by group.

    In plain words
    --------------
    The cases the model was examined on are unlike those it learned from.

    What to do
    ----------
    Compare the two sides feature by feature (trust drift), and find out how the rows were dealt: by time, by place or
    by chance.

    Parameters
    ----------
    subject : Subject
        Audited rows and the training rows.
    max_rows : int
        Rows of either side; more are sampled.
    level : float
        Confidence level of the interval; 1 - level is the false discovery rate of the single tests.
    context : Context
        Where the sample and the folds come from; row order matters through it.

    Returns
    -------
    Result
        Value: the area, with DeLong's interval; ``p_value``: Mann and Whitney's test of no more than 0.5. Where the
        interval reaches 0.5 the check passes.

    References
    ----------
    Lopez-Paz and Oquab (2017). Revisiting classifier two-sample tests. ICLR.
    """
    import numpy as np
    import pandas as pd

    from trustlab.checks.quality._learner import affordable, features_of, judged_half
    from trustlab.stats.roc import auc_interval, auc_test
    from trustlab.stats.sampling import subsample

    train = subject.train
    assert train is not None
    # the row's number does tell the two apart, and says nothing
    features = [name for name in features_of(subject) if name in train.X.columns and name in features_of(train)]
    if min(subject.n, train.n) < FEWEST or not features:
        return not_applicable(f"needs {FEWEST} rows of either side; got {train.n:,} to train on and {subject.n:,} here")
    limit = affordable(max_rows, len(features))
    rows = subsample(train.n, limit, context.rng(ID, "train")), subsample(subject.n, limit, context.rng(ID, "audited"))
    before, after = train.X[features].iloc[rows[0]], subject.X[features].iloc[rows[1]]
    both = pd.concat([before, after], ignore_index=True)
    side = np.repeat([0, 1], [len(before), len(after)])
    judges, proba = judged_half(both, side, 2, context, ID)
    area, two_sided = auc_interval(side[judges], proba[:, 1], level), auc_test(side[judges], proba[:, 1])
    p_value = two_sided / 2 if area.value > 0.5 else 1 - two_sided / 2
    labels = None if train.y is None or subject.y is None else (train.y[rows[0]], subject.y[rows[1]])
    tests = _tests(before, after, labels, subject, context)
    alike = area.lo <= 0.5
    told = "cannot be told apart from" if alike else "can be told from"
    names = listed([one.feature for one in tests if one.adjusted < 1 - level])
    single = f"; alone, {names} moved" if names else "; no feature moved by itself beyond chance"
    return Result(
        status=Status.PASS if alike else None,
        reason=f"Audited rows {told} training rows: area {area.value:.3f} ({area.lo:.3f} to {area.hi:.3f}, n "
        f"{len(before):,} and {len(after):,}; 0.5 is a guess){single}.",
        value=area.value,
        unit="area under the curve",
        interval=(area.lo, area.hi),
        level=level,
        n=len(both),
        p_value=p_value,
        views=[_picture(tests), _table(tests, len(features))],
        advice=["Compare the two sides feature by feature, with %trust drift."] if not alike else [],
    )


class _Test(NamedTuple):
    """One feature's test: the distance of the two distributions and the p-values."""

    feature: str
    measure: str
    distance: float
    p_value: float
    adjusted: float


def _tests(
    before: pd.DataFrame,
    after: pd.DataFrame,
    labels: tuple[NDArray[Any], NDArray[Any]] | None,
    subject: Subject,
    context: Context,
) -> list[_Test]:
    """Return each feature's test, the surest first."""
    import pandas as pd

    from trustlab.stats.multiplicity import benjamini_hochberg

    pairs = [(str(name), before[name], after[name]) for name in before.columns[:MOST_TESTED]]
    if labels is not None:
        kind = str if subject.classes else float
        one, two = (pd.Series(side).astype(kind) for side in labels)
        pairs.append((f"{subject.target} (target)", one, two))
    raw = [(name, *_one(one, two, context)) for name, one, two in pairs]
    adjusted = benjamini_hochberg([row[3] for row in raw])
    tests = [_Test(*row, float(value)) for row, value in zip(raw, adjusted, strict=True) if value == value]
    return sorted(tests, key=lambda one: (one.adjusted, one.p_value, -one.distance, one.feature))


def _one(before: pd.Series[Any], after: pd.Series[Any], context: Context) -> tuple[str, float, float]:
    import numpy as np
    from pandas.api import types

    from trustlab.data.coding import learn_coding
    from trustlab.stats.two_sample import chi2_counts, ks_2samp, total_variation

    if types.is_numeric_dtype(before) and types.is_numeric_dtype(after) and not types.is_bool_dtype(before):
        one, two = (side.dropna().to_numpy(dtype=float) for side in (before, after))
        found = ks_2samp(one, two)
        return "largest distance of distribution functions", found.statistic, found.p_value
    coding = learn_coding(before, most=50)
    counts = np.stack([np.bincount(coding.codes(side), minlength=coding.size) for side in (before, after)])
    p_value = chi2_counts(counts, context.rng(ID, "tests"), permutations=999).p_value
    return "total variation", total_variation(counts[0], counts[1]), p_value


def _picture(tests: Sequence[_Test]) -> Series:
    return Series(
        name="distances",
        title="How far features lie apart",
        columns=("feature", "distance"),
        rows=[(one.feature, one.distance) for one in tests[:SHOWN]],
        x="feature",
        y=("distance",),
        mark="bar",
        caption="0 alike, 1 apart. Surest first; see the table for what could be chance.",
    )


def _table(tests: Sequence[_Test], features: int) -> Table:
    left = features - MOST_TESTED
    return Table(
        name="by_feature",
        title="Feature by feature",
        columns=("feature", "measure", "distance", "p_value", "p_adjusted"),
        rows=tests[:200],
        caption="p_adjusted: Benjamini-Hochberg over all features." + (f" {left:,} were not tested." * (left > 0)),
    )
