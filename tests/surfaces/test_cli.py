"""The command ``trust``: bad input is one clear message, exit 2 and an untouched workspace."""

import hashlib
import json
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from trustlab.surfaces import cli

NASTY = "<img src=x onerror=alert(1)>"
CLI = [sys.executable, "-m", "trustlab"]

pytestmark = pytest.mark.usefixtures("playground")


def fingerprint(folder: Path) -> dict[str, str]:
    """Hash every file; a database counts by what it says, since SQLite moves pages between its files when read."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name.endswith(("-wal", "-shm")):
            continue
        if path.suffix == ".db":
            with closing(sqlite3.connect(path)) as database:
                content = "\n".join(database.iterdump()).encode()
        else:
            content = path.read_bytes()
        found[str(path.relative_to(folder))] = hashlib.blake2b(content).hexdigest()
    return found


class Answer:
    """What one command line gave."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def document(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        assert self.out.count("\n") == 1, "one document on one line"
        return found


@pytest.fixture
def trust(capfd: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def ask(*words: str) -> Answer:
        capfd.readouterr()
        status = cli.main(list(words))
        return Answer(status, *capfd.readouterr())

    return ask


@pytest.fixture
def loans() -> pd.DataFrame:
    return pd.read_csv("loans.csv")


def outside(*words: str, **options: Any) -> Answer:
    """Run a real process."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TRUSTLAB_")}
    done = subprocess.run([*CLI, *words], capture_output=True, text=True, check=False, env=environment, **options)
    return Answer(done.returncode, done.stdout, done.stderr)


# bad input


class BadFiles:
    """A file for each thing that can be wrong with one."""

    @staticmethod
    def nothing_there(_loans: pd.DataFrame) -> None:
        pass

    @staticmethod
    def empty(_loans: pd.DataFrame) -> None:
        Path("bad.csv").write_text("")

    @staticmethod
    def one_class(loans: pd.DataFrame) -> None:
        loans.assign(approved=1).to_csv("bad.csv", index=False)

    @staticmethod
    def no_target(loans: pd.DataFrame) -> None:
        loans.rename(columns={"approved": "aproved"}).to_csv("bad.csv", index=False)

    @staticmethod
    def missing_labels(loans: pd.DataFrame) -> None:
        loans.assign(approved=loans["approved"].where(loans.index > 2)).to_csv("bad.csv", index=False)

    @staticmethod
    def twice_named(_loans: pd.DataFrame) -> None:
        Path("bad.csv").write_text("income,income,approved,decision\n1,2,0,1\n3,4,1,1\n")

    @staticmethod
    def latin(_loans: pd.DataFrame) -> None:
        Path("bad.csv").write_bytes("städtisch,approved,decision\nä,1,1\nö,0,1\n".encode("latin-1"))

    @staticmethod
    def no_rows(_loans: pd.DataFrame) -> None:
        Path("bad.csv").write_text("income,approved,decision\n")

    @staticmethod
    def ragged(_loans: pd.DataFrame) -> None:
        Path("bad.csv").write_text("income,approved,decision\n1,0,1\n2,1\n")

    @staticmethod
    def a_picture(_loans: pd.DataFrame) -> None:
        Path("bad.csv").write_bytes(b"\x89PNG\r\n\x1a\n0000")


BAD_FILES = [
    ("nothing_there", "not_found", "'bad.csv' is no file in"),
    ("empty", "bad_input", "bad.csv: must hold a table; the file is empty"),
    ("one_class", "bad_input", "target 'approved' must have two classes or more; every row says 1"),
    ("no_target", "bad_usage", "target must be a column of bad.csv; got 'approved'. Did you mean 'aproved'?"),
    ("missing_labels", "bad_input", "target 'approved' must have a label in every row; 3 of 400 are missing"),
    ("twice_named", "bad_input", "bad.csv: column names must be unique; 'income' occur more than once"),
    ("latin", "bad_input", "bad.csv: must be UTF-8 text; byte 2 is 0xe4, so it is probably ISO-8859-1"),
    ("no_rows", "bad_input", "bad.csv: must have rows; got a header of 3 columns and 0 rows"),
    ("ragged", "bad_input", "every row must have 3 fields like the header; line 3 has 2"),
    ("a_picture", "bad_input", "its first bytes say that it is a PNG picture"),
]
VERBS = {
    "audit": ["audit", "--data", "bad.csv", "--target", "approved", "--prediction", "decision"],
    "train": ["train", "--data", "bad.csv", "--target", "approved", "--recipe", "logistic"],
    "check": ["performance.metrics", "--data", "bad.csv", "--target", "approved", "--prediction", "decision"],
}


@pytest.mark.parametrize(("kind", "code", "message"), BAD_FILES, ids=[row[0] for row in BAD_FILES])
def test_bad_files(
    kind: str, code: str, message: str, trust: Callable[..., Answer], loans: pd.DataFrame, playground: Path
) -> None:
    getattr(BadFiles, kind)(loans)
    before = fingerprint(playground)
    for words in VERBS.values():
        assert_refused(trust, words, code, message)
    assert fingerprint(playground) == before


def assert_refused(trust: Callable[..., Answer], words: list[str], code: str, message: str) -> None:
    said = trust(*words)
    assert said.status == 2
    assert said.out == ""
    assert message in said.err
    assert said.err.startswith("trust")
    assert said.err.count("trust: ") <= 1
    assert "Traceback" not in said.err
    assert "Error" not in said.err.split(message)[0], "a message, not a class's name"
    answer = trust(*words, "--json")
    assert answer.status == 2
    assert set(answer.document) == {"schema", "error"}
    assert answer.document["schema"] == 1
    assert set(answer.document["error"]) == {"code", "message", "hint"}
    assert answer.document["error"]["code"] == code
    assert message in answer.document["error"]["message"]
    hint = answer.document["error"]["hint"]
    assert answer.err == said.err
    assert hint is None or f"\n  {hint}\n" in said.err


def refuse(trust: Callable[..., Answer], playground: Path, code: str, message: str, *words: str) -> None:
    before = fingerprint(playground)
    assert_refused(trust, list(words), code, message)
    assert fingerprint(playground) == before


def test_a_misspelt_target(trust: Callable[..., Answer], playground: Path) -> None:
    message = "target must be a column of loans.csv; got 'aproved'. Did you mean 'approved'?"
    refuse(
        trust, playground, "bad_usage", message, "audit", "-d", "loans.csv", "-t", "aproved", "--prediction=decision"
    )


def test_text_where_numbers_are_needed(trust: Callable[..., Answer], loans: pd.DataFrame, playground: Path) -> None:
    loans.assign(score="high", income="a lot").to_csv("words.csv", index=False)
    message = "score 'score' must hold numbers from 0 to 1; got text"
    refuse(trust, playground, "bad_input", message, "audit", "-d", "words.csv", "-t", "approved", "--score", "score")
    model = LogisticRegression().fit(loans[["income", "age"]], loans["approved"])
    Path("own.pkl").write_bytes(pickle.dumps(model))
    told = "model 'own': predict must answer for 400 rows; it raised ValueError: could not convert string to float"
    words = ("audit", "own.pkl", "-d", "words.csv", "-t", "approved", "--trust-pickle", "--only", "performance.metrics")
    answer = trust(*words, "--json")
    (result,) = answer.document["results"]
    assert (answer.status, result["status"]) == (1, "error"), "what needs no prediction would be asked all the same"
    assert told in result["reason"]


def test_a_pickle_from_outside_is_not_opened(trust: Callable[..., Answer], playground: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.write_text, (tmp_path / "opened", "the trap ran"))

    for name in ("model.pkl", "model.joblib", "model.pt"):
        Path(name).write_bytes(pickle.dumps(Trap()))
        message = f"a {Path(name).suffix} model from outside the workspace must be trusted before it is opened"
        refuse(trust, playground, "refused", message, "audit", name, "-d", "loans.csv", "-t", "approved")
        assert "--trust-pickle" in trust("audit", name, "-d", "loans.csv", "-t", "approved").err
    assert not (tmp_path / "opened").exists()


def test_a_pickle_that_is_trusted_is_asked(trust: Callable[..., Answer], loans: pd.DataFrame) -> None:
    model = LogisticRegression().fit(loans[["income", "age"]], loans["approved"])
    Path("own.pkl").write_bytes(pickle.dumps(model))
    words = ("audit", "own.pkl", "-d", "loans.csv", "-t", "approved", "--only", "performance.metrics", "--json")
    table = trust(*words, "--trust-pickle").document["results"][0]["views"][0]
    told = {row[0]: row[1] for row in table["rows"]}
    assert told["accuracy"] == pytest.approx(model.score(loans[["income", "age"]], loans["approved"]))


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["adit"], "not_found", "trust: no verb is called 'adit'. Did you mean 'audit'?"),
        (["audit", "--dta", "x"], "bad_usage", "trust audit: no option is called '--dta'. Did you mean '--data'?"),
        (["audit"], "bad_usage", "data is needed"),
        (["audit", "-d", "loans.csv"], "bad_usage", "a model, a prediction column or a target is needed"),
        (["audit", "lendr", "-d", "loans.csv"], "not_found", "Did you mean 'lender'?"),
        (["audit", "lender@9", "-d", "loans.csv"], "not_found", "model 'lender' has no version"),
        (["audit", "lender", "-d", "loans@mian"], "not_found", "mian"),
        (["audit", "lender", "-d", "loans.csv", "--policy", "no.yaml"], "not_found", "policy: no such file"),
        (["audit", "lender", "-d", "loans.csv", "--only", "fairnes"], "bad_usage", "Did you mean 'fairness'?"),
        (["audit", "lender", "-d", "loans.csv", "--seed", "many"], "bad_usage", "seed must be a whole number"),
        (["audit", "lender", "-d", "loans.csv", "--where", "incme > 3"], "bad_usage", "'income'"),
        (["data", "commit", "loans", "none.csv"], "not_found", "none.csv"),
        (["drift", "loans.csv", "none.csv"], "not_found", "current: 'none.csv' is no file in"),
        (["runs", "zz"], "not_found", "no run begins with 'zz'"),
        (["promote", "none.ipynb", "--name", "x"], "not_found", "none.ipynb"),
        (["schedule", "weekly", "--cron", "every day"], "bad_usage", "cron"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage(words: list[str], code: str, message: str, trust: Callable[..., Answer], playground: Path) -> None:
    refuse(trust, playground, code, message, *words)


def test_a_report_that_cannot_be_written(trust: Callable[..., Answer], playground: Path) -> None:
    words = ("audit", "-d", "loans.csv", "-t", "approved", "--prediction", "decision", "--only", "performance.metrics")
    for file, why in (("no/such/folder/report.html", "its folder does not exist"), (".", "is a folder")):
        refuse(trust, playground, "bad_input", f"{file}: {why}", *words, "--html", file)


# findings, not errors


def test_odd_columns_are_findings(trust: Callable[..., Answer], loans: pd.DataFrame) -> None:
    odd = loans.assign(constant=1, nothing=None)
    odd.to_csv("odd.csv", index=False)
    later = odd.copy()
    later.loc[:9, "region"] = "moon"
    later.to_csv("later.csv", index=False)
    for recipe in ("logistic", "boosting"):
        trained = trust("train", "-d", "odd.csv", "-t", "approved", "--recipe", recipe, "-n", "odd", "--json")
        assert trained.status == 0, trained.err
    words = ("audit", "odd", "-d", "later.csv", "--train", "odd.csv", "--only", "quality,performance", "--json")
    audited = trust(*words)
    assert audited.status in {0, 1}, audited.err
    by_id = {result["id"]: result for result in audited.document["results"]}
    assert "error" not in {result["status"] for result in by_id.values()}
    text = by_id["quality.schema"]["reason"]
    for word in ("constant", "nothing: all missing", "moon"):
        assert word in text
    assert by_id["quality.schema"]["status"] in {"warn", "fail"}


class Elements(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.handlers: list[str] = []
        self.images: list[str | None] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.images += [dict(attrs).get("src")] if tag == "img" else []

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_markup_in_a_columns_name_is_text(trust: Callable[..., Answer], loans: pd.DataFrame) -> None:
    loans = loans.rename(columns={"race": NASTY})
    loans[NASTY] = loans[NASTY].replace("Blue", "<script>alert(2)</script>")
    loans.to_csv("nasty.csv", index=False)
    words = ["audit", "-d", "nasty.csv", "-t", "approved", "--prediction", "decision", "--sensitive", NASTY]
    said = trust(*words, "--html", "report.html", "--json")
    assert said.status in {0, 1}, said.err
    by_group = next(r for r in said.document["results"] if r["id"] == "fairness.error_rates")["views"]
    assert NASTY in json.dumps(by_group, ensure_ascii=False)
    text = Path("report.html").read_text(encoding="utf-8")
    page = Elements()
    page.feed(text)
    assert page.handlers == []
    assert "x" not in page.images
    assert NASTY in "".join(page.text)
    assert "<script>alert(2)</script>" not in text
    assert NASTY in trust(*words).out, "the terminal shows it as it is"


# exit status and streams


@pytest.mark.parametrize(("limit", "status"), [(-1, 1), (2, 0)])
def test_the_exit_status_is_the_verdicts(limit: int, status: int, trust: Callable[..., Answer]) -> None:
    rule = f"{{warn: null, fail: {limit}, source: a test}}"
    Path("p.yaml").write_text(f"only: [quality.missing]\nchecks: {{quality.missing: {rule}}}\n")
    said = trust("audit", "-d", "loans.csv", "-t", "approved", "--policy", "p.yaml", "--json")
    assert said.status == status
    assert said.document["status"] == ("fail" if status else "pass")


def test_help_and_a_listing_end_well(trust: Callable[..., Answer]) -> None:
    for words in ([], ["--help"], ["data"], ["audit", "--help"], ["operations"], ["--version"]):
        said = trust(*words)
        assert (said.status, said.err) == (0, "")
        assert said.out.endswith("\n")


def test_stdout_holds_the_document_alone_whoever_prints(trust: Callable[..., Answer]) -> None:
    Path("loud.py").write_text(
        "import os, sys\n"
        "print('from the cell')\n"
        "os.system('echo from a child')\n"
        "os.write(1, b'from below Python\\n')\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "class Loud(LogisticRegression):\n"
        "    def fit(self, X, y):\n"
        "        print('while it fits')\n"
        "        return super().fit(X, y)\n"
        "model = Loud()\n"
    )
    words = ("train", "--code", "loud.py", "-d", "loans.csv", "-t", "approved", "--json")
    drop = ("--drop", "self_employed,region,race")
    for said in (trust(*words, *drop), outside(*words, *drop)):
        assert said.status == 0, said.err
        assert said.document["operation"] == "train"
        for line in ("from the cell", "from a child", "from below Python", "while it fits"):
            assert line in said.err


def test_a_fault_of_ours_shows_no_traceback_unless_asked(
    trust: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("our mistake")

    monkeypatch.setattr("trustlab.core.execute.run", broken)
    said = trust("status", "--json")
    assert said.status == 2
    assert said.document["error"]["code"] == "error"
    assert said.document["error"]["message"] == "an internal fault, and ours: ZeroDivisionError: our mistake"
    assert "--debug" in said.document["error"]["hint"]
    assert "Traceback" not in said.err
    with pytest.raises(ZeroDivisionError):
        trust("status", "--debug")


# real processes


def test_a_real_process_refuses_alike(playground: Path) -> None:
    before = fingerprint(playground)
    said = outside("audit", "-d", "none.csv", "-t", "approved", "--json")
    assert (said.status, said.document["error"]["code"]) == (2, "not_found")
    assert said.err.startswith("trust: data: 'none.csv' is no file in")
    assert "Traceback" not in said.err
    assert fingerprint(playground) == before


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("status >&-", 0, ""),
        ("status --json >&-", 0, ""),
        ("status <&- >&- 2>&-", 0, ""),
        ("data log nothing --json >&-", 2, "trust: a repo must exist"),
        ("status > /dev/full", 2, "trust: it is done, but its answer could not be written: No space left on device"),
        ("--help > /dev/full", 2, "trust: it is done, but its answer could not be written: No space left on device"),
        ("data log nothing --json > /dev/full", 2, "trust: a repo must exist"),
        ("data log nothing 2> /dev/full", 2, ""),
    ],
)
def test_an_answer_that_nobody_can_take_is_no_fault(words: str, status: int, said: str, playground: Path) -> None:
    command = " ".join((*CLI, words))
    done = subprocess.run(["bash", "-c", command], cwd=playground, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stderr.startswith(said)
    assert "Traceback" not in done.stderr
    assert "fault" not in done.stderr


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (r"$(printf 'no\033[31mwhere')", r"'no\x1b[31mwhere'"),
        (r"$(printf 'no\377where')", r"'no\udcffwhere' is none"),
        ("''", "got an empty text"),
    ],
    ids=["an escape character", "no UTF-8", "nothing"],
)
def test_a_strange_name_is_told_and_steers_no_terminal(source: str, said: str, playground: Path) -> None:
    command = " ".join((*CLI, "data commit r", source))
    done = subprocess.run(["bash", "-c", command], cwd=playground, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert "\x1b" not in done.stderr


def test_who_stops_reading_gets_no_complaint() -> None:
    command = " ".join((*CLI, "operations", "--json", "| head -c 20"))
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == '{"schema": 1, "opera'


SLOW = """\
import pathlib, time
from sklearn.linear_model import LogisticRegression
class Slow(LogisticRegression):
    def fit(self, X, y):
        pathlib.Path({mark!r}).write_text("it has begun")
        time.sleep(300)
model = Slow()
"""


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_ctrl_c_in_the_middle_of_training(as_json: bool, playground: Path, tmp_path: Path) -> None:
    mark = tmp_path / "begun"
    Path("slow.py").write_text(SLOW.format(mark=str(mark)))
    before = fingerprint(playground)
    words = ["train", "--code", "slow.py", "-d", "loans@main", "-t", "approved", *(["--json"] if as_json else [])]
    assert_interrupted(words, mark, as_json=as_json)
    assert kept(playground) == before
    assert outside("data", "verify", "--json").document["status"] == "pass"
    status = outside("status", "--json").document
    assert [model["model"] for model in status["models"]] == ["lender"]
    assert [one["operation"] for one in status["interrupted"]] == ["train"]


def test_ctrl_c_in_the_middle_of_an_audit(playground: Path, tmp_path: Path, loans: pd.DataFrame) -> None:
    mark = tmp_path / "begun"
    code = "import pathlib, time\nclass Model:\n    classes_ = [0, 1]\n    def predict(self, X):\n"
    code += f"        pathlib.Path({str(mark)!r}).write_text('it has begun')\n        time.sleep(300)\n"
    Path("slow_model.py").write_text(code)
    dump = "import pickle, slow_model; pickle.dump(slow_model.Model(), open('slow.pkl', 'wb'))"
    subprocess.run([sys.executable, "-c", dump], check=True)
    before = fingerprint(playground)
    words = ["audit", "slow.pkl", "--trust-pickle", "-d", "loans@main", "-t", "approved", "--html", "report.html"]
    assert_interrupted(words, mark, as_json=False)
    after = {name: value for name, value in kept(playground).items() if "__pycache__" not in name}
    assert after == {name: value for name, value in before.items() if "__pycache__" not in name}
    assert outside("data", "verify", "--json").document["status"] == "pass"
    assert [one["operation"] for one in outside("status", "--json").document["interrupted"]] == ["audit"]


def kept(folder: Path) -> dict[str, str]:
    """Return the fingerprint without the note of what was cut short, which `trust status` tells."""
    return {name: value for name, value in fingerprint(folder).items() if not name.startswith(".trust/running/")}


def assert_interrupted(words: list[str], mark: Path, *, as_json: bool) -> None:
    """Interrupt the process and its children once it is deep inside, as the terminal does."""
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(
        [*CLI, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment,
    ) as process:
        deadline = time.monotonic() + 60
        while not mark.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert mark.exists(), process.communicate(timeout=5)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 2, err
    assert f"{words[0]}: interrupted; nothing was half-written" in err
    assert "Traceback" not in err
    if as_json:
        assert json.loads(out)["error"]["code"] == "interrupted"
    else:
        assert out == ""
