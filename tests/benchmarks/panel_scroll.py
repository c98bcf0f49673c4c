"""Sections with many rows: ``python -m tests.benchmarks.panel_scroll``, from the repository's folder.

A real JupyterLab and a real Chromium. Printed are, for every section that lists what a workspace keeps (10,000 rows
each), the milliseconds from the opening of the sidebar, in a page that has not shown it yet and with every section
reading at once, to the frame in which the first row is seen (limit 1,000), and the frames a second while the list is
scrolled through for three seconds (limit 30), as the medians of five. Exits with 1 where a limit is missed. Wants two
free cores.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.browser.conftest import CHROMIUM, opened, running

ROWS, TIMES = 10_000, 5
SECTIONS = ("runs", "audits", "drift", "data", "pipelines", "models")
MOST_MILLISECONDS, LEAST_FRAMES = 1000.0, 30.0

OPEN = """
async name => {
    const row = () => document.querySelector(`#trustlab-section-${name} [role=row] .tl-Row-title`);
    if (row()) {
        throw new Error(`${name} is drawn before it is opened`);
    }
    const began = performance.now();
    void window.jupyterapp.commands.execute('trustlab:show-sidebar');
    for (const title of document.querySelectorAll('#trustlab-sidebar .lm-AccordionPanel-title')) {
        if (title.getAttribute('aria-expanded') !== 'true') {
            title.click();
        }
    }
    while (!row()?.checkVisibility() && performance.now() - began < 30000) {
        await new Promise(requestAnimationFrame);
    }
    return performance.now() - began;
}
"""
SCROLL = """
async name => {
    const list = document.querySelector(`#trustlab-section-${name} .tl-Virtual`);
    let frames = 0;
    const began = performance.now();
    while (performance.now() - began < 3000) {
        list.scrollTop += 120;
        await new Promise(requestAnimationFrame);
        frames += 1;
    }
    return frames / ((performance.now() - began) / 1000);
}
"""


def fill(root: Path) -> None:
    """Make a workspace of 10,000 runs of each kind, repos, pipelines and versions of a model."""
    draw = random.Random(3)
    lines = ["income,group,approved", *(f"{n % 60},{draw.choice('ab')},{int(n % 60 > 30)}" for n in range(240))]
    (root / "loans.csv").write_text("\n".join(lines))
    cell = {"cell_type": "code", "execution_count": None, "outputs": [], "source": "rows = 1"}
    cells = [{**cell, "id": "one", "metadata": {"tags": ["parameters"]}}]
    (root / "weekly.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    data = "--data loans@main --target approved"
    for words in (
        "init",
        "data commit loans loans.csv",
        f"train {data} --name lender --recipe logistic",
        f"audit lender {data} --sensitive group --only fairness.selection_rate",
        "drift loans@main loans@main",
        "promote weekly.ipynb --name weekly --cron",
    ):
        command = [sys.executable, "-m", "trustlab", *words.split()]
        command += ["0 6 * * *"] if words.endswith("--cron") else []
        done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
        if done.returncode > 1:
            sys.exit(done.stderr)
    kept = root / ".trust"
    repeat(kept / "metadata.db", "journal_runs", "operation = 'audit'", id="printf('%032x', n)")
    repeat(kept / "metadata.db", "journal_runs", "operation = 'drift'", id="printf('d%031x', n)")
    name = "printf('weekly-%05d', n)"
    document = f"json_set(document, '$.name', {name})"
    repeat(kept / "metadata.db", "pipeline_revisions", "true", pipeline=name, document=document)
    repeat(kept / "metadata.db", "pipeline_schedules", "true", pipeline=name)
    repeat(kept / "mlflow.db", "model_versions", "true", version="n + 1")
    repeat(kept / "metadata.db", "store_repos", "true", id="n + 1", name="printf('loans-%05d', n)")
    for table in ("store_commits", "store_branches"):
        repeat(kept / "metadata.db", table, "true", repo="n + 1")


def repeat(file: Path, table: str, where: str, **changes: str) -> None:
    """Write 10,000 more of the one row that is there, each with its number ``n`` in what must differ."""
    with sqlite3.connect(file) as database:
        (there,) = database.execute(f"select count(*) from {table} where {where}").fetchone()
        if there != 1:
            sys.exit(f"{table} must hold one row where {where}; it holds {there}")
        names = [row[1] for row in database.execute(f"pragma table_info({table})")]
        picked = ", ".join(changes.get(name, name) for name in names)
        database.execute(
            f"with recursive count(n) as (select 1 union all select n + 1 from count where n < {ROWS}) "
            f"insert into {table} ({', '.join(names)}) select {picked} from {table}, count where {where}"
        )


def measure(page: Any, url: str, name: str) -> bool:
    """Measure one section, print it, and return whether it keeps the limits."""
    painted, frames = [], []
    for _ in range(TIMES):
        # A page that has drawn nothing of it yet, and a workspace of tabs that holds none either.
        page.goto(f"{url}lab?reset")
        page.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored")
        page.evaluate("() => window.jupyterapp.restored")
        page.wait_for_timeout(1000)
        painted.append(page.evaluate(OPEN, name))
        frames.append(page.evaluate(SCROLL, name))
    rows = page.locator(f"#trustlab-section-{name} [role=grid]").get_attribute("aria-rowcount")
    first, smooth = statistics.median(painted), statistics.median(frames)
    print(f"{name:8} {rows:>6} rows  first row after {first:6.0f} ms of {MOST_MILLISECONDS:.0f}", end="")
    print(f"  {smooth:5.1f} frames a second, at least {LEAST_FRAMES:.0f}")
    return first <= MOST_MILLISECONDS and smooth >= LEAST_FRAMES


def main() -> None:
    """Fill, open, measure."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as lab:
        fill(lab.root)
        with opened(CHROMIUM, lab, SimpleNamespace(urls=[]), "panel-scroll") as page:
            kept = [measure(page, lab.url, name) for name in SECTIONS]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
