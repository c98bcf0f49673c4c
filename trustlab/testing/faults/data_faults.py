"""Faults of the data: values that are wrong, odd, rare, missing or written badly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trustlab.testing.faults.fault import Case, Fault
from trustlab.testing.faults.twins import LENDER, logistic, some, tabular

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Rng = np.random.Generator


def _disguised_text(case: Case, rng: Rng) -> Case:
    return replace(case, rows=case.rows.assign(job=case.rows.job.mask(some(case.rows, 0.08, rng), "?")))


def _duplicates(case: Case, _rng: Rng) -> Case:
    import pandas as pd

    rows = pd.concat([case.rows, case.rows.iloc[: len(case.rows) // 50]], ignore_index=True)
    return replace(case, rows=rows)


def _unseen_category(case: Case, rng: Rng) -> Case:
    return replace(case, rows=case.rows.assign(region=case.rows.region.mask(some(case.rows, 0.02, rng), "overseas")))


def _numbers_as_text(case: Case, _rng: Rng) -> Case:
    return replace(case, rows=case.rows.assign(debt=case.rows.debt.map("{:.4f}".format)), model=None)


def _mixed_types(case: Case, rng: Rng) -> Case:
    column = case.rows.age.astype(object).mask(some(case.rows, 0.02, rng), "unknown")
    return replace(case, rows=case.rows.assign(age=column), model=None)


def _constant(case: Case, _rng: Rng) -> Case:
    return replace(case, rows=case.rows.assign(soil="loam"))


def _label_noise(case: Case, rng: Rng) -> Case:
    def mislabelled(frame: pd.DataFrame) -> pd.DataFrame:
        other = frame.y.map({"ash": "elm", "elm": "oak", "oak": "ash"})
        return frame.assign(y=frame.y.mask(some(frame, 0.12, rng), other))

    return case.both(mislabelled)


def _drifted_split(case: Case, rng: Rng) -> Case:
    return replace(case, rows=case.rows.assign(income=case.rows.income + rng.normal(12, 3, len(case.rows)).round(2)))


def _disguised_numbers(case: Case, rng: Rng) -> Case:
    def coded(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(savings=frame.savings.mask(some(frame, 0.05, rng), -999.0))

    return case.both(coded)


def _rare_class(case: Case, rng: Rng) -> Case:
    def thinned(frame: pd.DataFrame) -> pd.DataFrame:
        kept = (frame.y == 1).to_numpy() | some(frame, 0.008, rng)
        thin: pd.DataFrame = frame.loc[kept].reset_index(drop=True)
        return thin

    return case.both(thinned)


def _outliers(case: Case, rng: Rng) -> Case:
    rows = case.rows
    return replace(
        case, rows=rows.assign(savings=rows.savings.mask(some(rows, 0.004, rng), rows.savings * 1000 + 5000))
    )


def _mixed_spelling(case: Case, rng: Rng) -> Case:
    def spelled(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(region=frame.region.mask(some(frame, 0.1, rng), frame.region.str.title() + " "))

    return case.both(spelled)


def _twin_features(case: Case, rng: Rng) -> Case:
    def doubled(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(income_monthly=(frame.income / 12 + rng.normal(0, 0.01, len(frame))).round(3))

    return replace(case, fit=tabular([*LENDER, "income_monthly"], logistic)).both(doubled)


def _patterned_gaps(case: Case, rng: Rng) -> Case:
    def emptied(frame: pd.DataFrame) -> pd.DataFrame:
        gone = some(frame, 0.06, rng) & (frame.region == "north").to_numpy()
        return frame.assign(savings=frame.savings.mask(gone), history=frame.history.mask(gone))

    return replace(case, rows=emptied(case.rows), train=emptied(case.train), model=None)


def _gaps_anywhere(case: Case, rng: Rng) -> Case:
    def emptied(frame: pd.DataFrame) -> pd.DataFrame:
        savings, history = (frame[name].mask(some(frame, 0.02, rng)) for name in ("savings", "history"))
        return frame.assign(savings=savings, history=history)

    return replace(case, rows=emptied(case.rows), train=emptied(case.train), model=None)


FAULTS = (
    Fault(
        name="disguised_missing",
        says="8 % of the jobs are a question mark",
        twin="lender",
        check="quality.schema",
        plant=_disguised_text,
    ),
    Fault(
        name="duplicates",
        says="one row in fifty stands there twice",
        twin="lender",
        check="quality.duplicates",
        plant=_duplicates,
    ),
    Fault(
        name="unseen_category",
        says="2 % of the regions are one that training never had",
        twin="lender",
        check="quality.unseen_categories",
        plant=_unseen_category,
    ),
    Fault(
        name="numbers_as_text",
        says="a column of numbers is text",
        twin="lender",
        check="quality.schema",
        plant=_numbers_as_text,
    ),
    Fault(
        name="mixed_types",
        says="2 % of the ages are a word",
        twin="lender",
        check="quality.schema",
        plant=_mixed_types,
    ),
    Fault(
        name="constant_column",
        says="a feature has one value",
        twin="plants",
        check="quality.schema",
        plant=_constant,
    ),
    Fault(
        name="label_noise",
        says="12 % of the labels are another species",
        twin="clear_plants",
        check="quality.label_noise",
        plant=_label_noise,
    ),
    Fault(
        name="drifted_split",
        says="audited incomes are higher than those of training",
        twin="lender",
        check="quality.drifted_split",
        plant=_drifted_split,
    ),
    Fault(
        name="disguised_numbers",
        says="5 % of the savings are -999",
        twin="lender",
        check="quality.disguised_missing",
        plant=_disguised_numbers,
    ),
    Fault(
        name="rare_class",
        says="under 1 % of the rows are of one class",
        twin="lender",
        check="quality.class_imbalance",
        plant=_rare_class,
    ),
    Fault(
        name="outliers",
        says="0.4 % of the savings are in another unit",
        twin="lender",
        check="quality.outliers",
        plant=_outliers,
    ),
    Fault(
        name="mixed_spelling",
        says="a tenth of the regions are written another way",
        twin="lender",
        check="quality.types",
        plant=_mixed_spelling,
    ),
    Fault(
        name="twin_features",
        says="two features say the same",
        twin="lender",
        check="quality.feature_correlation",
        plant=_twin_features,
    ),
    Fault(
        name="patterned_gaps",
        says="two features are missing together, in one region",
        twin="lender",
        check="quality.missing_patterns",
        plant=_patterned_gaps,
        harmless=_gaps_anywhere,
    ),
)
