"""The names and versions of the registered models, read without importing MLflow: for who only wants to name one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from trustlab.core import journal
from trustlab.core.errors import TrustlabError

if TYPE_CHECKING:
    from trustlab.core.workspace import Workspace

WAIT = 0.2
CHAMPION = "champion"


def registered_versions(workspace: Workspace) -> dict[str, list[str]]:
    """Return the versions of each registered model, newest first, and the word ``champion`` where there is one.

    Where MLflow is a server, nobody waits for it: then those are told that this workspace's journal has trained.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    dict of str to list of str
        By name, sorted.
    """
    found = _trained(workspace) if workspace.settings.tracking_uri else _embedded(workspace)
    return {name: found[name] for name in sorted(found)}


def _embedded(workspace: Workspace) -> dict[str, list[str]]:
    path = workspace.root / "mlflow.db"
    found: dict[str, list[str]] = {}
    if not path.exists():
        return found
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=WAIT)) as connection:
            kept = "SELECT name, version FROM model_versions WHERE current_stage != 'Deleted_Internal' ORDER BY 2 DESC"
            for name, version in connection.execute(kept):
                found.setdefault(str(name), []).append(str(version))
            for (name,) in connection.execute("SELECT name FROM registered_model_aliases WHERE alias = ?", (CHAMPION,)):
                found.setdefault(str(name), []).append(CHAMPION)
    except sqlite3.Error:
        # Another version of MLflow, or one that writes just now: `trust model list` asks MLflow itself.
        return {}
    return found


def _trained(workspace: Workspace) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        rows = journal.pieces(workspace, "train", [("model", "name"), ("model", "version")])
    except TrustlabError:
        return found
    for _, (name, version) in rows:
        if name and version:
            found.setdefault(name, []).append(version)
    return found
