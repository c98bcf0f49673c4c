from __future__ import annotations

import datetime as dt
import os
import sqlite3
import time
from contextlib import closing
from decimal import Decimal
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from sqlalchemy import make_url

from tests.servers import free_port
from trustlab.core.errors import ConflictError, InputError, NotFoundError, RefusedError, UsageError
from trustlab.core.execute import run
from trustlab.data.mounts.database import refuse_other_than_select


def execute(file, *statements):
    with closing(sqlite3.connect(file)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


@pytest.fixture
def file(tmp_path):
    """An SQLite file in the folder ``db``: a table, one with an odd name, an empty one, a view."""
    (tmp_path / "db").mkdir()
    made = tmp_path / "db" / "shop ü%.db"
    execute(
        made,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, price REAL, who TEXT, day DATE, raw BLOB, mixed, hole)",
        "INSERT INTO orders VALUES (2, 1.5, 'Ann', '2026-01-02', x'00ff', 1, NULL)",
        "INSERT INTO orders VALUES (1, 2, NULL, NULL, NULL, 'x', NULL)",
        'CREATE TABLE "odd/na%me; DROP TABLE orders""" ("sel:ect %s" INTEGER)',
        'INSERT INTO "odd/na%me; DROP TABLE orders""" VALUES (7)',
        "CREATE TABLE void (a INTEGER)",
        "CREATE VIEW dear AS SELECT id FROM orders WHERE price > 1.7",
    )
    return made


