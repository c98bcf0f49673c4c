"""Every route, also one that is added later: who may ask, what may be brought, and what a refusal tells."""

from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie

import pytest
from sqlalchemy import update

from trustlab.core.context import Context
from trustlab.core.database import writing
from trustlab.core.execute import run
from trustlab.core.workspace import Workspace
from trustlab.store.schema import META
from trustlab.surfaces.server.handlers.routes import ROUTES

pytest_plugins = ["pytest_jupyter.jupyter_server"]

API = ("trustlab", "api", "v1")
SAMPLES = ("audit", "abc", "x.csv")
METHODS = ("GET", "POST", "PUT", "DELETE")
PATTERNS = [pattern for pattern, _ in ROUTES]
LIMIT = 1000


@pytest.fixture
def jp_server_config():
    return {
        "ServerApp": {"jpserver_extensions": {"trustlab.surfaces.server": True}},
        "TrustlabExtension": {"max_upload": LIMIT},
    }


def address(pattern):
    """Return an address that a route's pattern matches."""

    def sample(group):
        return next(word for word in SAMPLES if re.fullmatch(group[0], word))

    path = re.sub(r"\([^)]*\)", sample, pattern).replace("\\.", ".")
    assert re.fullmatch(pattern, path)
    return path


async def send(jp_fetch, path, method, **options):
    body = None if method in {"GET", "DELETE"} else options.pop("body", "{}")
    answer = await jp_fetch(
        *API, *path.split("/"), method=method, body=body, raise_error=False, request_timeout=30, **options
    )
    return answer.code, answer.body


def test_each_route_stands_once():
    assert len(set(PATTERNS)) == len(PATTERNS)
    assert PATTERNS[-1] == "(.*)"


async def test_without_a_token_every_route_refuses_every_method(jp_fetch):
    for pattern in PATTERNS:
        for method in METHODS:
            code, body = await send(jp_fetch, address(pattern), method, headers={"Authorization": "token wrong"})
            assert code == 403, (pattern, method)
            assert json.loads(body)["error"]["code"] == "refused"


async def test_without_xsrf_every_route_refuses_what_changes_something(jp_fetch, jp_serverapp, jp_base_url):
    token = jp_serverapp.identity_provider.token
    seen = await jp_fetch("api", "status", params={"token": token}, headers={"Authorization": ""})
    cookies = SimpleCookie()
    for line in seen.headers.get_list("Set-Cookie"):
        cookies.load(line)
    page = await jp_fetch("login", headers={"Authorization": ""})
    for line in page.headers.get_list("Set-Cookie"):
        if line.startswith("_xsrf="):
            cookies.load(line)
    for pattern in PATTERNS:
        if pattern != "jobs/events":  # which answers for ever
            code, _ = await send(jp_fetch, address(pattern), "GET", headers=browser(cookies))
            assert code != 403, pattern
        for method in METHODS[1:]:
            code, body = await send(jp_fetch, address(pattern), method, headers=browser(cookies))
            assert code == 403, (pattern, method)
            assert json.loads(body)["error"]["code"] == "refused"
    xsrf = {"X-XSRFToken": cookies["_xsrf"].value}
    code, body = await send(jp_fetch, "operations/audti", "POST", headers=browser(cookies) | xsrf)
    assert (code, json.loads(body)["error"]["code"]) == (404, "not_found")


def jar(cookies):
    return "; ".join(f"{name}={one.value}" for name, one in cookies.items())


def browser(cookies):
    return {"Authorization": "", "Cookie": jar(cookies)}


async def put(jp_fetch, name, body=b"a,b\n1,2\n", **params):
    parts = [*API, "uploads", *name.split("/")] if isinstance(name, str) else [*API, "uploads", name]
    answer = await jp_fetch(*parts, method="PUT", body=body, params=params, raise_error=False)
    return answer.code, json.loads(answer.body)


async def test_an_upload_is_there_whole_and_replaces_nothing_unasked(jp_fetch, jp_root_dir):
    name = "<img src=x onerror=alert(1)> é.csv"
    assert await put(jp_fetch, name) == (200, {"schema": 1, "path": name, "bytes": 8})
    code, body = await put(jp_fetch, name, b"other")
    assert (code, body["error"]["code"]) == (409, "conflict")
    assert "replace=true" in body["error"]["hint"]
    assert (jp_root_dir / name).read_bytes() == b"a,b\n1,2\n"
    code, body = await put(jp_fetch, name, b"other", replace="true")
    assert (code, body["bytes"]) == (200, 5)
    assert (jp_root_dir / name).read_bytes() == b"other"
    (jp_root_dir / "deep").mkdir()
    assert (await put(jp_fetch, "deep/x.csv"))[0] == 200
    assert (jp_root_dir / "deep/x.csv").exists()
    assert (await put(jp_fetch, "empty.csv", b""))[1]["bytes"] == 0
    assert (await put(jp_fetch, "deep", replace="true"))[0] == 409
    assert not list(jp_root_dir.rglob(".trust-upload*"))


