from __future__ import annotations

import http.server
import io
import os
import socket
import threading
import time
import zipfile
from functools import partial

import fsspec
import numpy as np
import pandas as pd
import pytest

from tests.servers import free_port
from trustlab.core.errors import ConflictError, InputError, MissingExtraError, NotFoundError, RefusedError, UsageError


@pytest.fixture
def memory():
    """The memory file system, empty before and after."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


class TestMemory:
    def test_any_file_system_is_read(self, mount, listed, text, rows, memory):
        memory.pipe({"/top/a.csv": b"x\n1\n", "/top/part/b.csv": b"x\n2\n", "/topper/c": b"no"})
        mount("mem", "memory://top")
        assert listed("mem") == [("a.csv", "file"), ("part", "folder")]
        assert listed("mem:part") == [("part/b.csv", "file")]
        assert text("mem:a.csv") == b"x\n1\n"
        assert rows("trust://mem/part/b.csv")["x"].tolist() == [2]
        for path in ("../topper/c", "/topper/c"):
            with pytest.raises(RefusedError, match="stay inside"):
                text(f"mem:{path}")
        with pytest.raises(NotFoundError, match=r"Did you mean 'a\.csv'"):
            text("mem:a.cvs")

    def test_odd_keys_are_listed_as_refused(self, mount, listed, keep, memory):
        memory.pipe({"/top/a\\b": b"1", "/top/ok": b"2"})
        mount("mem", "memory://top")
        assert listed("mem") == [("a\\b", "refused"), ("ok", "file")]
        with pytest.raises(RefusedError, match="every file"):
            keep("r", "mem")

    def test_a_snapshot_stores_only_the_edit(self, mount, keep, text, memory):
        noise = os.urandom(1 << 20)
        memory.pipe({"/top/noise": noise, "/top/a": b"1", "/top/empty": b""})
        mount("mem", "memory://top")
        first = keep("r", "mem")
        assert first["origin"]["url"] == "memory://top"
        assert first["origin"]["files"]["noise"]["size"] == 1 << 20
        assert text("r:noise") == noise
        assert not keep("r", "mem")["created"]
        memory.pipe("/top/noise", noise[:500_000] + b"edit" + noise[500_000:])
        second = keep("r", "mem")
        assert 0 < second["bytes_added"] < 700_000
        assert text("r@main~1:noise") == noise

    @pytest.mark.parametrize("change", ["grows", "goes"])
    def test_a_file_that_changes_while_it_is_read_is_refused(self, mount, keep, listed, memory, monkeypatch, change):
        from trustlab.data.mounts.remote import Remote

        memory.pipe({"/top/a": b"1" * 1000})
        mount("mem", "memory://top")
        real = Remote._stream

        def stream(self, path):
            file = io.BytesIO(real(self, path).read())
            memory.pipe("/top/a", b"2" * 1001) if change == "grows" else memory.rm("/top/a")
            return file

        monkeypatch.setattr(Remote, "_stream", stream)
        with pytest.raises(InputError if change == "grows" else NotFoundError, match=r"hold still|must lead|must hold"):
            keep("r", "mem")
        with pytest.raises(NotFoundError):
            listed("r")

    def test_zips_and_chains(self, mount, listed, text, keep, memory):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("in/a.csv", "x\n1\n")
        memory.pipe("/pack.zip", packed.getvalue())
        mount("zip", "memory://pack.zip")
        assert text("zip:in/a.csv") == b"x\n1\n"
        mount("chain", "zip://in::memory://pack.zip")
        assert listed("chain") == [("a.csv", "file")]
        assert keep("r", "chain")["files"] == 1

    def test_what_is_wrong_is_said(self, mount, memory):
        for url, error, message in [
            ("memory://nowhere", NotFoundError, "must lead to something"),
            ("nosuch://x/y", UsageError, "fsspec knows; got nosuch://x/y"),
            ("trust://loans", RefusedError, "another store"),
            ("zip://x::trust://loans/x.zip", RefusedError, "another store"),
        ]:
            with pytest.raises(error, match=message):
                mount("bad", url)


@pytest.fixture
def bucket(s3_url, monkeypatch):
    """A bucket of its own on the S3 server: the options to mount it with, and a client."""
    import boto3

    monkeypatch.setenv("S3_KEY", "AKIDEXAMPLE1")
    monkeypatch.setenv("S3_SECRET", "verysecretvalue")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client(
        "s3", endpoint_url=s3_url, aws_access_key_id="AKIDEXAMPLE1", aws_secret_access_key="verysecretvalue"
    )
    name = f"bucket{time.time_ns()}"
    client.create_bucket(Bucket=name)
    options = {"endpoint_url": s3_url, "key": "${S3_KEY}", "secret": "${S3_SECRET}"}
    yield name, options, client
    client.close()


class TestS3:
    def test_it_is_read_over_http(self, mount, listed, text, rows, bucket, context):
        name, options, client = bucket
        frame = pd.DataFrame({"n": range(1000), "x": np.arange(1000) / 7})
        client.put_object(Bucket=name, Key="raw/", Body=b"")
        client.put_object(Bucket=name, Key="raw/t.parquet", Body=frame.to_parquet())
        client.put_object(Bucket=name, Key="raw/deep/t.csv", Body=b"x\n1\n")
        client.put_object(Bucket=name, Key="other", Body=b"no")
        mount("lake", f"s3://{name}/raw", option=options)
        assert listed("lake") == [("deep", "folder"), ("t.parquet", "file")]
        pd.testing.assert_frame_equal(rows("lake:t.parquet"), frame)
        assert text("lake:deep/t.csv") == b"x\n1\n"
        mount("top", f"s3://{name}", option=options)
        assert listed("top") == [("other", "file"), ("raw", "folder")]
        mount("one", f"s3://{name}/raw/deep/t.csv", option=options)
        assert rows("one")["x"].tolist() == [1]

    def test_a_snapshot_an_edit_and_no_secret(self, mount, keep, text, bucket, context, tmp_path):
        name, options, client = bucket
        noise = os.urandom(2 << 20)
        client.put_object(Bucket=name, Key="raw/noise", Body=noise)
        client.put_object(Bucket=name, Key="raw/a", Body=b"1")
        document = mount("lake", f"s3://{name}/raw", option=options)
        first = keep("r", "lake")
        told = first["origin"]["files"]["noise"]
        head = client.head_object(Bucket=name, Key="raw/noise")
        assert (told["etag"], told["size"]) == (head["ETag"].strip('"'), 2 << 20)
        assert told["mtime"] == head["LastModified"].isoformat()
        assert text("r:noise") == noise
        client.put_object(Bucket=name, Key="raw/a", Body=b"2")
        second = keep("r", "lake")
        assert 0 < second["bytes_added"] < 5000
        assert text("r:a") == b"2"
        everything = repr(document.to_dict()) + repr(first)
        assert "verysecretvalue" not in everything
        assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"verysecret" in path.read_bytes()]

    def test_secrets_in_the_clear_are_refused(self, mount, bucket):
        name, options, _ = bucket
        for bad in ({"secret": "verysecretvalue"}, {"client_kwargs": {"aws_secret_access_key": "verysecretvalue"}}):
            with pytest.raises(RefusedError, match="in the clear") as caught:
                mount("lake", f"s3://{name}", option={**options, **bad})
            assert "verysecretvalue" not in caught.value.message + caught.value.hint

    def test_what_is_wrong_is_said_in_time(self, mount, rows, bucket):
        name, options, client = bucket
        with pytest.raises(NotFoundError, match="must lead to something"):
            mount("lake", f"s3://{name}/nowhere", option=options)
        with pytest.raises(NotFoundError, match="must lead to something"):
            mount("lake", "s3://no-such-bucket-here/x", option=options)
        begun = time.monotonic()
        with pytest.raises(ConflictError, match="must answer"):
            mount("lake", f"s3://{name}", option={**options, "endpoint_url": f"http://127.0.0.1:{free_port()}"})
        assert time.monotonic() - begun < 60
        with pytest.raises(UsageError, match="library knows"):
            mount("lake", f"s3://{name}", option={**options, "endpoint_url": "no url"})
        client.put_object(Bucket=name, Key="a.csv", Body=b"x\n1\n")
        mount("lake", f"s3://{name}", option=options)
        client.delete_object(Bucket=name, Key="a.csv")
        with pytest.raises(NotFoundError, match=r"must hold 'a\.csv'"):
            rows("lake:a.csv")


def test_the_library_is_an_extra(mount, monkeypatch):
    from trustlab.core import optional

    monkeypatch.setitem(optional.EXTRAS, "s3", ("no_such_library",))
    with pytest.raises(MissingExtraError, match="no_such_library") as caught:
        mount("lake", "s3://bucket")
    assert "trustlab[s3]" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["s3://bucket/x", "http://127.0.0.1:{port}/x.csv", "postgresql://ann@127.0.0.1:{port}/x"]
)
def test_a_server_that_never_answers_is_given_up(mount, monkeypatch, url):
    from trustlab.data.mounts import database, remote

    monkeypatch.setattr(remote, "READ_SECONDS", 1)
    monkeypatch.setattr(database, "_CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        s3 = {"endpoint_url": f"http://127.0.0.1:{port}", "anon": True}
        begun = time.monotonic()
        with pytest.raises(ConflictError, match=r"must answer|answers"):
            mount("slow", url.format(port=port), option=s3 if url.startswith("s3") else {})
    assert time.monotonic() - begun < 40


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass

    def send_head(self):
        if self.path == "/private.csv":
            self.send_error(403)
            return None
        return super().send_head()


@pytest.fixture
def web(tmp_path):
    """A web server over the folder ``www``, which knows no ranges."""
    (tmp_path / "www" / "part").mkdir(parents=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path / "www"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield tmp_path / "www", f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestHttp:
    def test_one_file_and_a_folder(self, mount, listed, rows, keep, web):
        folder, url = web
        frame = pd.DataFrame({"n": range(500)})
        frame.to_parquet(folder / "t.parquet")
        (folder / "part" / "b.csv").write_text("x\n1\n")
        mount("one", f"{url}/t.parquet")
        # A server without ranges: the file is copied aside, for Parquet is read from its end.
        pd.testing.assert_frame_equal(rows("one"), frame)
        assert keep("r", "one")["origin"]["url"] == f"{url}/t.parquet"
        pd.testing.assert_frame_equal(rows("r"), frame)
        mount("all", f"{url}/")
        assert listed("all") == [("part", "folder"), ("t.parquet", "file")]
        assert rows("all:part/b.csv")["x"].tolist() == [1]

    def test_what_is_wrong_is_said(self, mount, web):
        with pytest.raises(NotFoundError, match="must lead to something"):
            mount("no", f"{web[1]}/no.csv")
        with pytest.raises(ConflictError, match="must answer"):
            mount("no", f"http://127.0.0.1:{free_port()}/t.csv")
        with pytest.raises(ConflictError, match=r"must answer.*403"):
            mount("no", f"{web[1]}/private.csv")
        with pytest.raises(RefusedError, match="clear"):
            mount("no", "http://ann:hunter2@127.0.0.1/t.csv")
