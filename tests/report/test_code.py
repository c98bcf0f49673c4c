from __future__ import annotations

import shlex

from trustlab.core import commandline
from trustlab.core.result import Result, Status
from trustlab.report.code import code

INPUTS = {
    "subject": {
        "data": {"source": "commit", "commit": "3f9c21aa77bb8899", "ref": "loans@main"},
        "model": {"name": "lender@3", "kind": "sklearn"},
    }
}
RATES = Result(
    id="fairness.error_rates", status=Status.PASS, provenance={"parameters": {"min_group": 20, "level": 0.9}}
)


def test_one_finding_of_an_audit_is_asked_alone_with_its_names_pinned(making):
    asked = {"model": "lender", "data": "loans@main:a.csv", "sensitive": "race", "only": ["fairness"]}
    made = code(making([RATES], provenance={"given": asked, "inputs": INPUTS}), RATES)
    request = commandline.read(shlex.split(made.shell)[1:])
    assert request.operation.id == "fairness.error_rates"
    expected = {"model": "lender@3", "data": "loans@3f9c21aa77bb:a.csv", "sensitive": "race", "level": 0.9}
    assert request.parameters == expected
    assert made.magic == f"%{made.shell}"
    assert "level=0.9" in made.python
    assert "min_group" not in made.python


def test_under_a_policy_the_audit_is_asked_for_the_one_check(making):
    asked = {"data": "a.csv", "policy": "policy.yaml", "skip": ["privacy"]}
    made = code(making([RATES], provenance={"given": asked}), RATES)
    request = commandline.read(shlex.split(made.shell)[1:])
    assert request.operation.id == "audit"
    assert request.parameters == {"data": "a.csv", "policy": "policy.yaml", "only": ["fairness.error_rates"]}


def test_an_object_of_python_stands_under_its_name_and_has_no_shell_line(making):
    asked = {"data": {"python object": "pandas.core.frame.DataFrame"}, "target": "it's"}
    made = code(making([], provenance={"given": asked}))
    assert made.shell is None
    assert made.python == 'import trustlab as tl\n\ntl.audit(data=data, target="it\'s")'
    assert shlex.split(made.magic) == ["%trust", "audit", "--data=data", "--target=it's"]
    compile(made.python, "code", "exec")


def test_where_it_was_not_written_down_there_is_no_code(making):
    assert code(making([RATES]), RATES) is None
    assert code(making([RATES], operation="acme.unknown", provenance={"given": {}}), RATES) is None
