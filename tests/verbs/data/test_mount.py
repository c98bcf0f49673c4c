import pytest

from trustlab.core.errors import ConflictError, NotFoundError, RefusedError, UsageError
from trustlab.core.execute import run
from trustlab.surfaces import cli


@pytest.fixture
def inside(context):
    """A folder beside the repo ``loans``."""
    context.path("in").mkdir()
    context.path("in/a.csv").write_text("x\n1\n")
    return context


def mount(context, **parameters):
    return run("data.mount", parameters, context)


def test_make_list_show_and_remove(inside):
    assert mount(inside).payload == {"mounts": []}
    made = mount(inside, name="inc", url="in")
    assert made.payload["mounts"][0]["url"] == str(inside.path("in"))
    assert "nothing was copied" in made.summary
    assert mount(inside).payload == made.payload == mount(inside, name="inc").payload
    assert run("data.read", {"data": "inc"}, inside).payload["data"]["mount"] == "inc"
    listed = run("data.ls", {}, inside)
    assert [(one["path"], one["type"]) for one in listed.payload["entries"]] == [("inc", "mount"), ("loans", "repo")]
    assert "1 repo, 1 mount" in listed.summary
    gone = mount(inside, name="inc", remove=True)
    assert gone.payload == {"mounts": []}
    assert inside.path("in/a.csv").exists()
    with pytest.raises(NotFoundError, match="'inc' is neither a file nor a ref"):
        run("data.read", {"data": "inc"}, inside)


def test_a_name_is_one_thing(inside):
    mount(inside, name="inc", url="in")
    mount(inside, name="inc", url="in")
    with pytest.raises(ConflictError, match="leads elsewhere"):
        mount(inside, name="inc", url=".")
    assert "leads now" in mount(inside, name="inc", url=".", force=True).summary
    with pytest.raises(ConflictError, match="'loans' is a repo"):
        mount(inside, name="loans", url="in", force=True)
    with pytest.raises(ConflictError, match="'inc' is a mount"):
        run("data.commit", {"repo": "inc", "source": "loans.csv"}, inside)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"name": "inc", "remove": True}, NotFoundError, "must exist to be removed"),
        ({"name": "inc"}, NotFoundError, "must exist to be shown"),
        ({"remove": True}, UsageError, "remove takes the name"),
        ({"name": "inc", "url": "in", "remove": True}, UsageError, "remove takes the name"),
        ({"name": "inc", "query": "SELECT 1"}, UsageError, "query goes with"),
        ({"force": True}, UsageError, "force goes with"),
        ({"name": "a b", "url": "in"}, UsageError, "mount's name"),
        ({"name": "inc", "url": "nowhere"}, NotFoundError, "must lead to something"),
        ({"name": "inc", "url": "in", "query": "SELECT 1"}, UsageError, "SQLAlchemy"),
        ({"name": "inc", "url": "ftp://ann:hunter2@127.0.0.1/x"}, RefusedError, "in the clear"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(inside, parameters, error, message):
    with pytest.raises(error, match=message):
        mount(inside, **parameters)
    assert mount(inside).payload == {"mounts": []}


def test_bad_input_makes_no_workspace(empty):
    assert mount(empty).payload == {"mounts": []}
    with pytest.raises(NotFoundError):
        mount(empty, name="inc", url="nowhere")
    assert not empty.path(".trust").exists()
    mount(empty, name="inc", url=".")
    assert empty.path(".trust").exists()


def test_the_command_line(inside, monkeypatch, capsys):
    monkeypatch.chdir(inside.folder)
    assert cli.main(["data", "mount", "mem", "memory://", "--option", "a=1", "--option", 'b={"c": "x=y"}']) == 0
    assert "b={'c': 'x=y'}" in capsys.readouterr().out
    assert cli.main(["data", "mount", "--remove", "mem"]) == 0
    assert cli.main(["data", "mount", "inc", "in"]) == 0
    assert cli.main(["data", "mount", "inc", "--remove"]) == 0
    assert cli.main(["data", "mount", "--help"]) == 0
    assert "namespace only" in capsys.readouterr().out
