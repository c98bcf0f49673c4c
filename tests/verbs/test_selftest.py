"""``trust selftest``: planted faults, from the outside."""

from pathlib import Path
from typing import Any

import pytest

from trustlab.core.errors import UsageError
from trustlab.core.execute import run


def test_a_row_for_each_fault_with_what_was_found() -> None:
    document = run("selftest", {"seeds": 2, "only": ["quality.duplicates", "unseen_category"]})
    assert document.status == "pass"
    assert document.payload["broken"] == []
    rows = {row["fault"]: row for row in document.payload["faults"]}
    assert rows["duplicates"]["flagged"] == "2/2"
    assert rows["duplicates"]["clean twin failed"] == "0/2"
    # 80 of 4,080 rows are copies
    assert rows["duplicates"]["value"] == pytest.approx(80 / 4080, rel=0.01)
    assert rows["duplicates"]["clean value"] == 0
    assert set(rows) >= {"duplicates", "unseen_category"}
    assert "left alone (2 seeds each)" in document.summary


def test_alarms_on_clean_cases_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    from trustlab.testing.faults.catalogue import FAULTS
    from trustlab.testing.faults.twins import TWINS

    def spoilt(rng: Any) -> Any:
        return FAULTS["overlap"].plant(TWINS["lender"](rng), rng)

    monkeypatch.setattr("trustlab.testing.faults.twins.TWINS", {"lender": spoilt})
    clean = {name: fault for name, fault in FAULTS.items() if name == "overlap"}
    monkeypatch.setattr("trustlab.testing.faults.catalogue.FAULTS", clean)
    document = run("selftest", {"seeds": 1, "only": ["overlap"], "every": True})
    assert document.status == "fail"
    assert "quality.leakage on lender" in document.payload["broken"]
    (alarms,) = (view for view in document.views if view.name == "alarms")
    assert ("quality.leakage", "lender", "1/1") in [row[:3] for row in alarms.rows]


def test_the_table_is_written_where_asked(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- faults -->\n<!-- /faults -->\n")
    run("selftest", {"seeds": 1, "only": ["duplicates"], "write": str(page)})
    assert "| duplicates | one row in fifty stands there twice | quality.duplicates | 1/1 | 0/1 |" in page.read_text()


def test_what_is_no_fault_is_named() -> None:
    with pytest.raises(UsageError, match="Did you mean 'duplicates'"):
        run("selftest", {"only": ["duplicate"]})
