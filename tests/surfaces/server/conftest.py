"""A real Jupyter server with the extension, and a package of operations that can be slow, loud, stubborn or crash."""

from __future__ import annotations

import json
import textwrap

import pytest

from trustlab.core import registry

ROOT = ("trustlab", "api", "v1")
HEAD = """
import os, time
from pathlib import Path
from typing import Annotated
from trustlab.core.context import Context
from trustlab.core.errors import InputError
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Outcome
"""
WORKSHOP = {
    "steps": '''
        @operation("verb", "Steps", random=False)
        def steps(count: int = 3, seconds: float = 0.0, *, context: Context) -> Outcome:
            """Take steps.

            Parameters
            ----------
            count : int
                How many.
            seconds : float
                How long each takes.
            """
            context.notice("the notice <img src=x onerror=alert(1)>")
            for _ in context.track(range(count), "stepping"):
                time.sleep(seconds)
            return Outcome(payload={"process": os.getpid(), "folder": os.getcwd()}, summary="walked")
    ''',
    "look": '''
        @operation("verb", "Look", random=False, read_only=True)
        def look(seconds: float = 0.0) -> Outcome:
            """Look at something.

            Parameters
            ----------
            seconds : float
                How long it takes.
            """
            time.sleep(seconds)
            return Outcome(summary="seen")
    ''',
    "noted": '''
        @operation("verb", "Noted", random=False, records=True)
        def noted(seconds: float = 0.0) -> Outcome:
            """Leave a note in the journal.

            Parameters
            ----------
            seconds : float
                How long it takes.
            """
            time.sleep(seconds)
            return Outcome(summary="noted")
    ''',
    "crash": '''
        @operation("verb", "Crash", random=False)
        def crash(number: int) -> Outcome:
            """End without a word.

            Parameters
            ----------
            number : int
                The signal that ends it; 0 for an exit.
            """
            os.kill(os.getpid(), number) if number else os._exit(3)
            time.sleep(60)
            return Outcome()
    ''',
    "fault": '''
        @operation("verb", "Fault", random=False)
        def fault(kind: str) -> Outcome:
            """Go wrong.

            Parameters
            ----------
            kind : str
                How.
            """
            if kind == "memory":
                raise MemoryError
            if kind == "input":
                raise InputError("must hold; got postgresql://someone:hunter2@host/name", hint="do this")
            raise RuntimeError("hunter2 in /home/someone")
    ''',
    "tidy": '''
        @operation("verb", "Tidy", random=False)
        def tidy(stubborn: bool = False) -> Outcome:
            """Work until stopped, and clean up.

            Parameters
            ----------
            stubborn : bool
                Do not let an interrupt stop it.
            """
            child = os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "600")
            Path("running").write_text(f"{os.getpid()} {child}")
            while True:
                try:
                    time.sleep(600)
                except KeyboardInterrupt:
                    if not stubborn:
                        Path("tidied").write_text("yes")
                        raise
    ''',
}


@pytest.fixture
def jp_server_config():
    return {"ServerApp": {"jpserver_extensions": {"trustlab.surfaces.server": True}}}


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """Install a package with operations ``workshop.*``, for this process and for those that jobs run in."""
    packages = tmp_path / "packages"
    folder = packages / "acme_jobs/workshop"
    folder.mkdir(parents=True)
    for name, text in WORKSHOP.items():
        (folder / f"{name}.py").write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
    information = packages / "acme_jobs-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-jobs\nVersion: 1.0\n", encoding="utf-8")
    (information / "entry_points.txt").write_text("[trustlab.operations]\nacme = acme_jobs\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(packages))
    import os

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(packages), os.environ.get("PYTHONPATH", "")]))
    registry._found.cache_clear()
    yield
    registry._found.cache_clear()


@pytest.fixture
def ask(jp_fetch):
    """Return a function that returns status and JSON, a refusal's as well."""

    async def asked(path, **options):
        if "json" in options:
            options["body"] = json.dumps(options.pop("json"))
        answer = await jp_fetch(*ROOT, *path.split("/"), raise_error=False, request_timeout=60, **options)
        return answer.code, json.loads(answer.body)

    return asked
