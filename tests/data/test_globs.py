import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.data.globs import expand, fits, fixed_part, is_glob


@pytest.fixture
def data(tmp_path):
    for name in ("a.csv", "b.csv", "c.txt", "x/d.csv", "x/y/e.csv", ".hidden/f.csv", ".g.csv", "x/[1].csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def names(text, top, workspace=None):
    return [file.relative_to(top).as_posix() for file in expand(text, top, workspace)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("*.csv", ["a.csv", "b.csv"]),
        ("?.csv", ["a.csv", "b.csv"]),
        ("[bc].*", ["b.csv", "c.txt"]),
        ("*/*.csv", ["x/[1].csv", "x/d.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "x/[1].csv", "x/d.csv", "x/y/e.csv"]),
        ("**", ["a.csv", "b.csv", "c.txt", "x/[1].csv", "x/d.csv", "x/y/e.csv"]),
        ("**/**/e.csv", ["x/y/e.csv"]),
        (".*/*.csv", [".hidden/f.csv"]),
        (".*.csv", [".g.csv"]),
        ("*/[[]1].csv", ["x/[1].csv"]),
    ],
)
def test_files_match_as_in_a_shell(data, text, wanted):
    assert names(text, data) == wanted


def test_the_fixed_part_is_the_folder_before_the_first_sign():
    assert fixed_part("data/2024/*/x.csv") == Path("data/2024")
    assert fixed_part("*.csv") == Path()
    assert fixed_part("/data/[ab]/c") == Path("/data")
    assert is_glob("a?b")
    assert not is_glob("a{b,c}")


def test_strange_files_have_the_outcomes_of_a_folder(data, tmp_path):
    workspace = data / "ws"
    workspace.mkdir()
    (workspace / "in.csv").write_text("in")
    assert "ws/in.csv" not in names("**/*.csv", data, workspace)
    (data / "loop").symlink_to(data, target_is_directory=True)
    assert "x/y/e.csv" in names("**/*.csv", data)
    (data / "l.csv").symlink_to(data / "a.csv")
    assert "l.csv" in names("*.csv", data)
    (data / "x" / "out.csv").symlink_to(data / "a.csv")
    with pytest.raises(InputError, match="must stay inside"):
        expand("x/*.csv", data / "x")
    (data / "x" / "out.csv").unlink()
    (data / "broken.csv").symlink_to(data / "nothing")
    with pytest.raises(InputError, match="leads to nothing"):
        expand("*.csv", data)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read_is_named(data):
    (data / "x").chmod(0)
    with pytest.raises(InputError, match="must be readable"):
        expand("**/*.csv", data)
    (data / "x").chmod(0o700)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("*.cvs", NotFoundError, r"a file must match '\*\.cvs'; none does"),
        ("none/*.csv", NotFoundError, "none does"),
        ("a**b", UsageError, r"got 'a\*\*b'"),
        ("*/../*.csv", UsageError, r"got '\.\.'"),
    ],
)
def test_no_match_and_no_sense_are_errors(data, text, error, message):
    with pytest.raises(error, match=message):
        expand(text, data / fixed_part(text))


SEGMENTS = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4)


@settings(max_examples=200)
@given(path=SEGMENTS, glob=st.lists(st.sampled_from(["a", "*", "?", "a*", "**"]), min_size=1, max_size=4))
def test_paths_fit_as_a_plain_reading_says(path, glob):
    def plain(names, parts):
        if not parts:
            return not names
        if parts[0] == "**":
            return any(plain(names[at:], parts[1:]) for at in range(len(names) + 1))
        if not names:
            return False
        one = {"a": names[0] == "a", "*": True, "?": len(names[0]) == 1, "a*": names[0].startswith("a")}[parts[0]]
        return one and plain(names[1:], parts[1:])

    assert fits("/".join(path), "/".join(glob)) == plain(path, glob)