class TestSqlite:
    def test_each_table_and_view_is_a_path(self, mount, listed, rows, file):
        mount("shop", f"sqlite:///{file}")
        assert ("orders.parquet", "table") in listed("shop")
        assert [path for path, _ in listed("shop")] == [
            "dear.parquet",
            'odd%2Fna%25me; DROP TABLE orders".parquet',
            "orders.parquet",
            "void.parquet",
        ]
        assert rows("shop:dear")["id"].tolist() == [1]
        assert rows('shop:odd%2Fna%25me; DROP TABLE orders"').to_dict("list") == {"sel:ect %s": [7]}
        assert len(rows("trust://shop/orders.parquet")) == 2

    def test_values_are_those_that_sqlite_holds_by_key(self, mount, rows, file):
        mount("shop", f"sqlite:///{file}")
        frame = rows("shop:orders")
        assert frame["id"].tolist() == [1, 2]
        assert frame["price"].tolist() == [2.0, 1.5]
        assert frame["who"].iloc[1] == "Ann"
        assert pd.isna(frame["who"].iloc[0])
        assert frame["day"].iloc[1] == "2026-01-02"
        assert frame["raw"].iloc[1] == b"\x00\xff"
        assert frame["mixed"].tolist() == ["x", "1"]
        assert frame["hole"].isna().all()

    def test_a_whole_number_that_no_float_equals_keeps_its_digits(self, mount, rows, tmp_path):
        file = tmp_path / "numbers.db"
        large = 2**53 + 1
        execute(
            file,
            "CREATE TABLE t (whole, fits, more, least)",
            f"INSERT INTO t VALUES ({large}, {2**53}, {large}, {-(2**63)})",
            f"INSERT INTO t VALUES ({-large}, 0.5, 0.5, 0.5)",
            f"INSERT INTO t VALUES (0, {2**60}, NULL, 1)",
        )
        mount("numbers", f"sqlite:///{file}")
        frame = rows("numbers:t")
        assert frame["whole"].tolist() == [large, -large, 0]
        assert frame["fits"].tolist() == [2.0**53, 0.5, 2.0**60]
        assert frame["more"].iloc[:2].tolist() == [str(large), "0.5"]
        assert frame["least"].tolist() == [-(2.0**63), 0.5, 1.0]

    def test_a_relative_path_means_the_same_from_elsewhere(self, mount, rows, file, context, monkeypatch):
        document = mount("shop", "sqlite:///db/shop ü%.db")
        assert document.payload["mounts"][0]["url"] == f"sqlite:///{file}"
        monkeypatch.chdir(file.parent)
        assert len(rows("shop:orders")) == 2

    def test_a_query_is_one_table(self, mount, listed, rows, keep, file):
        query = "/* :x %s */ SELECT id AS n, ':a %' AS t FROM orders ORDER BY id DESC; -- the end"
        mount("few", f"sqlite:///{file}", query="SELECT id AS n, ':a %s' AS t FROM orders ORDER BY id DESC;")
        assert listed("few") == [("few.parquet", "table")]
        assert rows("few").to_dict("list") == {"n": [2, 1], "t": [":a %s"] * 2}
        done = keep("kept", "few")
        assert done["origin"]["query"] == "SELECT id AS n, ':a %s' AS t FROM orders ORDER BY id DESC;"
        assert done["origin"]["files"] == {"few.parquet": {"rows": 2}}
        mount("few", f"sqlite:///{file}", query=query, force=True)
        assert rows("few")["n"].tolist() == [2, 1]

    @pytest.mark.parametrize(
        ("query", "error", "message"),
        [
            ("DELETE FROM orders", UsageError, "one SELECT; got one that begins with 'DELETE'"),
            ("-- SELECT\n drop table orders", UsageError, "begins with 'drop'"),
            ("PRAGMA user_version = 3", UsageError, "PRAGMA"),
            ("", UsageError, "one SELECT"),
            ("WITH a AS (SELECT 1) DELETE FROM orders", InputError, "readonly|only reads"),
            ("SELECT 1; DELETE FROM orders", InputError, "one statement"),
            ("SELECT nope FROM orders", InputError, "no such column: nope"),
        ],
    )
    def test_what_is_no_select_changes_nothing(self, mount, rows, file, query, error, message):
        before = file.read_bytes()
        with pytest.raises(error, match=message):
            mount("bad", f"sqlite:///{file}", query=query)
        assert file.read_bytes() == before
        with pytest.raises(NotFoundError):
            rows("bad")

    def test_a_snapshot_stores_only_the_edit(self, mount, keep, rows, tmp_path):
        file = tmp_path / "big.db"
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({"id": range(150_000), "a": rng.normal(size=150_000), "b": rng.normal(size=150_000)})
        with closing(sqlite3.connect(file)) as database:
            frame.to_sql("big", database, index=False, dtype={"id": "INTEGER PRIMARY KEY"})
        mount("shop", f"sqlite:///{file}")
        first = keep("big", "shop:big")
        assert first["origin"] == {
            "kind": "mount",
            "name": "shop",
            "url": f"sqlite:///{file}",
            "path": "big",
            "files": {"big.parquet": {"rows": 150_000}},
        }
        pd.testing.assert_frame_equal(rows("big"), frame)
        assert not keep("big", "shop:big")["created"]
        execute(file, "UPDATE big SET a = 0 WHERE id BETWEEN 70000 AND 70020", "DELETE FROM big WHERE id = 5")
        second = keep("big", "shop:big")
        assert 0 < second["bytes_added"] < first["bytes_added"] / 3
        assert len(rows("big")) == 149_999
        assert len(rows("big@main~1")) == 150_000

    def test_a_whole_database_is_one_state(self, mount, keep, listed, text, file):
        mount("shop", f"sqlite:///{file}")
        done = keep("all", "shop")
        assert done["files"] == 4
        assert done["origin"]["files"]["void.parquet"] == {"rows": 0}
        assert [path for path, _ in listed("all")] == [path for path, _ in listed("shop")]
        assert pyarrow.parquet.read_table(pyarrow.BufferReader(text("all:void.parquet"))).num_rows == 0

    def test_what_is_wrong_is_said(self, mount, rows, file, tmp_path, keep):
        mount("shop", f"sqlite:///{file}")
        with pytest.raises(NotFoundError, match=r"must hold 'order'; .*Did you mean 'orders'"):
            rows("shop:order")
        with pytest.raises(RefusedError, match="stay inside"):
            rows("shop:../orders")
        with pytest.raises(UsageError, match="takes no option"):
            mount("opt", f"sqlite:///{file}", option={"mode": "rw"})
        with pytest.raises(UsageError, match="in full"):
            mount("memory", "sqlite://")
        (tmp_path / "no.db").write_bytes(b"no database at all, but long enough to look at" * 100)
        with pytest.raises(ConflictError, match="not a database"):
            mount("no", "sqlite:///no.db")
        execute(file, "CREATE TABLE dirty (x)", "INSERT INTO dirty VALUES (1), (x'00')")
        with pytest.raises(InputError, match=r"'x' holds bytes, int"):
            rows("shop:dirty")
        file.rename(tmp_path / "moved.db")
        for ask in (lambda: rows("shop:orders"), lambda: keep("r", "shop")):
            with pytest.raises(NotFoundError, match="'shop' must lead to something"):
                ask()

    def test_a_mount_never_makes_a_file(self, mount, tmp_path):
        with pytest.raises(NotFoundError):
            mount("none", f"sqlite:///{tmp_path}/none.db")
        assert not (tmp_path / "none.db").exists()


