"""What starting costs: ``%load_ext trustlab`` beyond IPython itself, and ``trust --help``.

Run it as ``python tests/benchmarks/start_time.py [RUNS]``. Each measure starts fresh processes, alternately, so that a
machine that grows slower or faster meanwhile does so for all of them. Bytecode is kept in a folder of its own, as an
installed package has it, also where the environment forbids Python to write any. The limits are those that the project
set itself: 0.15 s and 0.4 s. It exits with 1 where a median is above its limit.
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


def command() -> list[str]:
    """Return the installed command, as a user types it."""
    beside = Path(sys.executable).with_name("trust")
    found = str(beside) if beside.exists() else shutil.which("trust")
    return [found, "--help"] if found else [sys.executable, "-m", "trustlab", "--help"]


def wall(words: list[str]) -> float:
    """Return the seconds that a process takes, from start to end."""
    began = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=ENVIRONMENT)
    return time.perf_counter() - began


def inside() -> float:
    """Return the seconds of ``%load_ext trustlab`` alone, measured in a fresh IPython."""
    done = subprocess.run([sys.executable, "-c", LOAD], check=True, capture_output=True, text=True, env=ENVIRONMENT)
    return float(done.stdout.split()[-1])


def measure(runs: int = RUNS) -> dict[str, dict[str, float]]:
    """Return median, least and greatest of each measure, in seconds."""
    shell, loaded = ([sys.executable, "-c", code] for code in (SHELL, LOAD))
    measures = {
        "load_ext": inside,
        "load_ext_as_processes": lambda: wall(loaded) - wall(shell),
        "help": lambda: wall(command()),
        "bare_python": lambda: wall([sys.executable, "-c", "pass"]),
    }
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
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
    print(json.dumps({name: {k: round(v, 4) for k, v in row.items()} for name, row in found.items()}, indent=2))
    sys.exit(int(any(found[name]["median"] > limit for name, limit in LIMITS.items())))
