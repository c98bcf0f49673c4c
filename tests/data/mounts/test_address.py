from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from trustlab.core import redaction
from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError, RefusedError, UsageError
from trustlab.data.mounts.address import (
    absolute,
    address_of,
    read_options,
    redacted_options,
    refuse_secrets,
)
from trustlab.store.mounts import Mount


def mount(url="memory://x", **options):
    return Mount(name="m", url=url, options=options)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:hunter2@host/db", "postgresql://ann:***@host/db"),
        ("postgresql://ann:12/34@host/db", "postgresql://ann:***@host/db"),
        ("ftp://ann::x@host/x", "ftp://ann:***@host/x"),
        ("postgresql://ann:hu/nt@er2@host:5432/db", "postgresql://ann:***@host:5432/db"),
        ("postgresql://host/db?user=a&password=hunter2&x=1", "postgresql://host/db?user=a&password=***&x=1"),
        ("zip://a::ftp://ann:hunter2@host/x.zip", "zip://a::ftp://ann:***@host/x.zip"),
        ("https://host/a.csv?X-Amz-Signature=abc&n=1", "https://host/a.csv?X-Amz-Signature=***&n=1"),
        ("https://host/a.csv?sig=abc", "https://host/a.csv?sig=***"),
        ("https://host/a.csv?token=abc#x", "https://host/a.csv?token=***#x"),
        ("https://host/a.csv?api_key=abc", "https://host/a.csv?api_key=***"),
    ],
)
def test_a_secret_in_a_url_is_refused_and_not_shown(url, shown):
    assert redaction.shown(url) == shown
    with pytest.raises(RefusedError, match="in the clear") as caught:
        refuse_secrets(mount(url))
    assert shown in caught.value.message
    assert "${VARIABLE}" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:${PW}@host/db",
        "postgresql://ann@host:5432/db",
        "http://host:8080/a@b",
        "s3://bucket/a:b@c?versionId=3",
        "https://host/a.csv?token=${T}&monkey=5",
        "${DATABASE_URL}",
        "/home/ann/a:b@c",
    ],
)
def test_what_is_no_secret_is_kept_as_it_is(url):
    assert redaction.shown(url) == url
    assert refuse_secrets(mount(url)).url == url


@settings(deadline=None)
@given(password=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1))
def test_no_password_passes(password):
    if set("?#") & set(password) or password.startswith("$"):
        password = quote(password, safe="")
    url = f"postgresql://ann:{password}@host/db"
    assert redaction.shown(url) == "postgresql://ann:***@host/db"
    with pytest.raises(RefusedError):
        refuse_secrets(mount(url))


@pytest.mark.parametrize(
    "options",
    [
        {"secret": "s3cr3t"},
        {"password": "s3cr3t"},
        {"account_key": "s3cr3t"},
        {"connection_string": "s3cr3t"},
        {"token": "s3cr3t"},
        {"client_kwargs": {"headers": {"Authorization": "s3cr3t"}}},
        {"endpoint_url": "http://ann:s3cr3t@host"},
        {"password": 5},
        {"secret": "a${B}s3cr3t"},
    ],
)
def test_a_secret_in_an_option_is_refused_and_not_shown(options):
    with pytest.raises(RefusedError, match="in the clear") as caught:
        refuse_secrets(mount(**options))
    assert "s3cr3t" not in caught.value.message
    assert "s3cr3t" not in repr(redacted_options(options))


def test_options_that_are_none_pass():
    options = {"secret": "${S}", "anon": True, "token": "anon", "key": "AKID", "sslmode": "require", "depth": 3}
    assert refuse_secrets(mount(**options)).options == options


@settings(deadline=None)
@given(password=st.text(min_size=1).filter(lambda text: "\0" not in text and text.isprintable()))
def test_any_password_reaches_the_driver(password):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PW", password)
        address = address_of(mount("postgresql://ann:${PW}@host/db", password="${PW}"), Path())
    assert make_url(address.url).password == password
    assert address.options == {"password": password}
    assert address.shown == "postgresql://ann:${PW}@host/db"
    if len(password) > 3:
        assert password not in address.hide(f"x{password}x{quote(password, safe='')}x").strip("x")


def test_variables_are_filled_in_at_use(monkeypatch):
    monkeypatch.setenv("BUCKET", "raw")
    monkeypatch.setenv("URL", "ftp://ann:hunter2@host/x")
    assert address_of(mount("s3://${BUCKET}/a/${BUCKET}", deep=[{"a": "${BUCKET}"}]), Path()).url == "s3://raw/a/raw"
    whole = address_of(mount("${URL}"), Path())
    assert (whole.url, whole.shown) == ("ftp://ann:hunter2@host/x", "${URL}")
    assert whole.hide("no hunter2 here") == "no *** here"
    monkeypatch.delenv("BUCKET")
    with pytest.raises(NotFoundError, match="environment variable BUCKET must be set to read the mount 'm'"):
        address_of(mount("s3://${BUCKET}"), Path())


def test_options_are_read_as_json_where_they_are():
    given_ = {"anon": "true", "n": "5", "client_kwargs": '{"a": 1}', "word": "plain", "key": "${KEY}", "list": [1]}
    assert read_options(given_) == {
        "anon": True,
        "n": 5,
        "client_kwargs": {"a": 1},
        "word": "plain",
        "key": "${KEY}",
        "list": [1],
    }
    with pytest.raises(UsageError, match="option client_kwargs must be text or JSON"):
        read_options({"client_kwargs": '{"a": '})
    with pytest.raises(UsageError, match="JSON data"):
        read_options({"x": object()})


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("in", "/place/in"),
        ("/in", "/in"),
        ("sqlite:///a.db", "sqlite:////place/a.db"),
        ("sqlite:////a.db", "sqlite:////a.db"),
        ("sqlite:///${DB}", "sqlite:///${DB}"),
        ("s3://a/b", "s3://a/b"),
        ("zip://::a.zip", "zip://::a.zip"),
        ("${URL}", "${URL}"),
    ],
)
def test_paths_mean_the_same_from_anywhere(url, full):
    assert absolute(url, Context(folder=Path("/place"))) == full
