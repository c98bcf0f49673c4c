import pytest

from trustlab.core.errors import ConflictError, RefusedError
from trustlab.core.execute import run


def test_a_version_is_written_out(context):
    document = run("data.checkout", {"ref": "loans~1", "target": "out"}, context)
    assert context.path("out/loans.csv").read_text() == "n,word\n0,a\n1,b\n2,c\n"
    assert document.payload["files"] == 1
    assert document.value == context.path("out").resolve()
    assert run("data.checkout", {"ref": "loans", "target": "."}, context).payload["unchanged"] == 1


def test_local_changes_stay_unless_forced(context):
    context.path("loans.csv").write_text("mine")
    with pytest.raises(ConflictError, match=r"loans\.csv do") as caught:
        run("data.checkout", {"ref": "loans"}, context)
    assert "--force" in caught.value.hint
    assert context.path("loans.csv").read_text() == "mine"
    run("data.checkout", {"ref": "loans", "force": True}, context)
    assert context.path("loans.csv").read_text() != "mine"


def test_the_workspace_is_no_target(context):
    for target in (".trust", ".trust/objects", "loans/../.trust"):
        with pytest.raises(RefusedError, match="workspace"):
            run("data.checkout", {"ref": "loans", "target": target, "force": True}, context)
