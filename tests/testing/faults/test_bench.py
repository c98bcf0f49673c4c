"""Every planted fault is found by the check that is meant for it, and the clean twin is left alone."""

import copy
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustlab.testing.faults.bench as bench
from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.testing.faults.catalogue import FAULTS, chosen
from trustlab.testing.faults.record import recorded
from trustlab.testing.faults.twins import TWINS


def digest(rows: Any) -> int:
    if isinstance(rows, pd.DataFrame):
        return int(pd.util.hash_pandas_object(rows).sum())
    return hash(None if rows is None else rows.tobytes())


SEEDS = 3  # trust selftest tries twenty; what it found is in the table
README = Path(bench.__file__).with_name("README.md")


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    (line,) = bench.measure([FAULTS[name]], SEEDS, Context(progress=False))
    assert line.flagged == SEEDS, line.missed
    assert line.clean_failed == 0
    assert line.kept


def test_the_bench_notices_a_fault_that_is_none() -> None:
    harmless = dataclasses.replace(FAULTS["duplicates"], plant=lambda case, _rng: case)
    (line,) = bench.measure([harmless], 2, Context(progress=False))
    assert (line.flagged, line.kept) == (0, False)
    assert line.missed.startswith("pass: ")


def test_the_bench_notices_a_clean_twin_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = FAULTS["overlap"]
    spoilt = dict(TWINS, lender=lambda rng: fault.plant(TWINS["lender"](rng), rng))
    monkeypatch.setattr("trustlab.testing.faults.twins.TWINS", spoilt)
    (line,) = bench.measure([fault], 2, Context(progress=False))
    assert (line.flagged, line.clean_failed, line.kept) == (2, 2, False)


def test_the_same_seed_brings_the_same() -> None:
    some = chosen(["duplicates", "overfit"])
    assert bench.try_seed(some, 5) == bench.try_seed(some[::-1], 5)


@pytest.mark.parametrize("twin", TWINS)
def test_clean_twins_are_made_anew_by_the_seed_and_predict(twin: str) -> None:
    one, same, other = (TWINS[twin](np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert digest(one.rows) == digest(same.rows)
    assert digest(one.rows) != digest(other.rows)
    subject = one.subject(Context(progress=False))
    assert subject.n == len(one.rows)
    assert subject.y is not None


def test_planting_leaves_the_clean_case_as_it_was() -> None:
    clean = {name: twin(np.random.default_rng(0)) for name, twin in TWINS.items()}
    before = {name: copy.deepcopy((case.rows, case.train)) for name, case in clean.items()}
    for fault in FAULTS.values():
        fault.plant(clean[fault.twin], np.random.default_rng(0))
    for name, case in clean.items():
        for now, then in zip((case.rows, case.train), before[name], strict=True):
            assert digest(now) == digest(then)


def test_faults_are_chosen_by_name_check_and_family() -> None:
    assert [fault.name for fault in chosen(["overlap"])] == ["overlap"]
    assert {fault.check for fault in chosen(["quality.schema"])} == {"quality.schema"}
    assert {fault.check.split(".")[0] for fault in chosen(["privacy", "fairness"])} == {"privacy", "fairness"}
    assert chosen(None) == list(FAULTS.values())
    with pytest.raises(UsageError, match="Did you mean 'overlap'"):
        chosen(["overlapp"])


def test_the_recorded_table_is_of_these_faults_and_all_were_found() -> None:
    rows = recorded(README)
    said = {row[0]: (row[1], row[2]) for row in rows}
    assert said == {name: (fault.says, fault.check) for name, fault in FAULTS.items()}, (
        "run: trust selftest --write trustlab/testing/faults/README.md"
    )
    for row in rows:
        flagged, failed = (tuple(map(int, cell.split("/"))) for cell in row[3:5])
        assert flagged[1] >= 20, row
        assert flagged[0] >= bench.FOUND * flagged[1], row
        assert failed[0] <= bench.FALSE * failed[1], row


def test_a_table_is_only_put_between_marks(tmp_path: Path) -> None:
    from trustlab.core.views import Table
    from trustlab.testing.faults.record import put

    table = Table(name="faults", columns=("fault", "value"), rows=[("a|b", 1.5), ("c", None)])
    page = tmp_path / "page.md"
    with pytest.raises(NotFoundError, match="page"):
        put(table, page)
    page.write_text("no marks")
    with pytest.raises(InputError, match="marks"):
        put(table, page)
    page.write_text("before\n<!-- faults -->\nold\n<!-- /faults -->\nafter\n")
    put(table, page)
    text = page.read_text()
    assert text.startswith("before\n<!-- faults -->\n| fault | value |\n| --- | --- |\n| a\\|b | 1.5 |\n| c |  |\n")
    assert text.endswith("<!-- /faults -->\nafter\n")


def test_rows_of_faults_that_were_not_asked_for_stay(tmp_path: Path) -> None:
    from trustlab.core.views import Table
    from trustlab.testing.faults.record import put

    page = tmp_path / "page.md"
    page.write_text("<!-- faults -->\n<!-- /faults -->\n")
    for rows in ([("c", 1), ("a", 2), ("gone", 3)], [("b", 4), ("a", 5)]):
        put(Table(name="faults", columns=("fault", "value"), rows=rows), page, ["a", "b", "c"])
    assert recorded(page) == [["a", "5"], ["b", "4"], ["c", "1"]]


@pytest.mark.parametrize("twin", TWINS)
def test_no_check_fails_on_a_clean_case(twin: str) -> None:
    answers = bench.ask_all(twin, 0)
    assert {check: one.reason for check, one in answers.items() if one.status in {"fail", "error"}} == {}
    warned = [check for check, one in answers.items() if one.status == "warn"]
    assert len(warned) <= 2, warned
