"""Real servers for the tests: PostgreSQL, S3 and Jupyter, each in a folder of its own, and a relay that meddles."""

from __future__ import annotations

import http.client
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trustlab.core.operation import Operation

USER = "ann"
PASSWORD = "p@ss/w:rd%21"
SECONDS = 60


def absent(what: str) -> None:
    """Fail on the build machine, skip elsewhere: a test's real component is not there."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A PostgreSQL cluster on this machine that nobody else uses; it runs as a user who is not root."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._user = "postgres" if os.getuid() == 0 else None
        # Not below pytest's own folder, which only root may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="trustlab-postgres-"))
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if self._user is not None:
            known = pwd.getpwnam(self._user)
            for path in (self._folder, secret):
                os.chown(path, known.pw_uid, known.pw_gid)
        self.port = free_port()
        # An order of words as on most people's servers: it is not the order of the characters' numbers.
        locale = ("--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8", "-E", "UTF8")
        self._run("initdb", "-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", *locale)
        self.start()

    def start(self) -> None:
        """Start the server, or start it again."""
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self._folder} -c fsync=off"
        )
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server as a crash does, or in another of pg_ctl's modes."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def remove(self) -> None:
        """Stop the server where it runs, and remove everything."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, name: str = "postgres", password: str = PASSWORD) -> str:
        """Return the URL of a database."""
        return f"postgresql://{USER}:{quote(password, safe='')}@127.0.0.1:{self.port}/{name}"

    def ask(self, statement: str, name: str = "postgres") -> list[tuple]:
        """Execute a statement outside of any transaction, and return its rows."""
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self._binaries / program), "-D", str(self._folder / "data"), *words],
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr


def _binaries() -> Path | None:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL."""
    binaries = _binaries()
    if binaries is None:
        absent("no PostgreSQL: apt-get install postgresql")
    assert binaries is not None
    server = Postgres(binaries)
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, which is removed after the test."""
    name = f"test_{uuid.uuid4().hex}"
    postgres.ask(f"CREATE DATABASE {name}")
    yield postgres.url(name)
    postgres.ask(f"DROP DATABASE {name} WITH (FORCE)")


class S3:
    """An S3 server in a process of its own, which speaks HTTP on loopback; buckets are in its memory."""

    def __init__(self, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5):
                    return
            except OSError:
                assert self._process.poll() is None, "the S3 server did not start"
                assert time.monotonic() < deadline, "the S3 server did not start in time"
                time.sleep(0.1)

    def client(self, key: str = "key", secret: str = "secret", service: str = "s3"):
        """Return a client that is not the one under test."""
        import botocore.session

        return botocore.session.Session().create_client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the process stand still, so that connections are made and nobody answers."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait(timeout=SECONDS)


