"""The program's first and last moments: whatever is pressed then, it answers in words and by its exit status."""

import subprocess
import sys

import pytest

# Ctrl-C is pressed by the process itself, so that it comes at the very moment.
PRESSED = """
import os, signal, sys
press = lambda *_: os.kill(os.getpid(), signal.SIGINT)
"""
AS_IT_LOADS = """
class Presses:
    def find_spec(self, name, *_):
        if name == "trustlab.surfaces.cli":
            press()
sys.meta_path.insert(0, Presses())
"""
ONCE = """
from trustlab.surfaces import cli
cli._answer = press
"""
TWICE = f"""{ONCE}
cli._refuse = lambda *_, **__: press()
"""
THRICE = f"""{TWICE}
class Presses:
    def write(self, text):
        press()
        sys.__stderr__.write(text)
    flush = sys.__stderr__.flush
sys.stderr = Presses()
"""
RUN = """
from trustlab.__main__ import main
sys.argv = ["trust", "operations"]
sys.exit(main())
"""


@pytest.mark.parametrize("moment", [AS_IT_LOADS, ONCE, TWICE, THRICE], ids=["loading", "once", "twice", "thrice"])
def test_ctrl_c_is_answered_at_any_moment(moment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRESSED + moment + RUN], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "trust: interrupted; nothing was half-written\n"


def test_python_runs_the_package() -> None:
    done = subprocess.run([sys.executable, "-m", "trustlab", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("trust")
