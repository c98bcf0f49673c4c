"""A real kernel dies or is interrupted in the midst of a magic: nothing is half-written, and the next one says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)

# A model that says when it is in the midst of its work, and does not end by itself.
SLOW = """
import time
from pathlib import Path
from sklearn.base import BaseEstimator, ClassifierMixin
class Slow(ClassifierMixin, BaseEstimator):
    slow = {when!r}
    def fit(self, X, y):
        self.classes_ = [0, 1]
        return self._work("fit", self)
    def predict(self, X):
        return self._work("predict", [0] * len(X))
    def _work(self, now, answer):
        if now == self.slow:
            Path("busy").touch()
            time.sleep(120)
        return answer
est = Slow()
if est.slow == "predict":
    est.classes_ = [0, 1]
"""
TRAIN = "%trust train est --data loans@main --target approved --name slow --drop self_employed,region,race"
AUDIT = "%trust audit est --data loans@main --target approved --only performance"
COMMIT = "%trust data commit loans big --message half"


@contextmanager
def kernel(folder):
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder))
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def ran(client, code):
    """Run a cell and return what it said, with what it displayed as text."""
    said = []

    def listen(message):
        content = message["content"]
        said.append(
            content.get("text") or content.get("data", {}).get("text/plain") or "\n".join(content.get("traceback", []))
        )

    reply = client.execute_interactive(code, timeout=120, output_hook=listen)
    return reply["content"]["status"], " ".join("".join(map(str, said)).split())


def wait(happened, what, seconds=90):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"no {what} in {seconds} s"
        time.sleep(0.01)


def trust(*words):
    command = [sys.executable, "-m", "trustlab", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def held():
    """Return what the workspace holds, as another process sees it."""
    _, log = trust("data", "log", "loans")
    _, models = trust("model", "list")
    _, runs = trust("runs")
    return (
        [one["commit"] for one in log["commits"]],
        [(one["name"], one["version"]) for one in models["models"]],
        [one["id"] for one in runs["runs"]],
    )


def big(folder):
    """Make a folder that takes a while to commit."""
    (folder / "big").mkdir()
    for number in range(6):
        (folder / "big" / f"{number}.bin").write_bytes(os.urandom(40_000_000))


def notes(folder):
    return list((folder / ".trust" / "running").glob("*.json"))


@pytest.mark.parametrize(
    ("line", "when", "operation"),
    [(TRAIN, "fit", "train"), (AUDIT, "predict", "audit"), (COMMIT, None, "data.commit")],
    ids=["train", "audit", "commit"],
)
@pytest.mark.parametrize("way", ["killed", "interrupted"])
def test_nothing_is_half_written_and_the_next_status_says_what_was_cut_short(playground, line, when, operation, way):
    before = held()
    if when is None:
        big(playground)
    with kernel(playground) as (manager, client):
        assert ran(client, "%load_ext trustlab\n" + SLOW.format(when=when))[0] == "ok"
        if way == "killed":
            client.execute(line)
            busy = (playground / "busy").exists if when else lambda: bool(notes(playground))
            wait(busy, "work")
            os.kill(manager.provisioner.pid, signal.SIGKILL)
            wait(lambda: not manager.provisioner.process or manager.provisioner.process.poll() is not None, "end")
        else:
            # Else ipykernel drops what arrives in the moment after an error.
            request = client.execute(line, stop_on_error=False)
            busy = (playground / "busy").exists if when else lambda: bool(notes(playground))
            wait(busy, "work")
            manager.interrupt_kernel()
            reply = client.get_shell_msg(timeout=90)
            while reply["parent_header"].get("msg_id") != request:
                reply = client.get_shell_msg(timeout=90)
            assert reply["content"]["ename"] == "InterruptedRunError"
            assert "nothing was half-written" in reply["content"]["evalue"]
            status, said = ran(client, "%trust status")
            assert (status, "Interrupted" in said) == ("ok", True), said
    assert held() == before
    with kernel(playground) as (_, client):
        assert ran(client, "%load_ext trustlab")[0] == "ok"
        status, said = ran(client, "%trust status")
        assert status == "ok"
        assert "nothing is half-written" in said
        assert {"killed": "its process ended", "interrupted": "it was stopped"}[way] in said
    code, verified = trust("data", "verify")
    assert (code, verified["status"]) == (0, "pass"), verified["summary"]
    _, told = trust("status")
    assert [one["operation"] for one in told["interrupted"]] == [operation]
    assert trust("runs")[1]["interrupted"] == told["interrupted"], "the panel of runs shows the same"
    _, done = trust("data", "commit", "loans", "loans_later.csv", "--message", "after")
    assert done["parents"] == [before[0][0]], "the branch goes on from where it was"
    if operation == "data.commit":
        assert trust("status")[1]["interrupted"] == [], "what has been done is not told any more"
    assert Path("busy").exists() == (when is not None)