async def test_an_upload_goes_nowhere_else(jp_fetch, jp_root_dir, http_server_client, jp_serverapp):
    outside = jp_root_dir.parent / "outside"
    outside.mkdir()
    (jp_root_dir / "link").symlink_to(outside)
    (jp_root_dir / "name").symlink_to(outside / "target.csv")
    before = sorted(str(path) for path in jp_root_dir.parent.rglob("*") if "root_dir" in str(path))
    root = "/".join(API)
    base = jp_serverapp.base_url
    for name in (
        "../x.csv", "%2e%2e/x.csv", "..%2fx.csv", "%2e%2e%2fx.csv", "deep/../../x.csv", "/etc/x.csv", "%2fetc%2fx.csv",
        "x%00.csv", "x%0a.csv", ".hidden", "a/.hidden/x.csv", "..%5cx.csv", "link/x.csv", "no/such/folder.csv",
        "x" * 300, "a//b", "%ff.csv", ".trust/metadata.db",
    ):  # fmt: skip
        answer = await http_server_client.fetch(
            f"{base}{root}/uploads/{name}",
            method="PUT",
            body=b"bad",
            headers={"Authorization": f"token {jp_serverapp.identity_provider.token}"},
            raise_error=False,
        )
        assert 400 <= answer.code < 500, name
        assert json.loads(answer.body)["error"]["message"]
    code, _ = await put(jp_fetch, "name")
    assert code == 409  # a link is there, wherever it leads
    assert not list(outside.iterdir())
    after = sorted(str(path) for path in jp_root_dir.parent.rglob("*") if "root_dir" in str(path))
    assert before == after
    assert (await put(jp_fetch, "name", replace="true"))[0] == 200
    assert not (jp_root_dir / "name").is_symlink()
    assert not list(outside.iterdir())


async def test_an_upload_has_a_limit_said_or_streamed(jp_fetch, jp_root_dir):
    assert (await put(jp_fetch, "right.csv", b"x" * LIMIT))[0] == 200
    code, body = await put(jp_fetch, "long.csv", b"x" * (LIMIT + 1))
    assert (code, body["error"]["code"]) == (413, "bad_input")
    assert "max_upload" in body["error"]["hint"]

    async def produce(write):
        for _ in range(20):
            await write(b"y" * 100)

    answer = await jp_fetch(*API, "uploads", "streamed.csv", method="PUT", body_producer=produce, raise_error=False)
    assert (answer.code, json.loads(answer.body)["error"]["code"]) == (413, "bad_input")
    assert sorted(path.name for path in jp_root_dir.iterdir()) == ["right.csv"]


async def test_an_operation_names_no_file_outside(ask, jp_root_dir):
    (jp_root_dir / "out").symlink_to("/etc")
    for text in ("/etc/hostname", "../x.csv", "out/hostname", ".trust/config.toml", "file:///etc/hostname"):
        code, body = await ask("operations/data.read", method="POST", json={"parameters": {"data": text}})
        assert (code, body["error"]["code"]) == (403, "refused"), text
        assert "below the server's folder" in body["error"]["message"]
    assert (await ask("jobs"))[1]["total"] == 0


def newer(workspace):
    with writing(workspace.engine) as connection:
        connection.execute(update(META).where(META.c.key == "schema_version").values(value=99))
    workspace.engine.dispose()


def damaged(workspace):
    (workspace.root / "metadata.db").write_bytes(b"no database at all " * 300)


def misspelt(workspace):
    (workspace.root / "config.toml").write_text('databse_url = "postgresql://ann:hunter2@host/name"\n')


def secret(workspace):
    url = "postgresql://ann:hunter2@127.0.0.1:1/name"
    (workspace.root / "config.toml").write_text(f'database_url = "{url}"\n')


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (newer, "99.*Upgrade"),
        (damaged, "damaged|not a database"),
        (misspelt, "database_url"),
        (secret, "127.0.0.1|host"),
    ],
)
async def test_a_workspace_that_cannot_be_used_is_told_in_plain_words(ask, jp_root_dir, spoil, words):
    (jp_root_dir / "x.csv").write_text("a,b\n1,2\n")
    run("data.commit", {"repo": "loans", "source": "x.csv"}, Context(folder=jp_root_dir, notice=lambda _: None))
    spoil(Workspace.find(jp_root_dir))
    asked = {"method": "POST", "json": {"parameters": {}}, "params": {"wait": "30"}}
    answers = [await ask("operations/data.ls", **asked)]
    if spoil is not newer:
        answers.append(await ask("runs"))
    for code, body in answers:
        assert 400 <= code < 600
        said = f"{body['error']['message']} {body['error']['hint']}"
        assert re.search(words, said), said
        assert body["error"]["code"] != "error", said
        assert "Traceback" not in said
        assert "hunter2" not in said
