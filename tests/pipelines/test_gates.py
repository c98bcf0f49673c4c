from __future__ import annotations

from typing import Any

import pytest

from trustlab.core.result import Status
from trustlab.pipelines.gates import judge_step
from trustlab.pipelines.spec import Gate

STRICT = Gate("trust_status", (Status.PASS,))


@pytest.mark.parametrize(
    ("gate", "glued", "status", "blocks"),
    [
        (Gate(), {"trust_status": "pass"}, "pass", False),
        (Gate(), {"trust_status": "warn"}, "warn", False),
        (STRICT, {"trust_status": "warn"}, "fail", True),
        (Gate(), {"trust_status": "fail"}, "fail", True),
        (Gate(), {"trust_status": "skipped"}, "fail", True),
        (Gate(), {"trust_status": "not_applicable"}, "fail", True),
        (Gate(), {"trust_status": "error"}, "error", True),
        (Gate(), {}, "error", True),
        (Gate(), {"trust_status": 1}, "error", True),
        (Gate(), {"trust_status": "passed"}, "error", True),
        (Gate(), {"trust_status": {"status": "fail", "results": []}}, "fail", True),
        (Gate(), {"trust_status": {"results": []}}, "error", True),
        (Gate("audit"), {"trust_status": "fail", "audit": {"status": "pass"}}, "pass", False),
        (None, {}, "pass", False),
        (None, {"trust_status": "fail"}, "fail", False),
        (None, {"trust_status": "nonsense"}, "error", False),
    ],
)
def test_a_gate_opens_for_what_it_accepts(gate: Gate | None, glued: dict[str, Any], status: str, blocks: bool) -> None:
    verdict = judge_step(gate, glued)
    assert (verdict.status, verdict.blocks) == (status, blocks)
    assert (verdict.reason is None) == (status == "pass")


def test_a_misspelt_scrap_is_suggested() -> None:
    assert "Did you mean 'truststatus'" in (judge_step(Gate(), {"truststatus": "pass"}).reason or "")
