"""An interrupt while a library loads waits until it is loaded; otherwise Ctrl-C is what it is."""

import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from trustlab.core import whole_imports as module
from trustlab.core.whole_imports import whole_imports

PRESSES = """
import os, signal, sys

class Presses:
    at = "sqlalchemy.types"

    def find_spec(self, name, *_):
        if name == self.at:
            Presses.at = None
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Presses())
"""


def run(folder: Path, program: str) -> list[str]:
    code = PRESSES + textwrap.dedent(program)
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_without_it_an_interrupt_tears_a_library(tmp_path: Path) -> None:
    """What the block is for; a Python in which this does not happen any more does not need it."""
    said = run(
        tmp_path,
        """
        try:
            import sqlalchemy
        except KeyboardInterrupt:
            pass
        try:
            import sqlalchemy
            sqlalchemy.create_engine("sqlite://")
        except AttributeError:
            print("torn")
        """,
    )
    assert said == ["torn"]


@pytest.mark.parametrize("surface", ["magic", "python"])
def test_a_run_that_is_interrupted_while_libraries_load_leaves_them_whole(tmp_path: Path, surface: str) -> None:
    subprocess.run([sys.executable, "-m", "trustlab", "init", "--yes"], cwd=tmp_path, capture_output=True, check=True)
    call = {
        "magic": "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell()\n"
        "shell.extension_manager.load_extension('trustlab')\n"
        "call = lambda: shell.run_line_magic('trust', 'data log nothing')\n",
        "python": "import trustlab\ncall = lambda: trustlab.data.log('nothing')\n",
    }[surface]
    said = run(
        tmp_path,
        call + "for _ in range(2):\n    try:\n        call()\n"
        "    except BaseException as error:\n        print(type(error).__name__)\n",
    )
    assert said == ["InterruptedRunError", "NotFoundError"]


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that presses Ctrl-C while it loads, and goes on loading for a while."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "presses_while_it_loads.py").write_text(
        "import signal, time\nsignal.raise_signal(signal.SIGINT)\nfor _ in range(30):\n    time.sleep(0.01)\nend = 1\n"
    )
    monkeypatch.delitem(sys.modules, "presses_while_it_loads", raising=False)
    return "presses_while_it_loads"


def test_the_interrupt_comes_as_soon_as_it_is_loaded(slow: str) -> None:
    def load_and_wait() -> None:
        __import__(slow)
        time.sleep(30)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), whole_imports():
        load_and_wait()
    assert sys.modules[slow].end == 1
    assert time.monotonic() - began < 20
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_interrupt_comes_at_the_end_at_the_latest(slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AGAIN_SECONDS", 60)
    with pytest.raises(KeyboardInterrupt), whole_imports():
        __import__(slow)
    assert sys.modules[slow].end == 1
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_what_loads_for_too_long_is_interrupted(slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SECONDS", 0.05)
    with pytest.raises(KeyboardInterrupt), whole_imports():
        __import__(slow)
    assert slow not in sys.modules


def test_what_imports_nothing_is_interrupted_at_once() -> None:
    gone_on = []

    def press() -> None:
        signal.raise_signal(signal.SIGINT)
        gone_on.append(True)

    with pytest.raises(KeyboardInterrupt), whole_imports():
        press()
    assert not gone_on


def test_a_module_that_makes_a_run_as_it_loads_can_be_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "runs_as_it_loads.py").write_text(
        "import signal\nfrom trustlab.core.whole_imports import whole_imports\n"
        "with whole_imports():\n    signal.raise_signal(signal.SIGINT)\n    raise AssertionError('it went on')\n"
    )
    with pytest.raises(KeyboardInterrupt):
        __import__("runs_as_it_loads")


def test_others_handlers_and_threads_are_left_alone() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    try:
        with whole_imports():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]
    seen: list[object] = []

    def enter() -> None:
        with whole_imports():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [before]
