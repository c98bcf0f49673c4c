from __future__ import annotations

import pytest

from trustlab.core import registry
from trustlab.core.result import Result, Status, Threshold
from trustlab.report import guide

CHECKS = list(registry.of_kind("check").values())


@pytest.mark.parametrize("record", CHECKS, ids=lambda record: record.id)
@pytest.mark.parametrize("status", list(Status))
def test_every_check_says_what_it_means_what_to_do_and_on_whose_word(record, status, making):
    result = Result(id=record.id, title=record.title, status=status, value=0.1, threshold=record.threshold)
    question, answer = guide.explanation(result)
    assert question.endswith("?")
    assert len(answer) > 80
    assert "----" not in answer
    assert guide.references(result)
    advice = guide.advice(making([result], provenance={"given": {"data": "a.csv"}}), result)
    assert advice
    assert all(advice)


def test_a_plug_ins_check_without_advice_gets_its_familys():
    result = Result(id="fairness.acme", status=Status.FAIL, advice=["Ask us."])
    first, second = guide.advice(None, result)
    assert first == "Ask us."
    assert "group" in second
    assert guide.explanation(result) == ("", "")


def test_what_passed_calls_for_nothing(making):
    result = Result(id="quality.duplicates", status=Status.PASS, threshold=Threshold(0, None, "by definition"))
    assert guide.advice(making([result]), result)[-1].startswith("Nothing now.")


def test_what_was_not_looked_at_names_the_line_that_looks(making):
    result = Result(id="privacy.shadow_models", status=Status.SKIPPED, reason="takes minutes")
    document = making([result], provenance={"given": {"data": "a.csv"}})
    assert guide.advice(document, result) == ["%trust privacy.shadow_models --data=a.csv"]
