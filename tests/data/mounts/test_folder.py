from __future__ import annotations

import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.core.errors import ConflictError, InputError, NotFoundError, RefusedError, UsageError
from trustlab.core.execute import run
from trustlab.data.mounts.opening import open_mount
from trustlab.store.mounts import Mount


@pytest.fixture
def folder(tmp_path):
    """A folder with a table, a folder and a neighbour that it must not show."""
    (tmp_path / "secret.txt").write_text("secret")
    made = tmp_path / "in"
    (made / "part").mkdir(parents=True)
    (made / "a.csv").write_text("x\n1\n")
    (made / "part" / "b.csv").write_text("x\n2\n3\n")
    return made


def test_it_is_read_as_a_repo_is(mount, listed, text, rows, folder):
    mount("inc", "in")
    assert listed("inc") == [("a.csv", "file"), ("part", "folder")]
    assert listed("inc:part/") == [("part/b.csv", "file")]
    assert listed("inc:part/b.csv") == [("part/b.csv", "file")]
    assert text("inc:part/b.csv") == b"x\n2\n3\n"
    assert rows("inc:part/b.csv")["x"].tolist() == [2, 3]
    assert rows("inc:part")["x"].tolist() == [2, 3]
    with pytest.raises(ConflictError, match=r"one table.*a\.csv, part/b\.csv"):
        rows("inc")
    (folder / "a.csv").write_text("x\n9\n")
    assert rows("inc:a.csv")["x"].tolist() == [9]


def test_a_file_url_and_one_file(mount, listed, rows, folder, keep):
    mount("url", folder.as_uri())
    assert rows("url:a.csv")["x"].tolist() == [1]
    mount("one", "in/a.csv")
    assert listed("one") == [("a.csv", "file")]
    assert rows("one")["x"].tolist() == rows("one:a.csv")["x"].tolist() == [1]
    assert keep("r", "one")["origin"]["files"]["a.csv"]["size"] == 4
    with pytest.raises(NotFoundError, match=r"must hold 'b\.csv'"):
        rows("one:b.csv")


def test_a_snapshot_names_its_source_and_stores_only_the_edit(mount, keep, folder, rows, listed):
    (folder / "noise").write_bytes(os.urandom(1 << 20))
    mount("inc", "in")
    first = keep("r", "inc")
    assert first["origin"] == {"kind": "mount", "name": "inc", "url": str(folder)}
    assert listed("r") == [("a.csv", "file"), ("noise", "file"), ("part", "folder")]
    (folder / "a.csv").write_text("x\n5\n")
    second = keep("r", "inc")
    assert 0 < second["bytes_added"] < 2000 < 1 << 20 < first["bytes_added"]
    assert rows("r:a.csv")["x"].tolist() == [5]
    assert rows("r@main~1:a.csv")["x"].tolist() == [1]
    part = keep("part", "inc:part")
    assert (part["files"], part["origin"]["path"]) == (1, "part")
    one = keep("one", "inc:part/b.csv")["origin"]
    assert one["files"]["part/b.csv"]["size"] == 6
    assert one["files"]["part/b.csv"]["mtime"].endswith("+00:00")


def test_links_that_leave_are_listed_as_refused_and_never_read(mount, listed, text, keep, folder, tmp_path):
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to("..")
    (folder / "round").symlink_to("round")
    (folder / "loop").symlink_to("part")
    (folder / "same.csv").symlink_to("a.csv")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
    (folder / "new\nline").write_text("x")
    mount("inc", "in")
    kinds = dict(listed("inc"))
    refused = {path for path, kind in kinds.items() if kind == "refused"}
    assert refused == {"out.txt", "up", "round", "loop", "pipe", "s", "new\nline"}
    assert text("inc:same.csv") == b"x\n1\n"
    for path in ("out.txt", "up/secret.txt", "up", "round", "pipe", "s"):
        with pytest.raises(RefusedError):
            text(f"inc:{path}")
    with pytest.raises((RefusedError, InputError)):
        keep("r", "inc")
    with pytest.raises(RefusedError):
        keep("r", "inc:out.txt")


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "part/../../secret.txt", "./a.csv", "a\0b", "x\\y"])
def test_paths_that_leave_are_refused(mount, text, keep, folder, path):
    mount("inc", "in")
    for ask in (lambda: text(f"inc:{path}"), lambda: keep("r", f"inc:{path}")):
        with pytest.raises((RefusedError, NotFoundError, InputError), match=r"stay inside|must|NUL"):
            ask()


