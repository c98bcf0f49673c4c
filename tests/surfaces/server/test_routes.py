"""The routes, over real HTTP: who may ask, what comes back, and how a refusal reads."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.errors import HTTP_STATUS
from trustlab.core.execute import run
from trustlab.core.result import Document, Status
from trustlab.core.workspace import Workspace
from trustlab.surfaces.server.handlers import reads
from trustlab.surfaces.server.handlers.routes import routes

pytest_plugins = ["pytest_jupyter.jupyter_server"]

ROOT = ("trustlab", "api", "v1")
ADDRESSES = ("operations", "operations/audit", "runs", "runs/abc", "status", "no/such/address")


@pytest.fixture
def jp_server_config():
    return {"ServerApp": {"jpserver_extensions": {"trustlab.surfaces.server": True}}}


@pytest.fixture
def workspace(jp_root_dir):
    made = Workspace.create(jp_root_dir)
    yield made
    made.engine.dispose()


def write_runs(workspace, count):
    for number in range(count):
        started = datetime(2026, 11, 1, tzinfo=UTC).isoformat()[:-6] + f".{number:03d}+00:00"
        journal.write(
            workspace,
            Document(
                operation="audit",
                title=f"Audit {number}",
                status=Status.FAIL,
                results=[],
                payload={"note": "<img src=x onerror=alert(1)>"},
                summary="worst first",
                views=[],
                advice=[],
                provenance={"run": f"{number:032x}", "started": started, "seconds": 1.5},
            ),
        )


async def ask(jp_fetch, path, **options):
    """Return status and JSON, a refusal's as well."""
    answer = await jp_fetch(*ROOT, *path.split("/"), raise_error=False, **options)
    return answer.code, json.loads(answer.body)


@pytest.mark.parametrize("path", ADDRESSES)
async def test_without_a_token_every_route_refuses(jp_fetch, path):
    status, body = await ask(jp_fetch, path, headers={"Authorization": "token wrong"})
    assert status == 403
    assert body["error"]["code"] == "refused"
    assert set(body) == {"schema", "error"}


async def test_operations_are_what_the_command_prints(jp_fetch):
    status, body = await ask(jp_fetch, "operations")
    assert status == 200
    assert body["operations"] == run("operations", {}).to_dict()["operations"]


async def test_one_operation(jp_fetch):
    _, body = await ask(jp_fetch, "operations/audit")
    assert [record["id"] for record in body["operations"]] == ["audit"]


async def test_an_unknown_operation_is_not_found_with_the_nearest_name(jp_fetch):
    status, body = await ask(jp_fetch, "operations/audti")
    assert status == 404
    assert body["error"]["code"] == "not_found"
    assert "Did you mean 'audit'" in body["error"]["message"]


async def test_runs_come_in_pages_newest_first(jp_fetch, workspace):
    write_runs(workspace, 5)
    _, first = await ask(jp_fetch, "runs", params={"per_page": 2})
    _, last = await ask(jp_fetch, "runs", params={"per_page": 2, "page": 3})
    assert [one["title"] for one in first["runs"]] == ["Audit 4", "Audit 3"]
    assert [one["title"] for one in last["runs"]] == ["Audit 0"]
    assert (first["total"], last["total"]) == (5, 5)


async def test_runs_are_those_of_the_command(jp_fetch, workspace):
    write_runs(workspace, 3)
    _, body = await ask(jp_fetch, "runs", params={"per_page": 2, "page": 2})
    same = run("runs", {"limit": 2, "offset": 2}, Context(folder=workspace.home)).to_dict()
    for document in (body, same):
        document.pop("provenance")
    assert body == same


@pytest.mark.parametrize(
    ("name", "value"),
    [("page", "0"), ("page", "x"), ("per_page", "101"), ("per_page", "-1"), ("page", "9" * 30), ("per_page", "1.5")],
)
async def test_a_bad_page_says_what_must_hold(jp_fetch, workspace, name, value):
    status, body = await ask(jp_fetch, "runs", params={name: value})
    assert status == 400
    assert body["error"]["code"] == "bad_usage"
    assert name in body["error"]["message"]
    assert value in body["error"]["message"]


async def test_one_run_is_its_whole_document(jp_fetch, workspace):
    write_runs(workspace, 2)
    status, body = await ask(jp_fetch, "runs/" + f"{1:032x}")
    assert status == 200
    assert body["document"]["title"] == "Audit 1"
    assert body["document"]["note"] == "<img src=x onerror=alert(1)>"


async def test_json_is_sent_as_json(jp_fetch, workspace):
    answer = await jp_fetch(*ROOT, "runs")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_status_is_that_of_the_command(jp_fetch, workspace):
    write_runs(workspace, 1)
    status, body = await ask(jp_fetch, "status")
    same = run("status", {}, Context(folder=workspace.home)).to_dict()
    for document in (body, same):
        document.pop("provenance")
    assert status == 200
    assert body == same


def test_what_the_server_reads_itself_imports_nothing_heavy(playground):
    script = """
import sys
from pathlib import Path
from trustlab.surfaces.server.handlers.reads import Request, document_of
for name, asked in (("operations", {}), ("runs", {"matching": "pass"}), ("status", {})):
    document_of(Request(name, asked), Path.cwd())
print([name for name in ("numpy", "pandas", "mlflow", "torch", "pyarrow", "sklearn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=playground)
    assert done.stdout.strip() == "[]"


async def test_without_a_workspace_runs_say_how_to_make_one(jp_fetch):
    status, body = await ask(jp_fetch, "runs")
    assert status == 404
    assert "trust init" in body["error"]["hint"]


async def test_an_unknown_address_is_not_found_in_our_own_form(jp_fetch):
    status, body = await ask(jp_fetch, "no/such/address")
    assert status == 404
    assert body["error"]["code"] == "not_found"


async def test_no_answer_changes_anything_and_posting_is_refused(jp_fetch):
    status, body = await ask(jp_fetch, "runs", method="POST", body="{}")
    assert status in {403, 405}
    assert "error" in body


async def test_a_fault_of_ours_has_no_traceback_in_it(jp_fetch, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret /home/someone/token")

    monkeypatch.setattr(reads, "document_of", broken)
    status, body = await ask(jp_fetch, "runs")
    assert status == 500
    assert body["error"]["code"] == "error"
    assert "secret" not in json.dumps(body)
    assert "Traceback" not in json.dumps(body)


@pytest.mark.parametrize("code", sorted(HTTP_STATUS))
async def test_each_error_code_has_its_status(jp_fetch, monkeypatch, code):
    kinds = {kind.code: kind for kind in all_errors()}

    def refuse(*_):
        raise kinds[code]("what must hold", hint="what to do")

    monkeypatch.setattr(reads, "document_of", refuse)
    status, body = await ask(jp_fetch, "runs")
    assert status == HTTP_STATUS[code]
    assert body == {"schema": 1, "error": {"code": code, "message": "what must hold", "hint": "what to do"}}


def all_errors():
    from trustlab.core.errors import TrustlabError

    return [TrustlabError, *TrustlabError.__subclasses__()]


def test_the_base_url_of_a_hub_stands_before_the_routes():
    patterns = [pattern for pattern, _ in routes("/user/x.y/")]
    assert all(pattern.startswith(r"/user/x\.y/trustlab/api/v1/") for pattern in patterns)
