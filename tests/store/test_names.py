import pytest

from trustlab.core.errors import InputError, UsageError
from trustlab.store.names import check_name, check_path, check_paths


@pytest.mark.parametrize("name", ["loans", "a", "0", "_x", "a.b-c_d", "x" * 100])
def test_plain_names_pass(name):
    assert check_name("repo", name) == name


@pytest.mark.parametrize("name", ["", ".", "-a", "a/b", "a@b", "a~1", "a:b", "é", "a b", "a\n", "x" * 101, "a\0"])
def test_other_names_are_refused(name):
    with pytest.raises(UsageError, match="repo"):
        check_name("repo", name)


@pytest.mark.parametrize("path", ["a", "a/b.csv", "ä/é", "a:b", "...", "a..b", " ", "<img src=x onerror=alert(1)>"])
def test_plain_paths_pass(path):
    assert check_path(path) == path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "empty"),
        ("/etc/passwd", "absolute"),
        ("../x", "'..'"),
        ("a/../x", "'..'"),
        ("./a", "'.'"),
        ("a//b", "empty name"),
        ("a/", "empty name"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("a\x9b31mb", "control"),
        ("a\\b", "backslash"),
        ("a\udcff", "UTF-8"),
    ],
)
def test_hostile_paths_are_refused_with_the_reason(path, why):
    with pytest.raises(InputError, match=why):
        check_path(path)
    # The same among plain ones, where all are looked at together.
    with pytest.raises(InputError, match=why):
        check_paths(sorted(["plain", path, "z/z"]))


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        (["a", "a"], "twice"),
        (["é", "e\u0301"], "normal form"),
        (["a", "a/b"], "file or a folder"),
        (["a/b/c", "a"], "a"),
    ],
)
def test_paths_that_cannot_stand_together_are_refused(paths, why):
    with pytest.raises(InputError, match=why):
        check_paths(paths)


def test_case_alone_tells_paths_apart():
    check_paths(["A", "a", "a.b", "ab/c"])
