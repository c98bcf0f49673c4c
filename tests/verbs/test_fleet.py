"""``trust fleet``: many models, each audited as ``trust audit`` does it; what is done is not done again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.fleet import makers
from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.core.result import Document
from trustlab.report.html import to_html
from trustlab.testing.contract import drop_timing_columns, normal

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    return makers.workspace(tmp_path / "work")


def fleet(context: Context, given: Any, **parameters: Any) -> Document:
    return run("fleet", {"models": given, "workers": 0, **parameters}, context)


def command(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start the command where the models that misbehave can be imported."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", "")))}
    return subprocess.Popen(
        [sys.executable, "-m", "trustlab", *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def audits(context: Context) -> list[dict[str, Any]]:
    return journal.read(context.workspace, limit=1000, operation="audit")[0]


def wait_for(context: Context, count: int, process: subprocess.Popen[str]) -> None:
    for _ in range(600):
        if len(audits(context)) >= count:
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    raise AssertionError("the fleet made no progress")


def test_each_audit_is_that_of_the_single_command(context: Context) -> None:
    assert context.folder is not None
    names = makers.models(context.folder, 3)
    document = fleet(context, makers.write(context.folder, names))
    assert [verdict["name"] for verdict in document.payload["models"]] == names
    for line, verdict in zip(makers.lines(names), document.payload["models"], strict=True):
        alone = run("audit", line, context).to_dict()
        kept = journal.document(context.workspace, verdict["run"])
        of_fleet, single = (normal(drop_timing_columns(one), str(context.folder)) for one in (kept, alone))
        assert of_fleet == single
        assert [check["status"] for check in verdict["checks"]] == [result["status"] for result in alone["results"]]


def test_what_is_finished_is_not_done_again_unless_asked(context: Context) -> None:
    assert context.folder is not None
    file = makers.write(context.folder, makers.models(context.folder, 3))
    first = fleet(context, file)
    assert len(audits(context)) == 3
    second = fleet(context, file)
    assert len(audits(context)) == 3
    assert second.payload["models"] == first.payload["models"]
    fleet(context, file, again=True)
    assert len(audits(context)) == 6
    (context.folder / "policy.yaml").write_text("name: other\nonly: [performance.metrics]\n")
    fleet(context, file)
    assert len(audits(context)) == 9, "another policy is other work"
    makers.table(5).to_csv(context.folder / "rows.csv", index=False)
    fleet(context, file)
    assert len(audits(context)) == 12, "other data are other work"


def test_each_failure_is_its_own_and_is_tried_again_next_time(context: Context) -> None:
    assert context.folder is not None
    good = makers.models(context.folder, 2)
    (context.folder / "broken.pkl").write_bytes(b"no pickle")
    pd.DataFrame({"z": [1.0, 2.0, 3.0], "y": [0, 1, 0]}).to_csv(context.folder / "other.csv", index=False)
    entries = makers.lines([*good, "absent.pkl", "broken.pkl"])
    entries += [{**entries[0], "data": "other.csv"}, {**entries[0], "data": "nowhere.csv"}]
    entries += [{**entries[0], "target": "no_such_column"}]
    document = fleet(context, entries)
    told = {verdict["name"]: verdict for verdict in document.payload["models"]}
    assert len(told) == 7
    fine = [name for name, verdict in told.items() if verdict["status"] == "pass"]
    assert sorted(fine) == sorted([f"{good[0]} on rows.csv", good[1]])
    assert "absent.pkl" in told["absent.pkl"]["error"]
    assert "nowhere.csv" in told[f"{good[0]} on nowhere.csv"]["error"]
    assert "no_such_column" in told[f"{good[0]} on rows.csv (2)"]["error"]
    assert told[f"{good[0]} on other.csv"]["status"] == "error"
    assert document.status == "error"
    assert document.results[0].status == "error", "the worst come first"
    (context.folder / "absent.pkl").write_bytes((context.folder / good[1]).read_bytes())
    mended = {verdict["name"]: verdict for verdict in fleet(context, entries).payload["models"]}
    assert mended["absent.pkl"]["status"] == "pass"
    assert mended[good[1]]["run"] == told[good[1]]["run"]


def test_a_table_that_many_share_is_read_once(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    from trustlab.data import frames
    from trustlab.fleet import shared

    assert context.folder is not None
    shared.forget()
    read: list[str] = []
    whole = frames.read_frame

    def counting(*given: Any, **named: Any) -> Any:
        read.append(str(named.get("name")))
        return whole(*given, **named)

    monkeypatch.setattr(frames, "read_frame", counting)
    fleet(context, makers.write(context.folder, makers.models(context.folder, 5)))
    assert read == ["rows.csv"]


def test_registered_models_by_pattern_on_the_data_they_learned_from(playground: Path) -> None:
    given = {"data": "loans@main", "target": "approved", "drop": ["decision", "score"], "recipe": "logistic"}
    quiet = Context(progress=False, notice=lambda _sentence: None)
    for name in ("lend-b", "other"):
        run("train", {**given, "name": name}, quiet)
    document = run("audit", {"fleet": "lend*", "only": ["performance.metrics"]}, quiet)
    assert document.operation == "fleet"
    assert {verdict["name"] for verdict in document.payload["models"]} == {"lender@1", "lend-b@1"}
    assert [verdict["error"] for verdict in document.payload["models"]] == [None, None]
    every = run("fleet", {"only": ["performance.metrics"], "workers": 0}, quiet)
    assert {verdict["name"] for verdict in every.payload["models"]} == {"lender@1", "lend-b@1", "other@1"}
    with pytest.raises(NotFoundError, match=r"no registered model is called 'lendr'.*Did you mean 'lender'"):
        run("fleet", {"models": "lendr", "workers": 0}, quiet)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """``trust audit --fleet`` has no --workers: here it audits in this process."""
    from trustlab.fleet import dispatch

    whole = dispatch.answers

    def here(*given: Any, **named: Any) -> Any:
        return whole(*given, **{**named, "workers": 0})

    if "playground" in request.fixturenames:
        monkeypatch.setattr(dispatch, "answers", here)


def test_lines_are_checked_before_anything_runs(context: Context) -> None:
    assert context.folder is not None
    (context.folder / "a.yaml").write_text("models:\n- {model: m.pkl, dta: rows.csv}\n")
    with pytest.raises(UsageError, match=r"a\.yaml: line 1: no parameter of audit is called 'dta'\. Did you"):
        fleet(context, "a.yaml")
    (context.folder / "a.yaml").write_text("defaults: {data: rows.csv}\nmodel: []\n")
    with pytest.raises(UsageError, match=r"no key is called 'model'\. Did you mean 'models'"):
        fleet(context, "a.yaml")
    (context.folder / "a.yaml").write_text("models: 3\n")
    with pytest.raises(InputError, match="must be a list of mappings"):
        fleet(context, "a.yaml")
    (context.folder / "a.yaml").write_text("[\n")
    with pytest.raises(InputError, match="must be valid YAML"):
        fleet(context, "a.yaml")
    (context.folder / "empty.csv").write_text("model,data\n")
    with pytest.raises(InputError, match="at least one model"):
        fleet(context, "empty.csv")
    with pytest.raises(NotFoundError, match="no such file"):
        fleet(context, "nowhere.yaml")
    with pytest.raises(UsageError, match="data must be a name that every worker can read; got DataFrame"):
        fleet(context, [{"model": "m.pkl", "data": makers.table()}])
    (context.folder / "policy.yaml").write_text("checks: {fairness.error_rate: {fail: 1}}\n")
    with pytest.raises(UsageError, match="no check is called"):
        fleet(context, makers.write(context.folder, ["m.pkl"]))


def test_yaml_defaults_and_lines(context: Context) -> None:
    assert context.folder is not None
    names = makers.models(context.folder, 2)
    (context.folder / "a.yaml").write_text(
        "defaults: {data: rows.csv, target: y, trust_pickle: true, only: [performance.metrics]}\n"
        f"models:\n- model: {names[0]}\n- {{model: {names[1]}, only: [quality.duplicates]}}\n"
    )
    told = fleet(context, "a.yaml").payload["models"]
    checks = {verdict["name"]: [check["id"] for check in verdict["checks"]] for verdict in told}
    assert checks == {names[0]: ["performance.metrics"], names[1]: ["quality.duplicates"]}


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_a_fleet_that_stops_goes_on_and_loses_none(context: Context, sign: signal.Signals) -> None:
    assert context.folder is not None
    names = makers.models(context.folder, 6, "Slow")
    file = makers.write(context.folder, names)
    process = command(context.folder, "fleet", file, "--workers", "0", "--json")
    wait_for(context, 2, process)
    process.send_signal(sign)
    said = process.communicate(timeout=60)
    done = {run_["id"] for run_ in audits(context)}
    assert 2 <= len(done) < 6
    if sign == signal.SIGINT:
        assert json.loads(said[0])["error"]["code"] == "interrupted"
    again = command(context.folder, "fleet", file, "--workers", "0", "--json")
    told = json.loads(again.communicate(timeout=120)[0])
    assert {verdict["name"] for verdict in told["models"]} == set(names)
    assert all(verdict["status"] == "pass" for verdict in told["models"])
    assert done <= {verdict["run"] for verdict in told["models"]}, "what was finished is not done again"
    assert len(audits(context)) == 6


def test_the_page_of_hundreds_is_bounded_and_holds_each_model(context: Context) -> None:
    from trustlab.core.result import Outcome, Status, worst
    from trustlab.fleet import summary

    checks = [{"id": f"family{n % 8}.check{n}", "title": f"Check {n}"} for n in range(50)]
    verdicts = []
    for number in range(500):
        said = [
            {**check, "status": ("fail", "warn", "pass")[(number + at) % 3], "value": at / 50, "reason": "x" * 120}
            for at, check in enumerate(checks)
        ]
        verdicts.append(
            {
                "name": f"<b>model {number}",
                "status": "fail",
                "run": f"{number:032x}",
                "seconds": 1.0,
                "rows": 200,
                "summary": None,
                "blocked_by": [],
                "checks": said,
                "error": None,
            }
        )
    ordered = summary.worst_first(verdicts)
    made = Outcome(
        results=summary.results_of(ordered), views=summary.views_of(ordered), summary=summary.sentence(ordered)
    )
    document = Document(
        operation="fleet", title="Fleet audit", status=worst([Status.FAIL]), results=list(made.results),
        views=list(made.views), summary=made.summary, advice=[], provenance={}, payload={},
    )  # fmt: skip
    page = to_html(document)
    assert len(page.encode()) < 2_000_000
    assert page.count("&lt;b&gt;model ") >= 300
    assert "<b>model 1" not in page


def test_own_reports_are_written_and_linked(context: Context) -> None:
    assert context.folder is not None
    names = makers.models(context.folder, 2)
    fleet(context, makers.write(context.folder, [*names, "absent.pkl"]), reports="out")
    index = (context.folder / "out" / "index.html").read_text()
    assert index.count("<a href=") == 2
    assert "absent.pkl" in index
    pages = sorted((context.folder / "out").glob("model*.html"))
    assert len(pages) == 2
    assert all(page.name in index and "performance.metrics" in page.read_text() for page in pages)
    assert len(list((context.folder / "out").glob("*.json"))) == 2


def test_the_fleet_is_compared() -> None:
    from trustlab.fleet import summary

    def verdict(name: str, *ends: str) -> dict[str, Any]:
        checks = [
            {"id": f"a.c{at}", "title": "", "status": end, "reason": "", "value": float(at + len(name))}
            for at, end in enumerate(ends)
        ]
        status = next(word for word in ("fail", "error", "warn", "pass") if word in ends)
        base = {"run": "0" * 32, "seconds": 1.0, "rows": 3, "summary": None, "blocked_by": [], "error": None}
        return {"name": name, "status": status, "checks": checks, **base}

    given = [verdict("x", "pass", "warn"), verdict("yy", "fail", "fail"), verdict("z", "fail", "pass")]
    ordered = summary.worst_first(given)
    assert [one["name"] for one in ordered] == ["yy", "z", "x"]
    most, shares, table, spread = summary.views_of(ordered)
    assert [row[:4] for row in most.rows] == [("a.c0", 2, 0, 0), ("a.c1", 1, 0, 1)]
    assert shares.rows[0][0] == "a"
    assert shares.rows[0][1] == pytest.approx(2 / 3)
    assert table.column("a") == ["fail 2", "fail 1", "warn 1"]
    row = dict(zip(spread.columns, spread.rows[0], strict=True))
    assert (row["check"], row["fail"], row["least"], row["median"], row["most"]) == ("a.c0", 2, 1.0, 1.0, 2.0)
    assert "a.c0 fails most, in 2" in summary.sentence(ordered)
