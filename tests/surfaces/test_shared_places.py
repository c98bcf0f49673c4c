"""A team's workspace through the command: objects on S3, metadata on PostgreSQL, by config.toml alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import PASSWORD, free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def trust(tmp_path, bucket, database_url):
    """Run the command in a workspace whose settings name both places."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUSTLAB_")}
    environment |= {"PYTHONPATH": str(ROOT)}

    def settings(database: str, objects: str, options: str) -> None:
        (tmp_path / ".trust" / "config.toml").write_text(
            f"database_url = '{database}'\nobjects_url = '{objects}'\nobjects_options = '{options}'\n"
        )

    def run(*words: str, code: int = 0) -> dict:
        done = subprocess.run(
            [sys.executable, "-m", "trustlab", *words, "--json"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stderr + done.stdout
        for secret in (PASSWORD, "p%40ss", bucket.secret):
            assert secret not in done.stdout + done.stderr.replace("AWS_SECRET_ACCESS_KEY", "").replace(
                "key and secret", ""
            )
        return json.loads(done.stdout)

    run("init")
    settings(database_url, bucket.url, bucket.options)
    run.settings = settings
    return run


def test_the_life_of_a_table(trust, tmp_path, bucket, postgres, database_url):
    table = tmp_path / "loans.csv"
    table.write_text("id,amount\n" + "".join(f"{n},{n * 7}\n" for n in range(1000)))
    first = trust("data", "commit", "loans", "loans.csv", "-m", "one")
    table.write_text(table.read_text() + "1000,7000\n")
    trust("data", "commit", "loans", "loans.csv", "-m", "two")
    assert [one["message"] for one in trust("data", "log", "loans")["commits"]] == ["two", "one"]
    trust("data", "checkout", "loans~1", "out")
    assert (tmp_path / "out" / "loans.csv").read_text().endswith("999,6993\n")
    assert trust("data", "verify")["damages"] == []
    assert trust("data", "gc")["left"] == 2  # gathered into one; their day has not come
    assert trust("drift", "loans~1", "loans")["status"] == "pass"
    assert [row["operation"] for row in trust("runs")["runs"]] == ["drift"]
    # It all lies where the settings say, and nothing of it here.
    assert len(bucket.packs()) == 3
    name = database_url.rpartition("/")[2]
    assert (first["commit"],) in postgres.ask("SELECT id FROM store_commits", name)
    assert sorted(path.name for path in (tmp_path / ".trust").iterdir()) == [".gitignore", "config.toml"]
    # An object that is lost is named, and the command fails.
    client = bucket.server.client()
    for key in bucket.packs():
        client.delete_object(Bucket=bucket.name, Key=key)
    found = trust("data", "verify", code=1)["damages"]
    assert {one["kind"] for one in found} == {"missing pack"}


def test_push_to_the_teams_places_and_pull_from_them(trust, tmp_path, bucket, database_url):
    config = tmp_path / ".trust" / "config.toml"
    team = "[remotes.team]\n" + config.read_text()
    config.write_text(team)
    (tmp_path / "a.csv").write_text("a\n1\n")
    made = trust("data", "commit", "r", "a.csv")["commit"]
    assert bucket.packs() == {}
    trust("data", "push", "r", "team")
    assert len(bucket.packs()) == 1
    # Another one's workspace, which has nothing yet.
    (tmp_path / ".trust").rename(tmp_path / "mine")
    trust("init")
    config.write_text(team)
    trust("data", "pull", "r", "team")
    assert [one["commit"] for one in trust("data", "log", "r")["commits"]] == [made]
    assert trust("data", "verify")["damages"] == []


@pytest.mark.parametrize("wrong", ["bucket", "endpoint", "password", "database", "server"])
def test_a_place_that_is_wrong_is_said_with_exit_2(trust, tmp_path, bucket, postgres, database_url, wrong):
    (tmp_path / "a.csv").write_text("a\n1\n")
    database, objects, options = database_url, bucket.url, bucket.options
    if wrong == "bucket":
        objects = "s3://not-there/x"
    elif wrong == "endpoint":
        options = json.dumps({**json.loads(options), "endpoint_url": f"http://127.0.0.1:{free_port()}"})
    elif wrong == "password":
        database = postgres.url("postgres", "wrong")
    elif wrong == "database":
        database = postgres.url("nowhere")
    else:
        database = database.replace(f":{postgres.port}/", f":{free_port()}/")
    trust.settings(database, objects, options)
    error = trust("data", "commit", "r", "a.csv", code=2)["error"]
    assert error["code"] == "conflict"
    assert error["hint"]
    trust.settings(database_url, bucket.url, bucket.options)
    assert trust("data", "log", "r", code=2)["error"]["code"] == "not_found"
    assert bucket.packs() == {}