@settings(deadline=None)  # the machine may be busy
@given(path=st.text(alphabet="a./\\~$*% \x00", max_size=12))
def test_no_path_leads_out(tmp_path_factory, path):
    top = tmp_path_factory.getbasetemp() / "hypothesis"
    (top / "in" / "a").mkdir(parents=True, exist_ok=True)
    (top / "a").write_text("secret")
    (top / "in" / "a" / "a").write_text("inside")
    with open_mount(Mount(name="m", url=str(top / "in")), top / ".trust") as mounted:
        try:
            with mounted.open(path) as file:
                assert file.read() == b"inside"
        except (RefusedError, NotFoundError, IsADirectoryError):
            pass


def test_the_workspace_is_not_shown(mount, listed, text, keep, folder, tmp_path):
    (folder / "peek").symlink_to(tmp_path / ".trust" / "config.toml")
    mount("here", ".")
    assert [path for path, _ in listed("here")] == ["in", "secret.txt"]
    assert dict(listed("here:in"))["in/peek"] == "refused"
    for path in (".trust/config.toml", "in/peek", ".trust"):
        with pytest.raises(RefusedError, match="workspace"):
            text(f"here:{path}")
    (folder / "peek").unlink()
    assert keep("r", "here")["files"] == 3


def test_what_is_wrong_is_said(mount, text, listed, folder, context, tmp_path):
    with pytest.raises(NotFoundError, match="must lead to something"):
        mount("no", "nowhere")
    mount("inc", "in")
    with pytest.raises(NotFoundError, match=r"Did you mean 'a\.csv'"):
        text("inc:a.cvs")
    with pytest.raises(NotFoundError, match=r"must hold 'a\.csv/b'"):
        text("inc:a.csv/b")
    with pytest.raises(UsageError, match="must name a file"):
        text("inc:part")
    for ref in ("inc@main", "inc~1:a.csv", "inc@abcd:a.csv"):
        for verb, parameter in (("cat", "ref"), ("ls", "ref"), ("read", "data"), ("commit", "source")):
            repo = {"repo": "r"} if verb == "commit" else {}
            with pytest.raises(UsageError, match="a mount has no versions") as caught:
                run(f"data.{verb}", {parameter: ref, **repo}, context)
            assert "data commit" in caught.value.hint
    with pytest.raises(UsageError, match="a mount has no versions"):
        run("data.log", {"ref": "inc"}, context)
    folder.rename(tmp_path / "moved")
    for ask in (lambda: text("inc:a.csv"), lambda: listed("inc")):
        with pytest.raises(NotFoundError, match="'inc' must lead to something"):
            ask()


def test_a_name_that_means_two_things(mount, rows, keep, folder, tmp_path):
    mount("both", "in/a.csv")
    (tmp_path / "both").write_text("x\n7\n")
    for ask in (lambda: rows("both"), lambda: keep("r", "both")):
        with pytest.raises(ConflictError, match="the mount"):
            ask()
    assert rows("both:")["x"].tolist() == [1]
    assert keep("r", "both:")["origin"]["name"] == "both"


def test_drift_and_audit_read_it(mount, context, tmp_path):
    from trustlab.testing.playground import loans

    (tmp_path / "d").mkdir()
    loans(100).to_csv(tmp_path / "d" / "before.csv", index=False)
    loans(100, seed=1, shift=3).to_csv(tmp_path / "d" / "after.csv", index=False)
    mount("inc", "d")
    drifted = run("drift", {"current": "inc:after.csv", "reference": "trust://inc/before.csv"}, context).to_dict()
    assert "inc:after.csv" in repr(drifted)
    (tmp_path / "policy.yaml").write_text("name: performance\nonly: [performance.metrics]\n")
    asked = {"data": "inc:before.csv", "target": "approved", "prediction": "decision", "policy": "policy.yaml"}
    audited = run("audit", asked, context).to_dict()
    inputs = audited["results"][0]["provenance"]["inputs"]["subject"]["data"]
    assert (inputs["source"], inputs["mount"], inputs["path"]) == ("mount", "inc", "before.csv")
