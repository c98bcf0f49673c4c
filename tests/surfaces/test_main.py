"""The program's first and last moments: whatever is pressed then, it answers in words and by its exit status."""

import subprocess
import sys

import pytest

# Ctrl-C is pressed by the process itself, so that it comes at the very moment.
PRESSED = """
import os, signal, sys, time
press = lambda *_: os.kill(os.getpid(), signal.SIGINT)
# Later than a hand that does not wait.
press_again = lambda *_, **__: time.sleep(1.1) or press()
"""
AS_IT_LOADS = """
class Presses:
    def find_spec(self, name, *_):
        if name == "trustlab.surfaces.{}":
            press()
sys.meta_path.insert(0, Presses())
"""
# A key that is held down presses on while what the first press broke off is tidied up.
HELD = """
import threading
from trustlab.surfaces import cli

def work(_words):
    threading.Thread(target=lambda: [time.sleep(0.002) or press() for _ in range(100)]).start()
    try:
        time.sleep(20)
    finally:
        for _ in range(100):
            time.sleep(0.002)
        sys.stdout.write("tidied up")
cli._answer = work
"""
AT_THE_END = """
import atexit
atexit.register(press)
from trustlab.surfaces import cli
cli.main = lambda: atexit.register(press) and 1
"""
WHILE_A_THREAD_WORKS = """
import threading, time
from trustlab.surfaces import cli
cli.main = lambda: threading.Thread(target=lambda: (time.sleep(1.5), press(), time.sleep(60))).start() or 1
"""
ONCE = """
from trustlab.surfaces import cli
cli._answer = press
"""
TWICE = f"""{ONCE}
cli._refuse = press_again
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


@pytest.mark.parametrize(
    "moment",
    [AS_IT_LOADS.format("cold_start"), AS_IT_LOADS.format("cli"), ONCE, TWICE, THRICE],
    ids=["reading ahead", "loading", "once", "twice", "thrice"],
)
def test_ctrl_c_is_answered_from_the_first_line_on(moment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRESSED + moment + RUN], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "trust: interrupted; nothing was half-written\n"


def test_a_key_that_is_held_down_is_one_press() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRESSED + HELD + RUN], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "tidied up")
    assert done.stderr == "trust: interrupted; nothing was half-written\n"


@pytest.mark.parametrize("moment", [AT_THE_END, WHILE_A_THREAD_WORKS], ids=["at the end", "while a thread works"])
def test_ctrl_c_after_the_answer_ends_the_program_and_not_its_status(moment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRESSED + moment + RUN], capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_what_a_command_loads_is_named_ahead() -> None:
    tells = (
        "import sys\nfrom trustlab.surfaces import cold_start as c\nc.load_ahead = lambda: print('ahead', flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", tells + RUN], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ahead\n")


def test_python_runs_the_package() -> None:
    done = subprocess.run([sys.executable, "-m", "trustlab", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("trust")
