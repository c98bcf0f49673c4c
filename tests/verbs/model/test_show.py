"""``trust model show``: what is known of one version."""

import pytest

from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run

pytestmark = pytest.mark.usefixtures("playground")


def test_a_version_with_its_audits_and_decisions() -> None:
    run("train", {"data": "loans.csv", "target": "approved", "name": "lender", "recipe": "logistic"})
    audit = run("audit", {"model": "lender@2", "data": "loans@main", "only": ["performance.metrics"]})
    run("model.champion", {"model": "lender@2", "reason": "fairer than <b>one</b>"})
    shown = run("model.show", {"model": "lender@2"})
    assert shown.summary.startswith("lender@2 is the champion; its last audit ended in ")
    told = shown.to_dict()
    assert [one["run"] for one in told["audits"]] == [audit.provenance["run"]]
    assert (told["decisions"][0]["version"], told["decisions"][0]["reason"]) == (2, "fairer than <b>one</b>")
    views = {view["name"]: view for view in told["views"]}
    assert {"facts", "metrics", "audits", "decisions"} <= set(views)
    assert ["data.name", "loans.csv"] in views["facts"]["rows"]
    # The champion is what the name means, too; another version's audits are not its own.
    assert run("model.show", {"model": "lender@champion"}).payload["model"]["version"] == 2
    first = run("model.show", {"model": "lender@1"})
    assert audit.provenance["run"] not in [one["run"] for one in first.payload["audits"]]
    assert any("model champion lender@1" in line for line in first.advice)


def test_a_limit_and_what_is_not_there() -> None:
    for _ in range(2):
        run("audit", {"model": "lender@1", "data": "loans@main", "only": ["performance.metrics"]})
    shown = run("model.show", {"model": "lender@1", "limit": 1})
    assert len(shown.payload["audits"]) == 1
    assert shown.payload["total"] >= 2
    second = run("model.show", {"model": "lender@1", "limit": 1, "offset": 1})
    assert second.payload["audits"][0]["run"] != shown.payload["audits"][0]["run"]
    assert run("model.show", {"model": "lender@1", "matching": "no such words"}).payload["total"] == 0
    with pytest.raises(NotFoundError, match="has no version '9'"):
        run("model.show", {"model": "lender@9"})
    with pytest.raises(NotFoundError, match="Did you mean 'lender'"):
        run("model.show", {"model": "lendr"})
