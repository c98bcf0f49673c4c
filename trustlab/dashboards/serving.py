"""Voilà for one dashboard: a pool of warm kernels, a token, no code, no far servers, and nothing left when it ends."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from trustlab.core.errors import ConflictError, MissingExtraError, RefusedError, TrustlabError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LOOPBACK = ("127.0.0.1", "::1", "localhost")
# What a dashboard needs; any other extension of JupyterLab could only break the page, or ask far servers.
NEEDED = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8")
START_SECONDS = 60.0
STOP_SECONDS = 15.0
_LOG_LINES = 12
# Scripts and styles of Voilà itself stand in the page; whatever else there is comes from this server.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is served, and how.

    Parameters
    ----------
    notebook : pathlib.Path
        The dashboard's.
    root : pathlib.Path
        The workspace's own folder.
    about : str or None
        What the page begins with.
    ip, port, base_url : str, int, str
        Where: ``base_url`` begins and ends with a slash.
    token : str
        What a reader must bring; empty: nothing.
    pool : int
        How many kernels wait for readers.
    theme : {'light', 'dark'}
        JupyterLab's.
    """

    notebook: Path
    root: Path
    about: str | None
    ip: str
    port: int
    base_url: str
    token: str
    pool: int
    theme: str

    def url(self, *, token: bool) -> str:
        """Return the address that a reader opens."""
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        asked = {"token": self.token if token else None, "about": self.about}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"http://{host}:{self.port}{self.base_url}{'?' if query else ''}{query}"


def planned(
    notebook: Path,
    root: Path,
    *,
    about: str | None,
    ip: str,
    port: int,
    base_url: str,
    token: str | None,
    pool: int,
    theme: str,
) -> Plan:
    """Return the plan, or raise in words what stands in its way: all that can be known before anything starts.

    Raises
    ------
    MissingExtraError
        Without Voilà.
    ConflictError
        Where something listens on the port.
    RefusedError
        Where others than this machine could read without a token.
    """
    if importlib.util.find_spec("voila") is None:
        raise MissingExtraError(
            "dashboard.serve needs Voilà, which is not installed",
            hint="pip install voila; or write the page as a file: trust dashboard export NAME out.html",
        )
    if token == "" and ip not in LOOPBACK:
        raise RefusedError(
            f"dashboard.serve: token must not be empty where others than this machine can read; ip is {ip!r}",
            hint="Leave --token away (one is made), or serve on 127.0.0.1",
        )
    if "?" in base_url or "#" in base_url or any(part in {"..", "."} for part in base_url.split("/")):
        raise UsageError(f"dashboard.serve: base_url must be a path, such as /user/ann/; got {base_url!r}")
    made = secrets.token_urlsafe(24) if token is None else token
    trimmed = base_url.strip("/")
    return Plan(
        notebook=notebook,
        root=root,
        about=about,
        ip="127.0.0.1" if ip == "localhost" else ip,
        port=_free(ip, port),
        base_url=f"/{trimmed}/" if trimmed else "/",
        token=made,
        pool=pool,
        theme=theme,
    )


def _free(ip: str, port: int) -> int:
    """Return the port, or any free one for 0; raise in words where it cannot be had."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
            return int(probe.getsockname()[1])
        except PermissionError:
            said = "this user may not listen there"
        except OSError as error:
            said = "something listens there already" if error.errno == 98 else str(error.strerror or error)
    raise ConflictError(
        f"dashboard.serve: port {port} on {ip} must be free; {said}", hint="Another one: --port 0 takes any free one"
    )


def serve(plan: Plan, notice: Callable[[str], None]) -> None:
    """Serve until Ctrl-C, or until Voilà ends by itself.

    Raises
    ------
    TrustlabError
        Where Voilà does not start, or ends by itself: with the end of what it wrote.
    """
    with tempfile.TemporaryDirectory(prefix="trustlab-dashboard-") as name:
        folder = Path(name)  # only this user can enter it: the token is in a file there, and in no process list
        (folder / "voila.json").write_text(json.dumps(settings(plan)), encoding="utf-8")
        log = folder / "log"
        with log.open("wb") as output, _running(_command(plan, folder), _environment(plan), output) as process:
            _wait(plan, process, log)
            notice(f"{plan.notebook.stem} is served at {plan.url(token=True)} (Ctrl-C ends it)")
            process.wait()
            raise TrustlabError(f"Voilà ended by itself with status {process.returncode}: {_tail(log)}")


def settings(plan: Plan) -> dict[str, Any]:
    """Return Voilà's own settings for a plan."""
    return {
        "Voila": {
            "ip": plan.ip,
            "port": plan.port,
            "port_retries": 0,
            "open_browser": False,
            "base_url": plan.base_url,
            "token": plan.token,
            "tornado_settings": {
                "headers": {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"},
            },
        },
        "VoilaConfiguration": {
            "template": "trustlab",
            "theme": plan.theme,
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "strip_sources": True,
            "show_tracebacks": False,
            "preheat_kernel": plan.pool > 0,
            "default_pool_size": plan.pool,
            "extension_allowlist": list(NEEDED),
            "file_allowlist": [],
            "file_denylist": [".*"],
        },
    }


def _command(plan: Plan, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "trustlab.dashboards.voila_child", str(os.getpid())),
        *(str(plan.notebook), f"--Voila.config_file_paths=['{folder}']", f"--Voila.connection_dir_root={folder}"),
    ]


def _environment(plan: Plan) -> dict[str, str]:
    templates = str(Path(__file__).parent)
    paths = [templates, *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return {
        **os.environ,
        "JUPYTER_PATH": os.pathsep.join(paths),
        "TRUSTLAB_HOME": str(plan.root),
        "VOILA_APP_IP": plan.ip if plan.ip not in {"0.0.0.0", "::", ""} else "127.0.0.1",  # noqa: S104 - compared
        "QUERY_STRING": urlencode({"about": plan.about}) if plan.about else "",
    }


@contextmanager
def _running(command: Sequence[str], environment: dict[str, str], output: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run Voilà in a session of its own, so that Ctrl-C comes to this process alone, which then ends all of it."""
    process = subprocess.Popen(  # noqa: S603 - our own words
        command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End Voilà and every kernel of its, kindly first; a second Ctrl-C does not leave half of them."""
    import psutil

    family = []
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(process.pid)
        family = [top, *top.children(recursive=True)]
    process.terminate()
    _, left = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for one in left:
        with contextlib.suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(left, timeout=STOP_SECONDS)
    process.wait()


def _wait(plan: Plan, process: subprocess.Popen[bytes], log: Path) -> None:
    host = "127.0.0.1" if plan.ip == "0.0.0.0" else "[::1]" if plan.ip == "::" else plan.ip  # noqa: S104 - compared
    # A file of Voilà's own: it is there without a token, and takes no kernel from the pool.
    probe = f"http://{host}:{plan.port}{plan.base_url}voila/static/voila.js"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise TrustlabError(f"Voilà must start; it ended with status {process.returncode}: {_tail(log)}")
        try:
            with urllib.request.urlopen(probe, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise TrustlabError(f"Voilà must answer within {START_SECONDS:.0f} s; it did not: {_tail(log)}")


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return " / ".join(line for line in lines[-_LOG_LINES:] if line.strip()) or "it wrote nothing"
