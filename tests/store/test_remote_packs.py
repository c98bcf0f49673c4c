"""Packs on an object store, over real HTTP: S3 in another process, seen by a client that is not the one under test."""

from __future__ import annotations

import time

import pytest

from tests.servers import S3, Bucket
from trustlab.core.errors import ConflictError, MissingExtraError, RefusedError, UsageError
from trustlab.store import open_store
from trustlab.store import remote_packs as module
from trustlab.store.branches import create_branch, delete_branch
from trustlab.store.checkout import checkout
from trustlab.store.chunks import name_of
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.packs import HEADER, MAGIC
from trustlab.store.read import read
from trustlab.store.remote_packs import RemotePacks
from trustlab.store.verify import verify

FAST = {"_FIRST_PAUSE": 0.01, "READ_SECONDS": 1, "CONNECT_SECONDS": 1}


@pytest.fixture
def remote(bucket, tmp_path):
    opened = open_store(tmp_path / ".trust", None, bucket.url, bucket.options)
    yield opened
    opened.close()


@pytest.fixture
def relayed(bucket, relay, tmp_path, monkeypatch):
    """A store whose requests go through the relay, impatient."""
    for name, value in FAST.items():
        monkeypatch.setattr(module, name, value)
    bucket.endpoint = relay.url
    opened = open_store(tmp_path / ".trust", None, bucket.url, bucket.options)
    yield opened
    opened.close()


@pytest.fixture
def aged(monkeypatch):
    """Let every object count as old."""
    monkeypatch.setattr(module, "GRACE_SECONDS", -1.0)


def test_a_pack_is_an_object_that_explains_itself(bucket, tmp_path):
    packs = RemotePacks(bucket.url, bucket.options, spool=tmp_path)
    writer = packs.create()
    offset = writer.append(name_of(b"one"), b"one", 0)
    assert bucket.packs() == {}
    writer.seal()
    writer.release()
    key = f"packs/{writer.name[:2]}/{writer.name}.pack"
    raw = bucket.server.client().get_object(Bucket=bucket.name, Key=key)["Body"].read()
    assert raw.startswith(MAGIC)
    assert HEADER.unpack_from(raw, len(MAGIC)) == (name_of(b"one"), 3, 0)
    assert bucket.packs() == {key: writer.size}
    assert packs.names() == [writer.name]
    assert packs.size(writer.name) == len(raw) == writer.size
    assert packs.read(writer.name, offset, 3) == b"one"
    assert packs.read(writer.name, offset, 99) == b"one"
    assert packs.read(writer.name, len(raw), 5) == b""
    assert packs.read(writer.name, 0, 0) == b""
    assert packs.size("0" * 32) is None
    with pytest.raises(FileNotFoundError):
        packs.read("0" * 32, 0, 1)


def test_commit_read_checkout_gc_verify(remote, bucket, noise, tmp_path, aged):
    data = noise(3_000_000)
    first = commit(remote, "r", [("big", data), ("d/small", b"s")], message="one")
    create_branch(remote, "side", "r")
    commit(remote, "r", [("big", data), ("more", noise(900_000, 1))], branch="side")
    commit(remote, "r", [("big", data[:1000] + b"!" + data[1000:])], message="two")
    assert len(bucket.packs()) == 3
    assert read(remote, "r~1:d/small") == b"s"
    assert read(remote, f"r@{first.commit}:big", 1_000_000, 1_000_010) == data[1_000_000:1_000_010]
    target = tmp_path / "out"
    checkout(remote, "r~1", target)
    assert (target / "big").read_bytes() == data
    delete_branch(remote, "r", "side")
    done = gc(remote)
    assert done.commits == 1
    assert done.bytes > 900_000
    assert done.left == 0
    assert sum(bucket.packs().values()) < 3_600_000
    assert verify(remote).ok
    assert verify(remote).unnamed == 0
    assert [one.message for one in log(remote, "r")] == ["two", "one"]
    assert read(remote, "r~1:big") == data


