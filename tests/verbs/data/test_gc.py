import random

from trustlab.core.execute import run


def test_what_a_deleted_branch_held_goes_and_the_rest_reads_back(context):
    run(
        "data.commit",
        {"repo": "loans", "source": [("big", random.Random(0).randbytes(50_000))], "branch": "trial"},
        context,
    )
    assert run("data.gc", {}, context).payload["commits"] == 0
    run("data.branches", {"repo": "loans", "delete": "trial"}, context)
    done = run("data.gc", {}, context).payload
    assert done["commits"] == 1
    assert done["bytes"] > 50_000
    assert len(run("data.read", {"data": "loans~1"}, context).value) == 3
    assert str(run("data.verify", {}, context).status) == "pass"
