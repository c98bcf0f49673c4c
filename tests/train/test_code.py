import pytest
from blake3 import blake3

from trustlab.core.errors import InputError
from trustlab.train import run_code


def test_the_code_sees_the_names_given_and_leaves_its_model():
    given = {"X": [1, 2], "model": "an old one"}
    built = run_code("model = sum(X)\n", given)
    assert built.model == 3
    assert built.code_hash == blake3(b"model = sum(X)\n").hexdigest()
    assert given == {"X": [1, 2], "model": "an old one"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a = 1\nmodel = 1 / 0\n", r"line 2 raised ZeroDivisionError: division by zero: model = 1 / 0"),
        ("def f():\n    return {}['x']\n\nmodel = f()\n", r"line 2 raised KeyError: 'x': return"),
        ("a = 1\nmodel = (\n", r"be Python; line 2: '\(' was never closed: model"),
        ("model = '\0'", r"be Python; source code .*null bytes"),
        ("modle = 1\n", r"made no such name\. Did you mean 'modle'"),
        ("import sys\nsys.exit(3)\n", "line 2 raised SystemExit: 3"),
        ("import json\nmodel = json.loads('{')\n", "line 2 raised JSONDecodeError"),
    ],
    ids=["raises", "deeper", "syntax", "null", "absent", "exits", "library"],
)
def test_errors_name_the_line_of_the_users_code(source, said):
    with pytest.raises(InputError, match=rf"^cell\.py must .*{said}"):
        run_code(source, origin="cell.py")


def test_a_model_of_the_notebook_is_not_taken_for_the_cells():
    with pytest.raises(InputError, match="made no such name") as caught:
        run_code("x = 1", {"model": object()})
    assert "must build its own" in caught.value.hint


def test_an_interrupt_is_not_swallowed():
    with pytest.raises(KeyboardInterrupt):
        run_code("raise KeyboardInterrupt")