def test_nothing_is_left_in_the_spool(remote, noise):
    commit(remote, "r", [("a", noise(400_000))])
    assert sorted(path.name.split("-")[0] for path in remote.root.iterdir()) == ["metadata.db"] * 3


def test_a_ranged_read_asks_for_its_chunks_only(relayed, relay, noise):
    commit(relayed, "r", [("big", noise(8_000_000))])
    relay.log.clear()
    assert read(relayed, "r:big", 4_000_000, 4_000_100) == noise(8_000_000)[4_000_000:4_000_100]
    gets = relay.packs("GET")
    # The tree's root and leaf, the file's list of chunks, the chunk; some lie together.
    assert 1 <= len(gets) <= 5
    assert all(one.range for one in gets)
    assert sum(one.received for one in gets) < 300_000
    assert [one for one in relay.log if one.method != "GET"] == []
    relay.log.clear()
    pack = relayed.packs.names()[0]
    relay.log.clear()
    assert len(relayed.packs.read(pack, 100, 50)) == 50
    assert [(one.range, one.received) for one in relay.log] == [("bytes=100-149", 50)]


def test_what_fails_in_passing_is_tried_again(relayed, relay, noise):
    commit(relayed, "r", [("a", noise(500_000))])
    seen = []

    def fault(request):
        if ".pack" not in request.path or request.method not in {"GET", "PUT"}:
            return None
        seen.append(request)
        return [503, "cut", "half", None][(len(seen) - 1) % 4]

    relay.fault = fault
    assert read(relayed, "r") == noise(500_000)
    commit(relayed, "r", [("b", noise(500_000, 1))])
    relay.fault = None
    assert len(seen) >= 8
    assert read(relayed, "r") == noise(500_000, 1)
    assert verify(relayed).ok


@pytest.mark.parametrize("fault", [503, 500, "cut", "half"])
def test_what_fails_for_good_is_told_after_a_few_tries(relayed, relay, noise, fault):
    commit(relayed, "r", [("a", noise(500_000))])
    relay.fault = lambda request: fault if request.method == "GET" else None
    relay.log.clear()
    with pytest.raises(ConflictError, match="must be reachable") as caught:
        read(relayed, "r")
    assert "endpoint_url" in caught.value.hint
    # A kept connection that is closed is opened again below us, once each time.
    assert module.ATTEMPTS <= len(relay.packs("GET")) <= 2 * module.ATTEMPTS
    relay.fault = None
    assert read(relayed, "r") == noise(500_000)


@pytest.mark.parametrize("fault", [503, "cut"])
def test_an_upload_that_fails_leaves_the_old_state(relayed, relay, bucket, noise, fault):
    commit(relayed, "r", [("a", b"a")])
    before = bucket.packs()
    relay.fault = lambda request: fault if request.method == "PUT" and ".pack" in request.path else None
    with pytest.raises(ConflictError, match="must be reachable"):
        commit(relayed, "r", [("a", noise(500_000))])
    relay.fault = None
    assert bucket.packs() == before
    assert len(log(relayed, "r")) == 1
    assert verify(relayed).ok
    commit(relayed, "r", [("a", noise(500_000))])
    assert read(relayed, "r") == noise(500_000)


def test_an_upload_that_arrives_short_is_noticed(remote, bucket, noise, monkeypatch):
    def short(system, file, path):
        file.seek(0)
        system.pipe_file(path, file.read()[:-1])

    monkeypatch.setattr(module, "_put", short)
    with pytest.raises(ConflictError, match="after its upload"):
        commit(remote, "r", [("a", noise(5000))])
    assert bucket.packs() == {}


def test_a_server_that_stands_still_is_told_within_seconds(bucket, tmp_path, monkeypatch):
    for name, value in FAST.items():
        monkeypatch.setattr(module, name, value)
    store = open_store(tmp_path / ".trust", None, bucket.url, bucket.options)
    commit(store, "r", [("a", b"a")])
    began = time.monotonic()
    with bucket.server.paused(), pytest.raises(ConflictError, match="must be reachable"):
        read(store, "r")
    assert time.monotonic() - began < 15
    assert read(store, "r") == b"a"
    store.close()


