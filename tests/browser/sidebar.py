"""What the tests of the sidebar share: a desk is a running JupyterLab with its root folder, and a page on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "browser"
HOSTILE = "<img src=x onerror=alert(1)>"


def trust(desk, *words):
    """Run one command in the root folder, in a process of its own; return what it printed."""
    command = [sys.executable, "-m", "trustlab", *words]
    done = subprocess.run(command, cwd=desk.root, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def execute(desk, command, **arguments):
    """Run one of JupyterLab's commands."""
    desk.page.evaluate("([id, args]) => void window.jupyterapp.commands.execute(id, args)", [command, arguments])


def section(desk, name):
    """Show one section of the sidebar and fold the others, as somebody would who wants room."""
    execute(desk, "trustlab:show-sidebar")
    sidebar = desk.page.locator("#trustlab-sidebar")
    sidebar.wait_for(state="visible")
    for title in sidebar.locator(".lm-AccordionPanel-title").all():
        wanted = title.inner_text().strip().lower() == name
        if (title.get_attribute("aria-expanded") == "true") != wanted:
            title.click()
    return desk.page.locator(f"#trustlab-section-{name}")


def toolbar_button(desk, name, press):
    """Press one button of the open notebook's toolbar, there or among those that JupyterLab has folded away.

    It folds by widths that it may read before the notebook is laid out, and again after 0.5 s, twice.
    """
    bar = desk.page.locator(".jp-NotebookPanel:visible .jp-NotebookPanel-toolbar")
    bar.wait_for()
    desk.page.wait_for_timeout(1_200)
    button = bar.get_by_role("button", name=name)
    if not button.is_visible():
        press(bar.locator(".jp-Toolbar-responsive-opener").get_by_role("button"))
        button = desk.page.locator(".jp-Toolbar-responsive-popup").get_by_role("button", name=name)
    press(button)


def picture(desk, name):
    """Keep what is to be seen, in light and in dark."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        desk.page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", theme)
        desk.page.wait_for_timeout(350)
        desk.page.screenshot(path=ARTEFACTS / f"{name}-{theme.split()[-1].lower()}.png")
