"""The database lies in the workspace, whatever the folder is called."""

from __future__ import annotations

import pytest

from trustlab.core.workspace import Workspace


@pytest.mark.parametrize("name", ["what?", "a%20b", "c#d", "e f", "é@g:h"])
def test_the_database_lies_in_the_workspace(tmp_path, name):
    folder = tmp_path / name
    workspace = Workspace.create(folder)
    with workspace.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE here (a INTEGER)")
    workspace.engine.dispose()
    assert (folder / ".trust" / "metadata.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]