@pytest.fixture
def server(postgres_url, monkeypatch):
    """The server's URL with a variable in place of the password, and a way to change what it holds."""
    import psycopg

    url = make_url(postgres_url)
    monkeypatch.setenv("PGSECRET", url.password)

    def execute(*statements):
        with psycopg.connect(postgres_url, autocommit=True) as database:
            for statement in statements:
                database.execute(statement)

    execute(
        "DROP SCHEMA IF EXISTS past CASCADE",
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "CREATE SCHEMA past",
        "CREATE TABLE loans (id int PRIMARY KEY, amount numeric(12, 2), free numeric, rate real, ok boolean, "
        "day date, at timestamptz, local timestamp, who text, more jsonb, tags text[], raw bytea, u uuid, "
        "large bigint)",
        "INSERT INTO loans VALUES (2, 10.25, 0.1, 0.5, true, '2026-01-02', '2026-01-02 03:04:05+02', "
        "'2026-01-02 03:04:05', 'Ann', '{\"b\": [1, \"ü\"], \"a\": null}', '{x,y}', '\\x00ff', "
        "'00000000-0000-0000-0000-000000000001', 9007199254740993)",
        "INSERT INTO loans (id) VALUES (1)",
        "CREATE TABLE past.loans (id int)",
        "INSERT INTO past.loans VALUES (0)",
        'CREATE TABLE "we""ird %s" ("a:b" int)',
        "CREATE VIEW large AS SELECT id FROM loans WHERE amount > 10",
    )
    shown = f"postgresql://{url.username}:${{PGSECRET}}@{url.host}:{url.port}/{url.database}"
    return shown, execute


