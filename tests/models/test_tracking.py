"""MLflow's own database lies in the workspace, whatever the folder is called."""

from __future__ import annotations

import sqlalchemy

from trustlab.core.workspace import Workspace
from trustlab.models.tracking import tracking_uri


def test_address_is_the_workspaces_file(tmp_path):
    for name in ("plain", "what?", "a%20b", "c#d"):
        workspace = Workspace.create(tmp_path / name)
        assert sqlalchemy.make_url(tracking_uri(workspace)).database == str(workspace.root / "mlflow.db")
