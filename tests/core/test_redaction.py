"""No secret is shown, whichever form it comes in; what is none stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustlab.core.redaction import is_database, is_secret, secrets_in, secrets_of, shown

NAMES = [
    "password", "PGPASSWORD", "sslpassword", "passwd", "passphrase", "pwd", "secret", "client_secret", "token",
    "aws_session_token", "X-Amz-Security-Token", "X-Amz-Credential", "X-Amz-Signature", "sig", "sas", "api_key",
    "apikey", "AccessKey", "account_key", "aws_secret_access_key", "ssh-key", "connection_string", "cookie",
    "Authorization", "credentials", "pass", "db_pass", "tokens",
]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://ann:p@ss:w/rd@host:5432/x", "postgresql://ann:***@host:5432/x"),
        ("postgresql://ann:p?w#d@host/x", "postgresql://ann:***@host/x"),
        ("postgresql://ann:p?w=d@host/x", "postgresql://ann:***@host/x"),
        ("postgresql://ann:p w@host/x", "postgresql://ann:***@host/x"),
        ("postgresql://ann@corp:hush@host/x", "postgresql://ann@corp:***@host/x"),
        ("postgresql+psycopg://:hush@host/x", "postgresql+psycopg://:***@host/x"),
        ("postgresql://ann:12/34@host/x", "postgresql://ann:***@host/x"),
        ("postgresql://ann@host/x", "postgresql://ann@host/x"),
        ("postgresql://ann@host:5432/x?mail=a@b", "postgresql://ann@host:5432/x?mail=a@b"),
        ("postgresql://ann:${PW}@host/x?mail=a@b", "postgresql://ann:${PW}@host/x?mail=a@b"),
        ("postgresql://host/x?user=ann&password=hush", "postgresql://host/x?user=ann&password=***"),
        ("postgresql://host/x?password=a;b#c&user=ann", "postgresql://host/x?password=***&user=ann"),
        ("postgresql://host/x?password=${PW}", "postgresql://host/x?password=${PW}"),
        ("mysql://ann:hush@host/x", "mysql://ann:***@host/x"),
        ("s3://bucket/x?aws_secret_access_key=hush&b=c", "s3://bucket/x?aws_secret_access_key=***&b=c"),
        ("s3://bucket/x?key=AKID&monkey=5", "s3://bucket/x?key=***&monkey=5"),
        ("https://host/a.csv?a=1;token=hush", "https://host/a.csv?a=1;token=***"),
        ("https://host/a.csv?token=hush#part", "https://host/a.csv?token=***#part"),
        ("http://host:8080/a@b", "http://host:8080/a@b"),
        ("zip://a::ftp://ann:hush@host/x.zip", "zip://a::ftp://ann:***@host/x.zip"),
        ("sqlite:////tmp/a:b@c", "sqlite:////tmp/a:b@c"),
        ("cannot reach http://ann:hush@host:9000/x", "cannot reach http://ann:***@host:9000/x"),
        ("403 for https://host/x?X-Amz-Signature=hush&n=1", "403 for https://host/x?X-Amz-Signature=***&n=1"),
        ("/home/ann/a:b@c", "/home/ann/a:b@c"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url, expected):
    assert shown(url) == expected
    assert shown(expected) == expected


@pytest.mark.parametrize("name", NAMES)
def test_names_of_secrets(name):
    assert is_secret(name)
    assert is_secret(name.upper())
    assert shown(f"https://host/x?a=1&{name}=hush&b=2") == f"https://host/x?a=1&{name}=***&b=2"
    assert shown(f"postgresql://host/x?{name}=hush") == f"postgresql://host/x?{name}=***"
    assert list(secrets_in({"client_kwargs": {name: "hush"}})) == ["hush"]


@pytest.mark.parametrize(
    "name", ["monkey", "user", "passfile", "token_uri", "bypass", "design", "endpoint_url", "sslmode"]
)
def test_names_of_none(name):
    assert not is_secret(name)
    assert shown(f"https://host/x?{name}=plain") == f"https://host/x?{name}=plain"
    assert list(secrets_in({name: "plain"})) == []


def test_what_is_hidden_is_told_to_who_must_hide_it_elsewhere():
    assert secrets_of("postgresql://ann:hush@host/x?sslpassword=hash&user=${U}") == {"hush", "hash"}
    assert set(secrets_in({"key": "AKID", "endpoint_url": "http://ann:hush@host", "depth": 3, "secret": ""})) == {
        "AKID",
        "hush",
    }


@given(password=st.text(min_size=1).filter(lambda text: not text.startswith("${")))
def test_no_quoted_password_passes(password):
    from urllib.parse import quote

    quoted = quote(f"<{password}>", safe="")
    for url in (f"postgresql://ann:{quoted}@host/x", f"s3://host/x?secret={quoted}", f"ftp://ann:{quoted}@host"):
        assert quoted not in shown(url)
        assert secrets_of(url) == {quoted}


def test_urls_of_databases():
    assert all(map(is_database, ("sqlite:///x", "postgres://x", "PostgreSQL+psycopg://x")))
    assert not any(map(is_database, ("s3://x", "sqlite", "zip://postgres::sqlite://", "/postgres://x")))
