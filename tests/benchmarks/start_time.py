"""What starting costs: ``%load_ext trustlab`` beyond IPython itself, ``trust --help``, and a command from a cold disk.

Run it as ``python tests/benchmarks/start_time.py [RUNS]``. Each measure starts fresh processes, alternately, so that a
machine that grows slower or faster meanwhile does so for all of them. Bytecode is kept in a folder of its own, as an
installed package has it, also where the environment forbids Python to write any. The limits are those that the project
set itself: 0.15 s and 0.4 s. It exits with 1 where a median is above its limit.

``cold_log`` is ``trust data log`` with the page cache dropped before it (where that is allowed), and beside it the same
without what the program names to the system ahead: 0.29 and 0.38 s on a virtual disk (two cores, nine runs each).
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7
LIMITS = {"load_ext": 0.15, "help": 0.4}
CACHE = tempfile.TemporaryDirectory(prefix="bytecode-")
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONPYCACHEPREFIX": CACHE.name
}
SHELL = "from IPython.core.interactiveshell import InteractiveShell as Shell; shell = Shell()"
LOAD = f"""
import time
{SHELL}
began = time.perf_counter()
shell.run_line_magic("load_ext", "trustlab")
print(time.perf_counter() - began)
"""


# The command line itself, past the program that reads ahead for it.
PAST = "import sys; from trustlab.surfaces.cli import main; sys.exit(main(['data', 'log', 'repo']))"


def cold(words: list[str], folder: Path) -> float:
    """Return the seconds that a process takes whose files all come from the disk."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")
    return wall(words, folder)


def can_drop() -> bool:
    """Return whether the page cache may be dropped here."""
    return os.access("/proc/sys/vm/drop_caches", os.W_OK)


def command() -> list[str]:
    """Return the installed command, as a user types it."""
    beside = Path(sys.executable).with_name("trust")
    found = str(beside) if beside.exists() else shutil.which("trust")
    return [found, "--help"] if found else [sys.executable, "-m", "trustlab", "--help"]


def wall(words: list[str], folder: Path | None = None) -> float:
    """Return the seconds that a process takes, from start to end."""
    began = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=ENVIRONMENT, cwd=folder)
    return time.perf_counter() - began


def inside() -> float:
    """Return the seconds of ``%load_ext trustlab`` alone, measured in a fresh IPython."""
    done = subprocess.run([sys.executable, "-c", LOAD], check=True, capture_output=True, text=True, env=ENVIRONMENT)
    return float(done.stdout.split()[-1])


def measure(folder: Path, runs: int = RUNS) -> dict[str, dict[str, float]]:
    """Return median, least and greatest of each measure, in seconds."""
    trust = [sys.executable, "-m", "trustlab", "data"]
    (folder / "file").write_text("kept")
    wall([*trust, "commit", "repo", "file"], folder)
    shell, loaded = ([sys.executable, "-c", code] for code in (SHELL, LOAD))
    measures = {
        "load_ext": inside,
        "load_ext_as_processes": lambda: wall(loaded) - wall(shell),
        "help": lambda: wall(command()),
        "bare_python": lambda: wall([sys.executable, "-c", "pass"]),
    }
    if can_drop():
        measures["cold_log"] = lambda: cold([*trust, "log", "repo"], folder)
        measures["cold_log_without_reading_ahead"] = lambda: cold([sys.executable, "-c", PAST], folder)
    for once in measures.values():
        once()  # the first run compiles and fills the machine's caches
    times: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(runs):
        for name, once in measures.items():
            times[name].append(once())
    return {
        name: {"median": statistics.median(all_), "least": min(all_), "greatest": max(all_)}
        for name, all_ in times.items()
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
    print(json.dumps({name: {k: round(v, 4) for k, v in row.items()} for name, row in found.items()}, indent=2))
    sys.exit(int(any(found[name]["median"] > limit for name, limit in LIMITS.items())))