@dataclass
class Bucket:
    """A bucket, and what a workspace's settings say of it."""

    server: S3
    name: str
    endpoint: str
    key: str = "key"
    secret: str = "secret"

    @property
    def url(self) -> str:
        return f"s3://{self.name}/packs"

    @property
    def options(self) -> str:
        return json.dumps({"endpoint_url": self.endpoint, "key": self.key, "secret": self.secret})

    def objects(self) -> dict[str, int]:
        """Return the size of every object, by key, as another client sees them."""
        listed = self.server.client().list_objects_v2(Bucket=self.name)
        return {one["Key"]: one["Size"] for one in listed.get("Contents", [])}

    def packs(self) -> dict[str, int]:
        """Return the objects that are packs."""
        return {key: size for key, size in self.objects().items() if key.endswith(".pack")}


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A running S3 server."""
    pytest.importorskip("s3fs")
    server = S3()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture
def bucket(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket."""
    # Nothing of the user's is seen, and nobody is asked for credentials over the network.
    for name, value in {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    name = f"bucket-{uuid.uuid4().hex}"
    s3.client().create_bucket(Bucket=name)
    return Bucket(s3, name, s3.url)


@dataclass
class Request:
    """What came through the relay."""

    method: str
    path: str
    range: str | None
    sent: int
    received: int = 0


@dataclass
class Relay:
    """A server between a client and an S3 server: it counts, and fails when told to.

    Parameters
    ----------
    fault : callable or None
        From a request to None (pass it on), a status (answer that), ``"cut"`` (close without an answer) or ``"half"``
        (close in the midst of the answer).
    """

    target: str
    log: list[Request] = field(default_factory=list)
    fault: Callable[[Request], int | str | None] | None = None
    url: str = ""

    def packs(self, method: str) -> list[Request]:
        """Return the requests of a method that concern a pack."""
        return [one for one in self.log if one.method == method and ".pack" in one.path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    relay: Relay

    def _pass_on(self) -> None:
        relay = self.relay
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, self.headers.get("Range"), len(body))
        relay.log.append(request)
        told = relay.fault(request) if relay.fault else None
        if told == "cut":
            self.close_connection = True
            return
        if isinstance(told, int):
            self.send_response(told)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        behind = http.client.HTTPConnection(urlsplit(relay.target).netloc, timeout=SECONDS)
        behind.request(self.command, self.path, body, dict(self.headers))
        answer = behind.getresponse()
        data = answer.read()
        request.received = len(data)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "transfer-encoding", "date", "server"}:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if told == "half" else data)
        self.close_connection = told == "half"
        behind.close()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815 - http.server's names

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def relay(s3: S3) -> Iterator[Relay]:
    """A relay before the S3 server."""
    made = Relay(s3.url)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"relay": made}))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


class Jupyter:
    """A Jupyter server with the extension, in a process and a folder of its own, asked with its token."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._token, port = uuid.uuid4().hex, free_port()
        self._url = f"http://127.0.0.1:{port}/user/ann/trustlab/api/v1/"
        self._log = folder / "server.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "TRUSTLAB_"))}
        for name in ("config", "data", "runtime"):
            (folder / name).mkdir()
            kept[f"JUPYTER_{name.upper()}_DIR"] = str(folder / name)
        self.root.mkdir()
        settings = {
            "ServerApp": {"jpserver_extensions": {"trustlab.surfaces.server": True}},
            # What most examples import: a test of a hundred operations need not import it a hundred times.
            "TrustlabExtension": {
                "warm_modules": ["pandas", "scipy.stats", "sklearn.ensemble", "sklearn.linear_model", "torch", "mlflow"]
            },
        }
        (folder / "config/jupyter_server_config.json").write_text(json.dumps(settings))
        command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
        command += ["--ServerApp.base_url=/user/ann/"]
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.root}"]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, f"--IdentityProvider.token={self._token}"],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=kept,
                cwd=folder,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.ask("jobs")
            except OSError:
                time.sleep(0.1)
            else:
                return
        pytest.fail(f"the Jupyter server did not start:\n{self._log.read_text()}")

    def ask(self, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON of an answer; a body is posted."""
        request = urllib.request.Request(
            self._url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.loads(answer.read())

    def emptied(self) -> Path:
        """Return the server's root, with nothing in it."""
        for path in self.root.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return self.root

    def run(self, record: Operation) -> dict[str, Any]:
        """Run an operation's example over HTTP, and return its document."""
        status, answer = self.ask(f"operations/{record.id}?wait=30", {"parameters": dict(record.example)})
        until = time.monotonic() + SECONDS
        while status == 202 and answer["job"]["state"] in {"queued", "running"} and time.monotonic() < until:
            time.sleep(0.2)
            answer = self.ask(f"jobs/{answer['job']['id']}")[1]
        return answer if status == 200 else self.ask(f"jobs/{answer['job']['id']}/document")[1]

    def stop(self) -> None:
        """Stop the server and what it started."""
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """Start a Jupyter server that the module's tests share."""
    made = Jupyter(tmp_path_factory.mktemp("jupyter"))
    yield made
    made.stop()
