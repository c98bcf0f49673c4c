"""Real servers for the tests of mounts: a PostgreSQL cluster and an S3 server, each in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "p@ss/w:rd%21"
SECONDS = 60


def _absent(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def _binaries() -> Path | None:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start PostgreSQL as a user who is not root; the URL holds the user's password, quoted."""
    from urllib.parse import quote

    binaries = _binaries()
    if binaries is None:
        _absent("no PostgreSQL: apt-get install postgresql")
    assert binaries is not None
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="trustlab-postgres-"))
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if user is not None:
        known = pwd.getpwnam(user)
        for path in (folder, secret):
            os.chown(path, known.pw_uid, known.pw_gid)
    port = free_port()

    def run(*words: str) -> None:
        subprocess.run(
            [str(binaries / words[0]), "-D", str(folder / "data"), *words[1:]],
            user=user,
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )

    run("initdb", "-U", "ann", "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://ann:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Start an S3 server that speaks HTTP, and return its endpoint."""
    pytest.importorskip("moto")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{url}/moto-api/", timeout=5):
                    break
            except OSError:
                assert server.poll() is None, "the S3 server ended"
                assert time.monotonic() < deadline, "the S3 server did not start"
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)
