"""Principles and the EU AI Act: everything is mapped, everything is numbered, and a gap is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trustlab.checks import evidence as mapping
from trustlab.checks.ai_act import ARTICLES
from trustlab.checks.annex_iv import ANNEX_IV
from trustlab.checks.evidence import CHAPTERS, RECORDS, evidence, speaking, summary, unmapped
from trustlab.checks.principles import PRINCIPLES
from trustlab.core import registry

PACKAGE = Path(mapping.__file__).resolve().parents[1]
CHECKS = list(registry.of_kind("check"))
POINTS = [point for chapter in (PRINCIPLES, *CHAPTERS) for point in chapter.points]

# Regulation (EU) 2024/1689, Chapter III, Section 2, and Annex IV, as published.
TITLES = {
    "Article 9": "Risk management system",
    "Article 10": "Data and data governance",
    "Article 11": "Technical documentation",
    "Article 12": "Record-keeping",
    "Article 13": "Transparency and provision of information to deployers",
    "Article 14": "Human oversight",
    "Article 15": "Accuracy, robustness and cybersecurity",
    "Annex IV": "Technical documentation referred to in Article 11(1)",
}


def test_every_article_and_every_point_of_the_annex_is_there() -> None:
    assert {chapter.number: chapter.title for chapter in CHAPTERS} == TITLES
    annex = [point.ref for point in ANNEX_IV.points]
    assert annex == [f"{n}({letter})" for n in (1, 2) for letter in "abcdefgh"] + ["3", "4", "5", "6", "7", "8", "9"]
    for chapter in ARTICLES:
        number = chapter.number.split()[1]
        for point in chapter.points:
            refs = re.split(r", (?=\d)| to ", point.ref)
            assert all(ref.startswith(f"{number}(") for ref in refs), point.ref
    paragraphs = {ref for chapter in ARTICLES for point in chapter.points for ref in re.split(r", | to ", point.ref)}
    assert {f"10(2)({letter})" for letter in "abcdefgh"} <= paragraphs
    assert {f"13(3)({letter})" for letter in "acdef"} <= paragraphs
    assert {f"13(3)(b)({roman})" for roman in ("i", "ii", "iii", "iv", "v", "vi", "vii")} <= paragraphs
    assert {f"14(4)({letter})" for letter in "abcde"} <= paragraphs
    assert {f"9(2)({letter})" for letter in "abcd"} <= paragraphs


def test_the_five_principles_are_there() -> None:
    assert [point.ref for point in PRINCIPLES.points] == [
        "privacy and security", "human focus", "inclusion", "responsibility", "robustness",
    ]  # fmt: skip
    assert all(point.gap for point in PRINCIPLES.points), "no principle is a matter of numbers alone"


def test_every_check_speaks_to_a_principle_and_to_a_point() -> None:
    assert unmapped(CHECKS) == []
    assert unmapped(["acme.parity"]) == ["acme.parity"], "a family that nobody mapped is told"


@pytest.mark.parametrize("point", POINTS, ids=[point.ref for point in POINTS])
def test_a_point_names_what_is_there_or_its_gap(point: mapping.Point) -> None:
    families = {check.split(".")[0] for check in CHECKS}
    assert not [name for name in point.checks if name not in {*CHECKS, *families}]
    assert set(point.records) <= set(RECORDS)
    assert point.asks
    assert speaking(point, CHECKS) or point.records or point.gap


def document(**statuses: str) -> dict[str, object]:
    results = [{"id": name.replace("__", "."), "status": status} for name, status in statuses.items()]
    return {"results": results, "policy": "mine", "rows": 3, "provenance": {}, "data": {}}


def state(told: dict[str, object], ref: str) -> mapping.Evidence:
    return next(one for one in evidence(told) if one.point.ref == ref)


def test_the_worst_finding_makes_the_state_and_what_nobody_looked_at_is_none() -> None:
    told = document(fairness__error_rates="fail", fairness__metrics="pass", segments__user_defined="not_applicable")
    found = state(told, "13(3)(b)(v)")
    assert found.state == "fails"
    assert list(found.findings) == ["fairness.error_rates", "fairness.metrics", "segments.user_defined"]
    assert found.counts() == {"fail": 1, "pass": 1, "not_applicable": 1}
    assert state(document(fairness__metrics="error"), "13(3)(b)(v)").state == "errors"
    assert state(document(segments__user_defined="not_applicable"), "13(3)(b)(v)").state == "not looked"
    assert state(document(), "13(3)(b)(v)").state == "not looked"
    assert state(told, "14(4)(e)").state == "gap"
    assert state(told, "9(2)(d), 9(5)").state == "record"
    assert state({**told, "policy": None}, "9(2)(d), 9(5)").state == "gap"


def test_records_speak_only_where_they_are_there() -> None:
    bare, full = document(), document()
    full["model"] = {"name": "lender", "version": 3}
    full["data"] = {"name": "loans", "commit": "3f9c" * 10}
    full["provenance"] = {"started": "2027-01-02T03:04", "author": "Ada", "seed": 0}
    assert state(bare, "11(1)").records == []
    assert state(bare, "11(1)").state == "gap"
    assert state(full, "11(1)").records == [
        "run of 2027-01-02 by Ada, seed 0", "data loans, 3 rows, 3f9c3f9c3f9c", "lender version 3, with its lineage",
    ]  # fmt: skip


def test_the_summary_counts_points_by_hand() -> None:
    told = summary(document(fairness__error_rates="warn"))
    fifteen = next(one for one in told["articles"] if one["article"] == "Article 15")
    assert (fifteen["points"], fifteen["with_evidence"], fifteen["gaps"]) == (5, 0, 5)
    assert (fifteen["state"], fifteen["not_looked"]) == ("not looked", 4)
    inclusion = next(one for one in told["principles"] if one["principle"] == "inclusion")
    assert (inclusion["state"], inclusion["checks"]) == ("warns", {"warn": 1})


def test_no_source_says_that_anything_is_as_the_law_wants_it() -> None:
    for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")]:
        assert not re.search(r"complian(t|ce)", path.read_text(encoding="utf-8"), re.IGNORECASE), path
