"""Published fairness figures: AIF360's German credit, ProPublica's COMPAS, HMDA Boston, Ricci v. DeStefano."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustlab as tl

RealData = Callable[[str], Path]

pytestmark = pytest.mark.filterwarnings("ignore")  # third parties' warnings are theirs; ours are tested by unit tests


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty current folder: no workspace of the repository or of a user has a say."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)


def asked(check: str, **subject: Any) -> Any:
    """Ask one check, through the surface that users have."""
    return tl.audit(**subject, only=[check])[check]


def table(result: Any, name: str) -> list[dict[str, Any]]:
    view = result.view(name)
    return [dict(zip(view.columns, row, strict=True)) for row in view.rows]


def metrics(result: Any) -> dict[str, float]:
    return {row["metric"]: row["value"] for row in table(result, "metrics") if row["library"] == "AIF360"}


# AIF360's tutorial on credit scoring: the mean difference of 25 and over against under 25 on its training split.
@pytest.mark.parametrize(("rows", "expected"), [(700, -0.169905), (1000, -0.128550)])
def test_german_credits_mean_difference_by_age(real_data: RealData, rows: int, expected: float) -> None:
    frame = pd.read_csv(real_data("german_credit/german_data_credit_decoded.csv"))
    rng = np.random.RandomState(0)
    chosen = rng.permutation(1000)[:rows] if rows < 1000 else np.arange(1000)
    frame = frame.iloc[chosen].reset_index(drop=True)
    frame["adult"] = np.where(frame.age >= 25, "yes", "no")
    result = asked(
        "fairness.metrics",
        data=frame,
        target="class-label",
        prediction="class-label",
        sensitive=["adult"],
    )
    assert metrics(result)["statistical_parity_difference"] == pytest.approx(expected, abs=5e-7)


# ProPublica's notebook prints the first two at the cut of its tables (Low against the rest) and at high alone.
# By sex and age it prints no table: those counts are a hand count by pandas.
def recidivists(path: Path, cut: str) -> pd.DataFrame:
    frame = pd.read_csv(path)
    frame["said"] = (frame.score_text != "Low") if cut == "medium" else (frame.score_text == "High")
    return frame.astype({"said": int})


@pytest.mark.parametrize(
    ("cut", "group", "counts", "fpr", "fnr", "ppv", "npv"),
    [
        ("medium", "African-American", (990, 805, 532, 1369), 44.85, 27.99, 0.63, 0.65),
        ("medium", "Caucasian", (1139, 349, 461, 505), 23.45, 47.72, 0.59, 0.71),
        ("high", "African-American", (1511, 284, 1160, 741), 15.82, 61.02, 0.72, 0.57),
        ("high", "Caucasian", (1407, 81, 771, 195), 5.44, 79.81, 0.71, 0.65),
    ],
)
def test_propublicas_tables_at_both_cuts(
    real_data: RealData, cut: str, group: str, counts: tuple[int, ...], fpr: float, fnr: float, ppv: float, npv: float
) -> None:
    frame = recidivists(real_data("compas/compas.csv"), cut)
    named = {"data": frame, "target": "two_year_recid", "prediction": "said", "sensitive": ["race"]}
    errors = {row["group"]: row for row in table(asked("fairness.error_rates", **named), "by_group")}[group]
    assert tuple(errors[cell] for cell in ("tn", "fp", "fn", "tp")) == counts
    assert (round(100 * errors["fpr"], 2), round(100 * errors["fnr"], 2)) == (fpr, fnr)
    parity = asked("fairness.predictive_parity", **named)
    worth = {row["group"]: row for row in table(parity, "by_group")}[group]
    assert (round(worth["ppv"], 2), round(worth["npv"], 2)) == (ppv, npv)
    assert "Chouldechova" in parity.reason  # the base rates .51 and .39 differ


@pytest.mark.parametrize("cut", ["medium", "high"])
@pytest.mark.parametrize("attribute", ["sex", "age_cat"])
def test_compas_by_sex_and_age(real_data: RealData, cut: str, attribute: str) -> None:
    frame = recidivists(real_data("compas/compas.csv"), cut)
    result = asked(
        "fairness.error_rates", data=frame, target="two_year_recid", prediction="said", sensitive=[attribute]
    )
    found = {row["group"]: row for row in table(result, "by_group")}
    for group, part in frame.groupby(attribute):
        counts = pd.crosstab(part.two_year_recid, part.said).to_numpy().ravel().tolist()
        assert [found[group][cell] for cell in ("tn", "fp", "fn", "tp")] == counts
    known = {
        ("sex", "medium"): {"Female": (32.11, 39.16), "Male": (32.42, 37.09)},
        ("sex", "high"): {"Female": (8.14, 76.51), "Male": (10.73, 67.89)},
        ("age_cat", "medium"): {"Less than 25": (54.14, 26.04), "Greater than 45": (16.79, 57.23)},
        ("age_cat", "high"): {"Less than 25": (18.20, 61.57), "Greater than 45": (4.55, 84.14)},
    }[attribute, cut]
    told = {group: (round(100 * found[group]["fpr"], 2), round(100 * found[group]["fnr"], 2)) for group in known}
    assert told == known


def test_hmda_boston(real_data: RealData) -> None:
    """Stock and Watson, chapter 11: 28.3 % of 339 black and 9.3 % of 2,041 white applicants are denied."""
    frame = pd.read_csv(real_data("hmda_boston/HMDA.csv"))
    result = asked("fairness.label_bias", data=frame, target="deny", sensitive=["afam"])
    found = {row["group"]: row for row in table(result, "by_group")}
    assert {group: (row["n"], round(row["base_rate"], 4)) for group, row in found.items()} == {
        "(all)": (2380, 0.1197),
        "yes": (339, 0.2832),
        "no": (2041, 0.0926),
    }
    assert result.value == pytest.approx(0.0926 / 0.2832, abs=5e-4)
    assert result.status == "warn"


def test_ricci_fails_the_four_fifths_rule(real_data: RealData) -> None:
    """Ricci v. DeStefano, 557 U.S. 557 (2009): 41 of 68 white and 15 of 50 other candidates passed."""
    frame = pd.read_csv(real_data("ricci/ricci_race.csv"))
    frame["passed"] = (frame.Combine >= 70).astype(int)
    pooled = asked("fairness.selection_rate", data=frame, prediction="passed", sensitive=["Race"])
    found = {row["group"]: (row["selected"], row["n"]) for row in table(pooled, "by_group")}
    assert (found["White"], found["Non-White"]) == ((41, 68), (15, 50))
    assert round(pooled.value, 3) == 0.498
    assert pooled.status == "fail"
    assert "standard deviations" in pooled.reason
    by_rank = {
        rank: {row["group"]: (row["selected"], row["n"]) for row in table(asked_of, "by_group")}
        for rank, asked_of in (
            (rank, asked("fairness.selection_rate", data=part, prediction="passed", sensitive=["Race"]))
            for rank, part in frame.groupby("Position")
        )
    }
    assert (by_rank["Captain"]["White"], by_rank["Captain"]["Non-White"]) == ((16, 25), (6, 16))
    assert (by_rank["Lieutenant"]["White"], by_rank["Lieutenant"]["Non-White"]) == ((25, 43), (9, 34))
