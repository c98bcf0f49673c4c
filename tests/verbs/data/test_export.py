import json
import zipfile

import pytest

from trustlab.core.errors import ConflictError, NotFoundError, RefusedError, UsageError
from trustlab.core.execute import run


def test_a_version_is_exported(context):
    document = run("data.export", {"ref": "loans~1", "target": "september.zip"}, context)
    with zipfile.ZipFile(context.path("september.zip")) as archive:
        assert archive.read("loans.csv") == b"n,word\n0,a\n1,b\n2,c\n"
        manifest = json.loads(archive.read(document.payload["manifest"]))
    assert manifest["commit"] == document.payload["commit"]
    assert manifest["message"] == "September"
    assert document.payload["files"] == 1
    assert document.value == context.path("september.zip")


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"target": "loans.csv"}, ConflictError, "exists"),
        ({"target": "."}, ConflictError, "exists"),
        ({"target": ".", "force": True}, RefusedError, "only replace a folder that an export has made"),
        ({"target": ".trust/out"}, RefusedError, "workspace"),
        ({"target": "a\0b"}, UsageError, "target must be"),
        ({"ref": "loan"}, NotFoundError, "Did you mean 'loans'"),
        ({"ref": "loans:lons.csv"}, NotFoundError, "Did you mean 'loans.csv'"),
    ],
)
def test_bad_input_is_named_and_writes_nothing(context, parameters, error, message):
    before = sorted(context.folder.rglob("*"))
    with pytest.raises(error, match=message):
        run("data.export", {"ref": "loans", "target": "out", **parameters}, context)
    assert sorted(path for path in context.folder.rglob("*") if "metadata.db-" not in path.name) == [
        path for path in before if "metadata.db-" not in path.name
    ]