@pytest.mark.parametrize(
    ("url", "endpoint", "message", "hint"),
    [
        ("s3://absent-bucket/x", None, "bucket of s3://absent-bucket/x must exist", "Make the bucket"),
        ("s3://absent-bucket", "http://127.0.0.1:1", "must be reachable", "endpoint_url"),
        ("s3://absent-bucket", "http://no-such-host.invalid:9000", "must be reachable", "endpoint_url"),
        ("s3://Not A Bucket", None, "must be reachable", "objects_url"),
    ],
)
def test_a_place_that_is_not_there(bucket, tmp_path, url, endpoint, message, hint, noise, monkeypatch):
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    bucket.endpoint = endpoint or bucket.endpoint
    store = open_store(tmp_path / ".trust", None, url, bucket.options)
    began = time.monotonic()
    with pytest.raises(ConflictError, match=message) as caught:
        commit(store, "r", [("a", noise(100_000))])
    assert time.monotonic() - began < 30
    assert hint in caught.value.hint
    with store.read() as connection:
        from trustlab.store.schema import COMMITS, PACKS, REPOS

        assert [list(connection.execute(table.select())) for table in (COMMITS, PACKS, REPOS)] == [[], [], []]
    store.close()


def test_wrong_credentials(tmp_path, request):
    pytest.importorskip("s3fs")
    # The server looks at signatures after the first requests: its own page, and those that make the user.
    server = S3(INITIAL_NO_AUTH_ACTION_COUNT="4")
    request.addfinalizer(server.remove)
    iam = server.client(service="iam")
    iam.create_user(UserName="ann")
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=policy)
    made = iam.create_access_key(UserName="ann")["AccessKey"]
    key, secret = made["AccessKeyId"], made["SecretAccessKey"]
    server.client(key, secret).create_bucket(Bucket="kept")
    right = Bucket(server, "kept", server.url, key, secret)
    good = open_store(tmp_path / ".trust", None, right.url, right.options)
    commit(good, "r", [("a", b"a")])
    good.close()
    for wrong in (
        Bucket(server, "kept", server.url, key, "Wrong/Secret"),
        Bucket(server, "kept", server.url, "AKIAX", secret),
    ):
        store = open_store(tmp_path / ".trust", None, wrong.url, wrong.options)
        for attempt in (lambda store=store: read(store, "r"), lambda store=store: commit(store, "r", [("b", b"b")])):
            with pytest.raises(ConflictError, match="must let trustlab") as caught:
                attempt()
            assert "AWS_SECRET_ACCESS_KEY" in caught.value.hint
            assert wrong.secret not in caught.value.message
        store.close()
    good = open_store(tmp_path / ".trust", None, right.url, right.options)
    assert len(log(good, "r")) == 1
    assert verify(good).ok
    good.close()


