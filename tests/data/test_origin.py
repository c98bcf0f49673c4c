import pytest
from blake3 import blake3

from trustlab.core import step
from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.data import reads
from trustlab.data.dataset import store_of
from trustlab.data.origin import origin
from trustlab.store.branches import branches

SOURCE = {"kind": "file", "name": "x"}
STEP = step.CurrentStep(
    pipeline="weekly",
    revision=1,
    run="r",
    step="clean",
    notebook="clean.ipynb",
    code_hash="1" * 64,
    parameters={"rows": 3},
)


@pytest.fixture(autouse=True)
def _anew(monkeypatch):
    monkeypatch.delenv(step.VARIABLE, raising=False)
    reads.forget()
    yield
    reads.forget()


@pytest.fixture
def context(playground):
    return Context(folder=playground, progress=False, notice=lambda _sentence: None)


@pytest.fixture
def head(context):
    return branches(store_of(context.workspace), "loans")[0].head


def test_outside_a_step_nothing_is_said_unless_asked(context, head):
    run("data.read", {"data": "loans@main"}, context)
    assert origin(context, "data.commit", SOURCE) == {"operation": "data.commit", "source": SOURCE}
    read = {"repo": "loans", "commit": head, "path": "loans.csv", "role": "read"}
    assert origin(context, "data.commit", SOURCE, inputs=["read"])["inputs"] == [read]
    assert origin(context, "data.commit", SOURCE, inputs=["none"])["inputs"] == []


def test_refs_are_resolved_now(context, head):
    texts = ["loans", "loans@main", f"loans@{head[:8]}", "loans@main:loans.csv", "trust://loans@main/loans.csv"]
    found = origin(context, "data.commit", SOURCE, inputs=texts)["inputs"]
    whole = {"repo": "loans", "commit": head, "role": "given"}
    assert found == [whole, {**whole, "path": "loans.csv"}]
    before = origin(context, "data.commit", SOURCE, inputs=["loans@main~1"])["inputs"]
    assert before[0]["commit"] != head


def test_what_was_named_is_not_demoted_to_what_was_read(context, head):
    run("data.read", {"data": "loans@main"}, context)
    for texts in (["loans@main:loans.csv", "read"], ["read", "loans@main:loans.csv"]):
        (found,) = origin(context, "data.commit", SOURCE, inputs=texts)["inputs"]
        assert found["role"] == "given"


def test_a_step_says_what_it_is_and_what_its_process_read(context, head, monkeypatch):
    monkeypatch.setenv(step.VARIABLE, STEP.environment()[step.VARIABLE])
    made = origin(context, "data.commit", SOURCE)
    assert "inputs" not in made, "nothing read by this process is not the same as made from nothing"
    assert made["code"] == {"hash": "1" * 64, "file": "clean.ipynb"}
    assert made["parameters"] == {"rows": 3}
    assert made["pipeline"] == {"name": "weekly", "revision": 1, "run": "r", "step": "clean"}
    run("data.read", {"data": "loans@main"}, context)
    assert origin(context, "data.commit", SOURCE)["inputs"][0]["commit"] == head
    assert origin(context, "data.commit", SOURCE, inputs=["none"])["inputs"] == []


def test_code_is_hashed_as_b3sum_does(context, monkeypatch):
    context.path("clean.py").write_bytes(b"model = 1\r\n")
    wanted = {"hash": blake3(b"model = 1\r\n").hexdigest(), "file": "clean.py"}
    assert origin(context, "data.commit", SOURCE, code="clean.py")["code"] == wanted
    monkeypatch.setenv(step.VARIABLE, STEP.environment()[step.VARIABLE])
    assert origin(context, "data.commit", SOURCE, code="clean.py")["code"] == wanted


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"inputs": ["loan@main"]}, NotFoundError, "Did you mean 'loans'"),
        ({"inputs": ["loans@mian"]}, NotFoundError, "Did you mean 'main'"),
        ({"inputs": ["loans@main:loan.csv"]}, NotFoundError, r"Did you mean 'loans\.csv'"),
        ({"inputs": ["loans@main~9"]}, NotFoundError, "history"),
        ({"inputs": ["a b"]}, UsageError, "repo's name"),
        ({"inputs": [""]}, UsageError, "a ref must be"),
        ({"inputs": ["none", "loans"]}, UsageError, "none alone"),
        ({"inputs": ["read"]}, InputError, "it has read none"),
        ({"code": "gone.py"}, NotFoundError, "gone.py"),
        ({"code": "."}, NotFoundError, "code must be a file"),
        ({"code": "a\0b"}, NotFoundError, "code must be a file"),
    ],
)
def test_bad_requests_are_named(context, asked, error, message):
    with pytest.raises(error, match=message):
        origin(context, "data.commit", SOURCE, **asked)


@pytest.mark.parametrize("word", ["none", "read"])
def test_a_repo_that_is_called_like_a_word_must_be_told_apart(context, word):
    run("data.commit", {"repo": word, "source": [("f", b"f")]}, context)
    run("data.read", {"data": "loans@main"}, context)
    with pytest.raises(ConflictError, match=f"the repo {word} or the word"):
        origin(context, "data.commit", SOURCE, inputs=[word])
    assert origin(context, "data.commit", SOURCE, inputs=[f"{word}@main"])["inputs"][0]["repo"] == word
