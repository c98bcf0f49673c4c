"""An earlier audit, by its many names."""

import json
from pathlib import Path

import pytest

from trustlab.checks.audits import find_audit, newest
from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.core.execute import run


def test_by_run_by_model_by_file_and_itself(playground: Path) -> None:
    context = Context(progress=False)
    (entry,) = journal.read(context.workspace, operation="audit")[0]
    document = journal.document(context.workspace, entry["id"])
    (playground / "audit.json").write_text(json.dumps(document))
    for given in (entry["id"], entry["id"][:8], "lender", "lender@1", "audit.json", Path("audit.json"), document):
        assert find_audit(given, context) == document, given
    again = run("audit", {"model": "lender@1", "data": "loans@main", "policy": "policy.yaml"}, context)
    assert find_audit(again, context) == again.to_dict()
    assert find_audit("lender", context)["provenance"]["run"] == again.provenance["run"]
    assert newest(context.workspace, "lender", besides=again.provenance["run"]) == document


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("lender@7", NotFoundError, "no audit of lender@7"),
        ("zz", NotFoundError, "no audit is called 'zz'"),
        ("none.json", NotFoundError, "no such file"),
        ("broken.json", InputError, "must be a JSON document"),
        ("list.json", InputError, "list.json must be an audit; it is list"),
        ({"operation": "train"}, InputError, "must be an audit; it is train"),
        (3, UsageError, "must be a run, a model or a JSON file; got int"),
    ],
)
def test_what_is_no_audit_is_named(playground: Path, given: object, error: type[Exception], message: str) -> None:
    (playground / "broken.json").write_text("{")
    (playground / "list.json").write_text("[]")
    with pytest.raises(error, match=message):
        find_audit(given, Context(progress=False))
