"""A model's story: versions, data, figures, audits, choices with their reasons, drift, and what trains it anew."""

import shutil
from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run
from trustlab.core.result import Status
from trustlab.dashboards.catalog import get
from trustlab.dashboards.page import Page, to_html

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),
    pytest.mark.usefixtures("playground"),
]
QUIET = Context(progress=False)
TRAINING = {"data": "loans@main", "target": "approved", "name": "lender", "recipe": "logistic"}


def page(about: str | None = None) -> Page:
    return get("model").build(Context(progress=False), about)


def test_the_whole_story_is_told() -> None:
    run("train", {**TRAINING, "drop": ["decision", "score"]}, QUIET)
    asked = {"data": "loans@main", "policy": "policy.yaml"}
    run("audit", {"model": "lender@2", **asked}, QUIET)
    run("model.choose", {"models": ["lender@1", "lender@2"], "policy": "policy.yaml"}, QUIET)
    run("drift", {"reference": "loans@main", "current": "loans_later.csv"}, QUIET)
    weekly = {"notebook": "weekly.ipynb", "name": "weekly", "parameters": {"word": "lender"}, "cron": "0 6 * * MON"}
    run("promote", weekly, QUIET)
    made = page("lender@2")
    assert made.about == "lender"
    assert "lender has two versions; version " in made.sentence
    assert made.sentence.endswith("is in use, and its last audit found nothing against it.")
    assert made.status == Status.PASS
    assert "the policy performance ranked it first of 2" in made.lead[0]
    written = to_html(made)
    for said in (
        "no reason was written down",  # how version 1 came into use
        "On rows that each version had not seen",
        "loans@main",
        "compared with loans_later.csv",
        "moved by Kolmogorov-Smirnov",
        "0 6 * * MON (UTC)",
        "never ran",
    ):
        assert said in written, said
    assert written.count("<svg") == 1


def test_what_nobody_did_is_said() -> None:
    run("train", {**TRAINING, "name": "scorer"}, QUIET)
    made = page()
    assert made.about == "scorer"
    assert made.sentence == "scorer has one version, and it is not in use."
    assert made.status == Status.SKIPPED
    assert "There are 2 models here. This page is about scorer, the one trained last; the others: lender." in made.lead
    written = to_html(made)
    for said in (
        "Nobody has chosen a version here.",
        "It was never audited",
        "Nobody has compared newer rows",
        "Nothing trains it by itself",
    ):
        assert said in written, said


def test_a_choice_that_the_journal_does_not_know_is_said() -> None:
    from trustlab.core.workspace import Workspace
    from trustlab.models.registry import Registry

    run("train", TRAINING, QUIET)
    Registry(Workspace.find()).set_champion("lender", 2)
    made = page("lender")
    assert made.sentence == "lender has two versions; version 2 is in use, which nobody has audited."
    assert made.lead[0] == "Who put version 2 in use is not written down in this workspace."


def test_an_unknown_model_and_an_empty_workspace_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match=r"'lendr' must be a registered model.*Did you mean 'lender'\?"):
        page("lendr")
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    run("init", {"yes": True})
    with pytest.raises(NotFoundError, match="no model is registered in this workspace yet"):
        page()
    shutil.rmtree(tmp_path / "new" / ".trust")
    with pytest.raises(NotFoundError, match="no workspace"):
        page()
