"""Faults of the data: what stands in the rows that should not, or does not that should."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.testing.faults.fault import Case, Fault
from trustlab.testing.faults.twins import LENDER, PLANT, logistic, tabular

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Rng = np.random.Generator


def some(frame: pd.DataFrame, share: float, rng: Rng) -> Any:
    """Return a mask of about that share of the rows."""
    return rng.random(len(frame)) < share


def _target_leakage(case: Case, rng: Rng) -> Case:
    def late(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(reminders=(3 * (1 - frame.y) + rng.normal(0, 0.4, len(frame))).round(2))

    return replace(case, fit=tabular([*LENDER, "reminders"], logistic)).both(late)


def _target_copy(case: Case, _rng: Rng) -> Case:
    def coded(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(label_code=frame.y.map({"ash": "A7", "elm": "E1", "oak": "O4"}))

    return replace(case, fit=tabular([*PLANT, "label_code"], logistic)).both(coded)


def _id_leakage(case: Case, rng: Rng) -> Case:
    def numbered(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(customer=100_000 + rng.permutation(2 * len(frame))[: len(frame)])

    return replace(case, fit=tabular([*LENDER, "customer"], logistic)).both(numbered)


def _overlap(case: Case, rng: Rng) -> Case:
    import pandas as pd

    seen = case.train.iloc[: len(case.rows) // 10]
    rows = pd.concat([case.rows.iloc[len(seen) :], seen], ignore_index=True)
    return replace(case, rows=rows.sample(frac=1, random_state=int(rng.integers(2**31))).reset_index(drop=True))


def _out_of_step(case: Case, rng: Rng) -> Case:
    return case.both(lambda frame: frame.assign(y=rng.permutation(frame.y.to_numpy())))


def _missing_tells(case: Case, rng: Rng) -> Case:
    def emptied(frame: pd.DataFrame) -> pd.DataFrame:
        gone = some(frame, 0.2, rng) & (frame.y == 0).to_numpy()
        return frame.assign(savings=frame.savings.mask(gone))

    return replace(case, rows=emptied(case.rows), train=emptied(case.train), model=None)


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


FAULTS = (
    Fault(
        name="target_leakage",
        says="a feature is filled in after the outcome is known",
        twin="lender",
        check="quality.leakage",
        plant=_target_leakage,
    ),
    Fault(
        name="target_copy",
        says="a feature is the label under another name",
        twin="plants",
        check="quality.leakage",
        plant=_target_copy,
    ),
    Fault(
        name="id_leakage",
        says="a customer number is a feature",
        twin="lender",
        check="quality.leakage",
        plant=_id_leakage,
    ),
    Fault(
        name="overlap",
        says="a tenth of the audited rows are training rows",
        twin="lender",
        check="quality.leakage",
        plant=_overlap,
    ),
    Fault(
        name="out_of_step",
        says="labels belong to other rows, as after a join gone wrong",
        twin="lender",
        check="performance.metrics",
        plant=_out_of_step,
    ),
    Fault(
        name="missing_tells",
        says="savings are missing more often where the loan failed",
        twin="lender",
        check="quality.missing",
        plant=_missing_tells,
    ),
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
        check="quality.schema",
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
)