def test_no_credentials_at_all(bucket, tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    store = open_store(tmp_path / ".trust", None, bucket.url, f'{{"endpoint_url": "{bucket.endpoint}"}}')
    with pytest.raises(ConflictError, match="must let trustlab") as caught:
        commit(store, "r", [("a", b"a")])
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint
    store.close()


def test_the_environment_says_what_the_settings_do_not(bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    store = open_store(tmp_path / ".trust", None, bucket.url)
    commit(store, "r", [("a", b"a")])
    assert len(bucket.packs()) == 1
    store.close()


@pytest.mark.parametrize(
    ("url", "options", "error", "message"),
    [
        ("nosuch://x/y", None, UsageError, "fsspec knows"),
        ("s3s://x/y", None, UsageError, "Did you mean"),
        ("trust://r/x", None, RefusedError, "itself"),
        ("s3://x", "no json", UsageError, "JSON object"),
        ("s3://x", "[1]", UsageError, "JSON object"),
        ("nosuch://ann:secret@x/y?token=secret", None, UsageError, r"ann:\*\*\*@x/y\?token=\*\*\*"),
    ],
)
def test_settings_that_cannot_be(tmp_path, url, options, error, message):
    with pytest.raises(error, match=message) as caught:
        open_store(tmp_path / ".trust", None, url, options)
    assert "secret" not in caught.value.message
    assert not (tmp_path / ".trust").exists()


def test_an_option_that_fsspec_does_not_take(bucket, tmp_path):
    store = open_store(tmp_path, None, bucket.url, '{"endpoint": "http://x", "secret": "hush"}')
    with pytest.raises(UsageError, match="objects_options") as caught:
        commit(store, "r", [("a", b"a")])
    assert "hush" not in str(caught.value)
    store.close()


def test_s3_without_its_library(tmp_path, monkeypatch):
    monkeypatch.setattr("trustlab.core.optional.importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        open_store(tmp_path, None, "s3://bucket")
    assert "trustlab[s3]" in caught.value.hint


def test_gc_leaves_young_orphans_and_says_so(remote, bucket, monkeypatch):
    commit(remote, "r", [("a", b"1")])
    orphan = remote.packs.create()
    orphan.append(name_of(b"x"), b"x", 0)
    orphan.seal()
    orphan.release()
    assert verify(remote).unnamed == 1
    done = gc(remote)
    assert (done.packs, done.left) == (0, 1)
    assert orphan.name in remote.packs.names()
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(module, "_CLOCK_SECONDS", 0.0)
    done = gc(remote)
    assert (done.packs, done.left) == (1, 0)
    assert orphan.name not in remote.packs.names()
    assert verify(remote).ok


def test_our_own_clock_does_not_count(remote, monkeypatch):
    orphan = remote.packs.create()
    orphan.seal()
    orphan.release()
    later = time.time() + 10 * module.GRACE_SECONDS
    monkeypatch.setattr(time, "time", lambda: later)
    assert not remote.packs.remove(orphan.name, lambda: True)


def test_a_long_commit_renews_its_packs(remote, bucket, noise, monkeypatch):
    monkeypatch.setattr("trustlab.store.packer.PACK_BYTES", 1_000_000)
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.0)
    data = noise(3_500_000)
    commit(remote, "r", [("a", data)])
    from trustlab.store.schema import PACKS

    with remote.read() as connection:
        named = {row.name for row in connection.execute(PACKS.select())}
    # Each pack has been copied at least once, and the copies are what the index names.
    assert len(named) < len(bucket.packs())
    assert named <= set(remote.packs.names())
    monkeypatch.setattr(module, "GRACE_SECONDS", -1.0)
    assert gc(remote).left == 0
    assert verify(remote).ok
    assert read(remote, "r") == data


def test_a_pack_that_gc_took_before_it_was_named_fails_the_commit(remote, noise, monkeypatch):
    commit(remote, "r", [("first", b"1")])
    monkeypatch.setattr("trustlab.store.packer.PACK_BYTES", 1_000_000)
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.0)
    upload, taken = RemotePacks.upload, []

    def meddle(self, file, pack, size):
        upload(self, file, pack, size)
        if not taken:
            taken.append(pack)
            self.drop(pack)

    monkeypatch.setattr(RemotePacks, "upload", meddle)
    with pytest.raises(ConflictError, match="gc has removed it"):
        commit(remote, "r", [("a", noise(3_500_000))])
    assert len(log(remote, "r")) == 1
    assert verify(remote).ok


def test_damage_on_the_object_store_is_named(remote, bucket, noise):
    commit(remote, "whole", [("w", noise(300_000, 9))])
    commit(remote, "r", [("a", noise(300_000))])
    gone = set(bucket.packs())
    commit(remote, "r", [("a", noise(300_000)), ("b/c", noise(300_000, 1))])
    altered = next(key for key in bucket.packs() if key not in gone)
    client = bucket.server.client()
    body = bytearray(client.get_object(Bucket=bucket.name, Key=altered)["Body"].read())
    body[len(body) // 3] ^= 1
    client.put_object(Bucket=bucket.name, Key=altered, Body=bytes(body))
    found = verify(remote)
    assert [(one.kind, one.pack, one.paths) for one in found.damages] == [
        ("changed bytes", altered.split("/")[-1].removesuffix(".pack"), ("b/c",))
    ]
    client.put_object(Bucket=bucket.name, Key=altered, Body=bytes(body[:-200_000]))
    assert {one.kind for one in verify(remote).damages} >= {"truncated pack"}
    client.delete_object(Bucket=bucket.name, Key=altered)
    (one,) = verify(remote).damages
    assert one.kind == "missing pack"
    assert one.paths == ("every path",)
    assert len(one.commits) == 1
    assert verify(remote, "whole").ok
    assert read(remote, "r~1") == noise(300_000)


KILLED = """
import sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.commit import commit
store = open_store(Path(sys.argv[1]), None, sys.argv[2], sys.argv[3])
print("ready", flush=True)
import random
commit(store, "r", [("a", random.Random(7).randbytes(3_000_000))])
"""


@pytest.mark.parametrize("when", ["arriving", "arrived"])
def test_a_kill_during_an_upload_leaves_nothing(relayed, relay, bucket, spawn, noise, aged, when):
    commit(relayed, "r", [("a", noise(100_000))], message="one")
    before = bucket.packs()
    stopped = []

    def kill(request):
        if request.method == "PUT" and ".pack" in request.path:
            stopped.append(request)
            if when == "arriving":
                process.kill()
                return "cut"
        if when == "arrived" and request.method == "HEAD" and stopped:
            process.kill()
            return "cut"
        return None

    process = spawn(KILLED, relayed.root, bucket.url, bucket.options)
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    relay.fault = kill
    _, errors = process.communicate(timeout=60)
    relay.fault = None
    assert process.returncode == -9, errors
    assert stopped
    # Whole or not at all; and what is whole, but named by nothing, goes with the next gc.
    assert len(bucket.packs()) - len(before) == (when == "arrived")
    assert len(log(relayed, "r")) == 1
    assert verify(relayed).ok
    assert sorted(path.name.split("-")[0] for path in relayed.root.iterdir()) == ["metadata.db"] * 3
    assert gc(relayed).left == 0
    assert bucket.packs() == before
    commit(relayed, "r", [("a", noise(200_000))])
    assert read(relayed, "r") == noise(200_000)


def test_any_other_url_of_fsspec(tmp_path, noise, aged):
    import uuid

    store = open_store(tmp_path, None, f"memory://{uuid.uuid4().hex}/packs")
    commit(store, "r", [("a", noise(500_000))])
    commit(store, "r", [("a", noise(500_000)), ("b", b"b")])
    assert read(store, "r:a") == noise(500_000)
    assert len(store.packs.names()) == 2
    gc(store)
    assert len(store.packs.names()) == 1
    assert verify(store).ok
    store.close()


@pytest.mark.parametrize("taken", [True, False])
def test_a_machine_that_slept_before_it_published(remote, noise, monkeypatch, taken):
    """The clock that stands still meanwhile says nothing; a gc elsewhere may have taken the pack."""
    commit(remote, "r", [("first", b"1")])
    seal = module.RemotePackWriter.seal

    def sleep(self):
        seal(self)
        later = time.time() + 2 * module.GRACE_SECONDS
        monkeypatch.setattr(time, "time", lambda: later)
        if taken:
            self._packs.drop(self.name)

    monkeypatch.setattr(module.RemotePackWriter, "seal", sleep)
    if taken:
        with pytest.raises(ConflictError, match="gc has removed it") as caught:
            commit(remote, "r", [("a", noise(100_000))])
        assert "Commit again" in caught.value.hint
        assert len(log(remote, "r")) == 1
    else:
        commit(remote, "r", [("a", noise(100_000))])
    assert verify(remote).ok


def test_a_clock_that_is_set_back_makes_no_pack_younger(remote, monkeypatch):
    writer = remote.packs.create()
    writer.seal()
    earlier, later = time.time() - 9999, time.monotonic() + 5000
    monkeypatch.setattr(time, "time", lambda: earlier)
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert 5000 <= writer.age() < 5100
    writer.release()
