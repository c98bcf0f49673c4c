"""Published tables, end to end: what the whole package prints is what others have printed before."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustlab as tl
from trustlab.surfaces import cli

RealData = Callable[[str], Path]

pytestmark = pytest.mark.filterwarnings("ignore")  # third parties' warnings are theirs; ours are tested by unit tests

WINE = (
    "fixed_acidity,volatile_acidity,citric_acid,residual_sugar,chlorides,free_so2,total_so2,density,ph,sulphates,"
    "alcohol,quality"
)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty current folder: no workspace of the repository or of a user has a say."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Run one command with --json; return its exit status and its document."""
    status = cli.main([*words, "--json"])
    return status, json.loads(capsys.readouterr().out)


def table(result: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The rows of a view, by column."""
    view = next(view for view in result["views"] if view["name"] == name)
    return [dict(zip(view["columns"], row, strict=True)) for row in view["rows"]]


def by_group(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["group"]: row for row in table(result, "by_group")}


def rates(document: dict[str, Any], name: str) -> dict[str, float]:
    """The share selected of each group, to four digits."""
    assert [result["id"] for result in document["results"]] == [name]
    return {group: round(row["selection_rate"], 4) for group, row in by_group(document["results"][0]).items()}


# ProPublica (2016), "How we analyzed the COMPAS recidivism algorithm": tn, fp, fn, tp, then FPR and FNR in per cent.
PROPUBLICA = {
    "(all)": ((2681, 1282, 1216, 2035), (32.35, 37.40)),
    "African-American": ((990, 805, 532, 1369), (44.85, 27.99)),
    "Caucasian": ((1139, 349, 461, 505), (23.45, 47.72)),
}


def test_propublica_compas(real_data: RealData, capsys: pytest.CaptureFixture[str]) -> None:
    status, document = asked(
        capsys,
        "audit",
        "--data",
        str(real_data("compas/compas.csv")),
        "--derive",
        "high_risk = score_text != 'Low'",
        "--target",
        "two_year_recid",
        "--prediction",
        "high_risk",
        "--sensitive",
        "race",
        "--only",
        "fairness.error_rates",
    )
    assert (status, document["status"]) == (1, "fail")
    found = by_group(document["results"][0])
    for group, (counts, (fpr, fnr)) in PROPUBLICA.items():
        row = found[group]
        assert tuple(row[name] for name in ("tn", "fp", "fn", "tp")) == counts, group
        assert (round(100 * row["fpr"], 2), round(100 * row["fnr"], 2)) == (fpr, fnr), group
        assert all(row[f"{rate}_lo"] <= row[rate] <= row[f"{rate}_hi"] for rate in ("fpr", "fnr", "ppv")), group
    assert (round(found["African-American"]["ppv"], 3), round(found["Caucasian"]["ppv"], 3)) == (0.630, 0.591)
    races = [row["n"] for group, row in found.items() if group != "(all)"]
    assert sum(races) == found["(all)"]["n"] == 7214


# Fairlearn's user guide, "Common fairness metrics": 18 rows in three groups.
FAIRLEARN = pd.DataFrame(
    {
        "truth": [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1],
        "said": [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0],
        "group": list("bbabbcccaacabccbcc"),
    }
)


def test_fairlearn_documented_example() -> None:
    report = tl.audit(
        data=FAIRLEARN,
        target="truth",
        prediction="said",
        sensitive=["group"],
        only=["fairness.error_rates", "fairness.selection_rate"],
    )
    found = by_group(report["fairness.error_rates"].to_dict())
    told = {group: [round(found[group][rate], 4) for rate in ("selection_rate", "fpr", "fnr")] for group in "abc"}
    # The guide prints the true positive rate: .5, .6 and .4.
    assert told == {"a": [0.75, 1.0, 0.5], "b": [0.5, 0.0, 0.4], "c": [0.5, 0.6667, 0.6]}
    selected = by_group(report["fairness.selection_rate"].to_dict())
    assert [selected[group]["selection_rate"] for group in "abc"] == [0.75, 0.5, 0.5]


# The target stands for the prediction too, so that what is selected is what was decided: the base rates.
@pytest.mark.parametrize(
    ("file", "words", "expected"),
    [
        pytest.param(
            # Kamiran and Calders (2009): 15 % apart at the age of 25.
            "german_credit/german_data_credit_decoded.csv",
            ("--target=class-label", "--prediction=class-label", "--derive=older = age > 25", "--sensitive=older"),
            {"(all)": 0.7, "True": 0.7284, "False": 0.5789},
            id="german credit by age",
        ),
        pytest.param(
            "german_credit/german_data_credit_decoded.csv",
            ("--target=class-label", "--prediction=class-label", "--sensitive=sex"),
            {"(all)": 0.7, "male": 0.7232, "female": 0.6484},
            id="german credit by sex",
        ),
        pytest.param(
            # Stock and Watson, Introduction to Econometrics, chapter 11: 28 % against 9 %.
            "hmda_boston/HMDA.csv",
            ("--target=deny", "--prediction=deny", "--sensitive=afam"),
            {"(all)": 0.1197, "yes": 0.2832, "no": 0.0926},
            id="hmda by race",
        ),
        pytest.param(
            # Wooldridge, Introductory Econometrics (loanapp): approve = .708 + .201 white.
            "hmda_boston/loanapp.csv",
            ("--target=approve", "--prediction=approve", "--sensitive=white"),
            {"(all)": 0.8773, "1": 0.9084, "0": 0.7078},
            id="loanapp by race",
        ),
    ],
)
def test_published_base_rates(
    real_data: RealData,
    capsys: pytest.CaptureFixture[str],
    file: str,
    words: tuple[str, ...],
    expected: dict[str, float],
) -> None:
    check = "fairness.selection_rate"
    _, document = asked(capsys, "audit", "--data", str(real_data(file)), *words, "--only", check)
    assert rates(document, check) == expected


def drifted(result: dict[str, Any]) -> set[str]:
    return {row["feature"] for row in table(result, "by_feature") if row["drifted"]}


def test_red_wine_is_not_white_wine(real_data: RealData, capsys: pytest.CaptureFixture[str]) -> None:
    red, white = (str(real_data(f"wine_quality/winequality-{colour}.csv")) for colour in ("red", "white"))
    status, document = asked(capsys, "drift", red, white, "--names", WINE, "--detector", "ks")
    assert (status, document["status"]) == (1, "fail")
    (result,) = document["results"]
    assert drifted(result) == set(WINE.split(","))
    first = table(result, "by_feature")[0]
    # White wine holds three times the sulphur dioxide of red: the means are 138.36 and 46.47.
    assert first["feature"] == "total_so2"
    assert first["current_median"] > 2 * first["reference_median"]


@pytest.mark.parametrize("seed", range(5))
def test_two_halves_of_white_wine_are_alike(real_data: RealData, seed: int) -> None:
    wine = pd.read_csv(real_data("wine_quality/winequality-white.csv"), header=None, names=WINE.split(","))
    order = np.random.default_rng(seed).permutation(len(wine))
    halves = [wine.iloc[part].reset_index(drop=True) for part in np.array_split(order, 2)]
    report = tl.drift(*halves, detector=["ks", "missing", "schema"])
    assert str(report.status) == "pass"
    assert drifted(report["drift.ks"].to_dict()) == set()
    assert report["drift.ks"].p_value is not None
    assert report["drift.ks"].p_value > 0.05


def test_bike_sharing_grew(real_data: RealData) -> None:
    with zipfile.ZipFile(real_data("bike_sharing/bike_sharing_dataset.zip")) as archive:
        hours = pd.read_csv(io.BytesIO(archive.read("hour.csv")))
    years = [hours[hours["yr"] == year].reset_index(drop=True) for year in (0, 1)]
    # Fanaee-T and Gama (2013): 1,243,103 rides in 2011 and 2,049,576 in 2012.
    assert [int(year["cnt"].sum()) for year in years] == [1_243_103, 2_049_576]
    report = tl.drift(*years, columns=["cnt", "hr", "holiday"])
    rows = {row["feature"]: row for row in table(report["drift.ks"].to_dict(), "by_feature")}
    assert rows["cnt"]["drifted"]
    assert rows["cnt"]["current_median"] > rows["cnt"]["reference_median"]
    # The clock and the calendar did not move.
    assert (rows["hr"]["drifted"], rows["holiday"]["drifted"]) == (False, False)
