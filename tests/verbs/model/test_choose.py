"""``trust model choose``: the policy chooses among audited versions."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import InputError, UsageError
from trustlab.core.execute import run
from trustlab.core.result import Document, Status
from trustlab.models.registry import Registry

pytestmark = pytest.mark.usefixtures("playground")
ASKED = "only: [performance.metrics, fairness.selection_rate]"
# Nothing is missing in the tiny data: a limit below 0 is one that every version must break.
LIMIT = "checks: {quality.missing: {warn: -2, fail: -1, source: a test}}"


@pytest.fixture
def candidates(playground: Path) -> list[str]:
    """Two versions audited alike: the second sees next to nothing and must be the worse one."""
    policy("plain", ASKED)
    telling = ["income", "debt_ratio", "self_employed", "decision", "score"]
    run("train", {"data": "loans@main", "target": "approved", "name": "lender", "recipe": "logistic", "drop": telling})
    for version in (1, 2):
        audit(f"lender@{version}")
    return ["lender@2", "lender@1"]


def policy(name: str, *lines: str) -> None:
    Path(f"{name}.yaml").write_text("\n".join((f"name: {name}", *lines)) + "\n")


def audit(model: str, data: str = "loans@main", by: str = "plain") -> Document:
    named = {"model": model, "data": data, "sensitive": "race", "policy": f"{by}.yaml"}
    return run("audit", named, Context(progress=False))


def choose(models: list[str], by: str = "plain") -> Document:
    return run("model.choose", {"models": models, "policy": f"{by}.yaml"})


def champion() -> int:
    found = Registry(Context().workspace).champion("lender")
    assert found is not None
    return found.version


def fails(document: Document) -> list[str]:
    return [result.id for result in document.results if result.status == Status.FAIL]


def test_the_better_one_wins_in_any_order(candidates: list[str]) -> None:
    run("model.champion", {"model": "lender@2"})
    for models in (candidates, candidates[::-1]):
        document = choose(models)
        assert document.payload["champion"] == "lender@1"
        assert document.summary == "lender@1 is the champion"
        assert (document.status, document.payload["policy"]) == (Status.PASS, "plain")
    assert champion() == 1
    best, other = document.payload["candidates"]
    assert (best["model"], best["verdict"]) == ("lender@1", "eligible")
    assert best["performance.metrics"] > other["performance.metrics"]


def test_only_what_blocks_stops(candidates: list[str]) -> None:
    policy("gaps", "only: [quality.missing, performance.metrics]", LIMIT)
    policy("lax", "only: [quality.missing, performance.metrics]", LIMIT, "blocks: [performance]")
    assert [fails(audit(model, by="gaps")) for model in candidates] == [["quality.missing"]] * 2
    blocked = choose(candidates, "gaps")
    assert [row["blocked_by"] for row in blocked.payload["candidates"]] == ["quality.missing"] * 2
    assert (blocked.payload["champion"], blocked.status) == (None, Status.FAIL)
    assert blocked.summary == "no candidate passes the policy gaps; the champion stays as it was"
    assert champion() == 1
    lax = choose(candidates, "lax")
    assert [(row["verdict"], row["failed"]) for row in lax.payload["candidates"]] == [("eligible", 1)] * 2
    assert lax.payload["champion"] == "lender@1"


def test_the_latest_audit_counts_and_must_be_on_the_same_rows(candidates: list[str]) -> None:
    audit("lender@1", "loans_later.csv")
    with pytest.raises(InputError, match="must have been audited on the same rows; they were not"):
        choose(candidates)
    audit("lender@2", "loans_later.csv")
    assert choose(candidates).payload["champion"] is not None


def test_what_was_not_audited_is_refused(candidates: list[str]) -> None:
    run("train", {"data": "loans@main", "target": "approved", "name": "lender", "recipe": "logistic"})
    with pytest.raises(InputError, match="lender@3 must have been audited") as caught:
        choose(["lender@3", "lender@1"])
    assert caught.value.hint == "trust audit lender@3 --data DATA"
    with pytest.raises(UsageError, match="models must name versions, such as lender@3; got 'lender'"):
        choose(["lender"])
    assert champion() == 1


def test_what_takes_minutes_is_no_gap_where_the_policy_does_not_name_it(candidates: list[str]) -> None:
    policy("wide", "only: [performance]")
    skipped = {result.id for result in audit("lender@1", by="wide").results if result.status == Status.SKIPPED}
    assert skipped == {"performance.learning_curve"}
    assert choose(["lender@1"], "wide").payload["candidates"][0]["model"] == "lender@1"
    # an audit without it, then a policy that names it: the limits are the same, the question was not asked
    policy("named", "only: [performance, performance.learning_curve]")
    with pytest.raises(InputError, match=r"it left out performance\.learning_curve"):
        choose(["lender@1"], "named")
