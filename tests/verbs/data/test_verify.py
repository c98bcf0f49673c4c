import pytest

from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run


def test_a_sound_store_passes(context):
    document = run("data.verify", {}, context).to_dict()
    assert (document["status"], document["commits"], document["damages"]) == ("pass", 2, [])
    assert document["chunks"] >= 6


def test_damage_fails_and_is_named(context):
    head = run("data.show", {"ref": "loans"}, context).payload["commit"]
    packs = sorted((context.workspace.root / "objects").rglob("*.pack"), key=lambda path: path.stat().st_mtime_ns)
    data = bytearray(packs[-1].read_bytes())
    data[60] ^= 1
    packs[-1].write_bytes(data)
    document = run("data.verify", {}, context).to_dict()
    assert document["status"] == "fail"
    (damage,) = document["damages"]
    assert damage["kind"] == "changed bytes"
    assert damage["commits"] == [f"loans@{head}"]
    assert damage["paths"] == ["loans.csv"]
    assert damage["pack"] == packs[-1].stem
    assert document["views"][0]["rows"][0][:2] == ["loans.csv", "changed bytes"]


def test_one_repo(context):
    assert run("data.verify", {"repo": "loans"}, context).payload["commits"] == 2
    with pytest.raises(NotFoundError, match="Did you mean 'loans'"):
        run("data.verify", {"repo": "loan"}, context)


def test_repair_strikes_what_is_lost_and_says_what_to_do(context):
    for pack in (context.workspace.root / "objects").rglob("*.pack"):
        pack.unlink()
    document = run("data.verify", {"repair": True}, context).to_dict()
    assert document["status"] == "fail"
    assert document["struck"] == document["chunks"] >= 6
    assert "struck from the index" in document["summary"]
    assert "trust data pull" in document["advice"][0]
