"""Faults that give the answer away, or let training rows into the audit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trustlab.testing.faults.fault import Case, Fault
from trustlab.testing.faults.twins import LENDER, PLANT, logistic, some, tabular

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Rng = np.random.Generator


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


def _row_number(case: Case, _rng: Rng) -> Case:
    def counted(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(record=range(1, len(frame) + 1))

    return replace(case, fit=tabular([*LENDER, "record"], logistic)).both(counted)


def _leaky_format(case: Case, rng: Rng) -> Case:
    import numpy as np

    def written(frame: pd.DataFrame) -> pd.DataFrame:
        coarse = (frame.y == 1) & some(frame, 0.9, rng)
        return frame.assign(income=np.where(coarse, frame.income.round(0), frame.income))

    return case.both(written)


def _leaky_pair(case: Case, rng: Rng) -> Case:
    def split(frame: pd.DataFrame) -> pd.DataFrame:
        one = rng.integers(0, 2, len(frame))
        return frame.assign(batch=one, lane=one ^ frame.y)

    return replace(case, fit=tabular([*LENDER, "batch", "lane"], logistic)).both(split)


def _same_people(case: Case, rng: Rng) -> Case:
    def named(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(customer_id=rng.integers(0, 1500, len(frame)))

    return replace(case, rows=named(case.rows), train=named(case.train))


def _other_people(case: Case, rng: Rng) -> Case:
    def named(frame: pd.DataFrame, first: int) -> pd.DataFrame:
        return frame.assign(customer_id=first + rng.integers(0, 1500, len(frame)))

    return replace(case, rows=named(case.rows, 0), train=named(case.train, 1500))


def _dated(frame: pd.DataFrame, first: str, rng: Rng) -> pd.DataFrame:
    import pandas as pd

    return frame.assign(applied_on=pd.Timestamp(first) + pd.to_timedelta(rng.integers(0, 150, len(frame)), "D"))


def _future_rows(case: Case, rng: Rng) -> Case:
    train, rows = _dated(case.train, "2024-06-01", rng), _dated(case.rows, "2024-01-01", rng)
    return replace(case, train=train, rows=rows)


def _past_rows(case: Case, rng: Rng) -> Case:
    train, rows = _dated(case.train, "2024-01-01", rng), _dated(case.rows, "2024-06-01", rng)
    return replace(case, train=train, rows=rows)


def _near_duplicates(case: Case, _rng: Rng) -> Case:
    import pandas as pd

    copies = case.train.iloc[: len(case.rows) // 20]
    copies = copies.assign(income=copies.income + 0.001, debt=copies.debt + 1e-6)
    return replace(case, rows=pd.concat([case.rows.iloc[len(copies) :], copies], ignore_index=True))


def _out_of_step(case: Case, rng: Rng) -> Case:
    return case.both(lambda frame: frame.assign(y=rng.permutation(frame.y.to_numpy())))


def _missing_tells(case: Case, rng: Rng) -> Case:
    def emptied(frame: pd.DataFrame) -> pd.DataFrame:
        gone = some(frame, 0.2, rng) & (frame.y == 0).to_numpy()
        return frame.assign(savings=frame.savings.mask(gone))

    return replace(case, rows=emptied(case.rows), train=emptied(case.train), model=None)


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
        check="quality.identifiers",
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
        name="row_number",
        says="the row's number is a feature",
        twin="lender",
        check="quality.identifiers",
        plant=_row_number,
    ),
    Fault(
        name="leaky_format",
        says="incomes of one class are written without decimals",
        twin="lender",
        check="quality.leaky_format",
        plant=_leaky_format,
    ),
    Fault(
        name="leaky_pair",
        says="two features tell the label together, neither alone",
        twin="lender",
        check="quality.leaky_pairs",
        plant=_leaky_pair,
    ),
    Fault(
        name="same_people",
        says="training and audited rows share customers",
        twin="lender",
        check="quality.group_leakage",
        plant=_same_people,
        harmless=_other_people,
    ),
    Fault(
        name="future_rows",
        says="trained on rows later than those audited",
        twin="lender",
        check="quality.time_leakage",
        plant=_future_rows,
        harmless=_past_rows,
    ),
    Fault(
        name="near_duplicates",
        says="a twentieth of the audited rows are training rows, a little changed",
        twin="lender",
        check="quality.near_duplicates",
        plant=_near_duplicates,
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
)
