from __future__ import annotations

from trustlab.report.html import to_html
from trustlab.report.recorded import shown
from trustlab.report.terminal import to_text


def test_a_recorded_run_is_shown_as_it_was(audit, making):
    held = making([], operation="runs", title="Runs", payload={"document": audit.to_dict()})
    assert to_text(held) == to_text(audit)
    assert to_html(held) == to_html(audit)


def test_any_other_document_is_itself(audit, making):
    assert shown(audit) is audit
    other = making([], payload={"document": {"results": []}})
    assert shown(other) is other