# pyarrow asks pandas 3.1 for the values of a column with a time zone in a way that pandas will drop.
@pytest.mark.filterwarnings("ignore:Series.values returning")
class TestPostgresql:
    def test_tables_views_and_schemas(self, mount, listed, rows, server):
        mount("bank", server[0])
        assert listed("bank") == [
            ("large.parquet", "table"),
            ("loans.parquet", "table"),
            ("past", "folder"),
            ('we"ird %25s.parquet', "table"),
        ]
        assert listed("bank:past") == [("past/loans.parquet", "table")]
        assert rows("bank:past/loans")["id"].tolist() == [0]
        assert rows("bank:large")["id"].tolist() == [2]

    def test_types_keep_their_values(self, mount, text, rows, server):
        mount("bank", server[0])
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(text("bank:loans.parquet")))
        none, ann = table.to_pylist()
        assert none == {"id": 1} | dict.fromkeys(table.column_names[1:])
        assert ann == {
            "id": 2,
            "amount": Decimal("10.25"),
            "free": 0.1,
            "rate": 0.5,
            "ok": True,
            "day": dt.date(2026, 1, 2),
            "at": dt.datetime(2026, 1, 2, 1, 4, 5, tzinfo=dt.UTC),
            "local": dt.datetime(2026, 1, 2, 3, 4, 5),
            "who": "Ann",
            "more": '{"a": null, "b": [1, "ü"]}',
            "tags": '["x", "y"]',
            "raw": b"\x00\xff",
            "u": "00000000-0000-0000-0000-000000000001",
            "large": 9007199254740993,
        }
        assert rows("bank:loans")["amount"].iloc[1] == 10.25

    def test_no_password_is_kept_or_shown(self, mount, keep, context, server, tmp_path):
        url, _ = server
        secret = os.environ["PGSECRET"]
        document = mount("bank", url).to_dict()
        done = keep("kept", "bank:loans")
        assert done["origin"]["url"] == url
        everything = repr(document) + repr(run("data.mount", {}, context).to_dict()) + repr(done)
        for form in (secret, quote(secret, safe="")):
            assert form not in everything
            assert not [path for path in tmp_path.rglob("*") if path.is_file() and form.encode() in path.read_bytes()]

    def test_a_snapshot_and_an_edit(self, mount, keep, rows, server):
        url, execute = server
        execute(
            "CREATE TABLE big AS SELECT n AS id, sin(n) AS a, cos(n * 7) AS b FROM generate_series(1, 60000) n",
            "ALTER TABLE big ADD PRIMARY KEY (id)",
        )
        mount("bank", url)
        first = keep("big", "bank:big")
        assert not keep("big", "bank:big.parquet")["created"]
        execute("UPDATE big SET a = 0 WHERE id = 30000")
        second = keep("big", "bank:big")
        assert 0 < second["bytes_added"] < first["bytes_added"] / 2
        assert rows("big").set_index("id")["a"][30000] == 0
        assert rows("big@main~1")["a"].to_numpy() == pytest.approx(np.sin(np.arange(1, 60001)))

    @pytest.mark.parametrize(
        ("query", "error", "message"),
        [
            ("INSERT INTO loans (id) VALUES (3)", UsageError, "begins with 'INSERT'"),
            ("WITH d AS (DELETE FROM loans RETURNING id) SELECT * FROM d", InputError, "data-modifying"),
            ("SELECT 1; COMMIT; DROP TABLE loans", InputError, "multiple commands"),
            ("SELECT setval('s', 5)", InputError, "read-only|does not exist"),
            ("SELECT id INTO copied FROM loans", InputError, "INTO"),
            ("SELECT * FROM nowhere", InputError, "nowhere"),
        ],
    )
    def test_what_is_no_select_changes_nothing(self, mount, rows, server, query, error, message):
        url, execute = server
        execute("CREATE SEQUENCE s")

        def ask():
            mount("bad", url, query=query)
            # A cursor runs its query only when rows are asked for.
            rows("bad")

        with pytest.raises(error, match=message):
            ask()
        mount("bank", url)
        assert len(rows("bank:loans")) == 2

    def test_a_query_reads(self, mount, rows, server):
        mount("q", server[0], query="SELECT id, amount::float8 AS amount FROM loans WHERE who LIKE 'A%' -- all\n;")
        assert rows("q").to_dict("list") == {"id": [2], "amount": [10.25]}

    def test_wrong_credentials_and_a_server_that_is_down(self, mount, context, rows, server, monkeypatch):
        url, _ = server
        clear = url.replace("${PGSECRET}", "hunter2")
        with pytest.raises(RefusedError, match=r"in the clear; got postgresql://\w+:\*\*\*@") as caught:
            mount("bank", clear)
        assert "hunter2" not in caught.value.message
        assert "${VARIABLE}" in caught.value.hint
        with pytest.raises(ConflictError, match=r"lets you in.*nobody"):
            mount("bank", url.replace(make_url(url).username, "nobody"))
        begun = time.monotonic()
        with pytest.raises(ConflictError, match="answers") as caught:
            mount("bank", f"postgresql://ann:${{PGSECRET}}@127.0.0.1:{free_port()}/postgres")
        assert time.monotonic() - begun < 20
        mount("bank", url)
        monkeypatch.delenv("PGSECRET")
        with pytest.raises(NotFoundError, match="environment variable PGSECRET must be set to read the mount 'bank'"):
            rows("bank:loans")

    def test_a_table_that_is_gone(self, mount, rows, keep, server):
        url, execute = server
        mount("bank", url)
        execute("DROP TABLE past.loans")
        for ask in (lambda: rows("bank:past/loans"), lambda: keep("r", "bank:past/loans")):
            with pytest.raises(NotFoundError, match="must hold 'past/loans'"):
                ask()

    def test_a_whole_url_may_be_a_variable(self, mount, rows, postgres_url, server, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", postgres_url)
        assert mount("bank", "${DATABASE_URL}").payload["mounts"][0]["url"] == "${DATABASE_URL}"
        assert len(rows("bank:loans")) == 2


def test_the_driver_is_an_extra(mount, monkeypatch):
    from trustlab.core import optional
    from trustlab.core.errors import MissingExtraError

    monkeypatch.setitem(optional.EXTRAS, "postgresql", ("no_such_driver",))
    with pytest.raises(MissingExtraError, match="no_such_driver") as caught:
        mount("bank", "postgresql://ann@127.0.0.1/x")
    assert "trustlab[postgresql]" in caught.value.hint


def test_only_reading_words_begin_a_query():
    for query in ("select 1", "  (SELECT 1)", "/* a */ -- b\nWITH x AS (SELECT 1) SELECT * FROM x", "VALUES (1)"):
        refuse_other_than_select(query)
