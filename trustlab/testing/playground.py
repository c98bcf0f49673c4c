"""A tiny workspace on which every operation's example runs in about a second."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from trustlab.core.context import Context
from trustlab.core.execute import run

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

ROWS = 400


def loans(rows: int = ROWS, seed: int = 0, shift: float = 0.0) -> pd.DataFrame:
    """Return made-up loan applications with a decision by an imaginary lender.

    Parameters
    ----------
    rows : int
        How many.
    shift : float
        By how many standard deviations incomes moved: a later, drifted slice.

    Returns
    -------
    pandas.DataFrame
        ``income, debt_ratio, self_employed, region, age, race, approved, decision, score``; ``approved`` (0/1) is the
        target, ``decision`` and ``score`` are the lender's prediction and probability.
    """
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    income = rng.normal(50 + 15 * shift, 15, rows)
    debt_ratio = rng.beta(2, 5, rows)
    race = rng.choice(["Blue", "Green"], rows, p=[0.65, 0.35])
    self_employed = rng.choice(["yes", "no"], rows, p=[0.2, 0.8])
    merit = 0.06 * (income - 50) - 4 * (debt_ratio - 0.28) - 0.5 * (self_employed == "yes") + 0.4
    approved = (rng.random(rows) < 1 / (1 + np.exp(-merit))).astype(int)
    score = 1 / (1 + np.exp(-(merit + rng.normal(0, 0.5, rows) - 0.5 * (race == "Green"))))
    return pd.DataFrame(
        {
            "income": income.round(2),
            "debt_ratio": debt_ratio.round(4),
            "self_employed": self_employed,
            "region": rng.choice(["north", "south", "east", "west"], rows),
            "age": rng.integers(18, 80, rows),
            "race": race,
            "approved": approved,
            "decision": (score >= 0.5).astype(int),
            "score": score.round(4),
        }
    )


def build(folder: Path) -> Context:
    """Make the tiny workspace in ``folder`` and return the context to run in.

    It holds the files ``loans.csv``, ``loans_later.csv`` (drifted), ``shapes.npz`` (images), ``policy.yaml`` (asks for
    performance alone) and ``weekly.ipynb`` (with parameters), the repo ``loans`` with two commits (a second workspace,
    in the folder ``team``, has them as well), the registered model ``lender`` with a champion audited by that policy,
    and the pipeline ``weekly``.
    """
    context = Context(folder=folder, progress=False, notice=lambda _sentence: None)
    loans().to_csv(folder / "loans.csv", index=False)
    loans(seed=1, shift=0.8).to_csv(folder / "loans_later.csv", index=False)
    (folder / "policy.yaml").write_text("name: performance\nonly: [performance.metrics]\n", encoding="utf-8")
    shapes(folder / "shapes.npz")
    _notebook(folder / "weekly.ipynb")
    run("init", {"yes": True}, context)
    for message in ("September", "October"):
        loans(seed=ord(message[0])).to_csv(folder / "loans.csv", index=False)
        run("data.commit", {"repo": "loans", "source": "loans.csv", "message": message}, context)
    run("data.push", {"ref": "loans", "remote": "team", "create": True}, context)
    features_only = ["decision", "score"]
    training = {"data": "loans@main", "target": "approved", "name": "lender", "recipe": "logistic"}
    run("train", {**training, "drop": features_only}, context)
    run("model.champion", {"model": "lender@1"}, context)
    run("audit", {"model": "lender@1", "data": "loans@main", "policy": "policy.yaml"}, context)
    run("promote", {"notebook": "weekly.ipynb", "name": "weekly", "parameters": {"rows": "3"}}, context)
    return context


def shapes(path: Path, rows: int = 120, seed: int = 0) -> None:
    """Write made-up grey images of 8 x 8, a lying or a standing bar in noise, as arrays ``X`` and ``y``."""
    import numpy as np

    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    X = rng.integers(0, 60, (rows, 8, 8))
    for image, standing, place in zip(X, y, rng.integers(1, 7, rows), strict=True):
        (image.T if standing else image)[place] += 150
    np.savez(path, X=X.astype(np.uint8), y=y)


def _notebook(path: Path) -> None:
    import nbformat

    cells = [
        nbformat.v4.new_code_cell("rows = 2\nword = 'hello'", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print(word * rows)"),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def copy(template: Path, folder: Path) -> Context:
    """Copy a tiny workspace, and return the context to run in the copy.

    MLflow notes absolute paths in its database; in the copy they lead to the copy.
    """
    import shutil
    import sqlite3

    shutil.copytree(template, folder, dirs_exist_ok=True)
    with closing(sqlite3.connect(folder / ".trust" / "mlflow.db")) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for column in [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]:
                database.execute(
                    f'UPDATE "{table}" SET "{column}" = replace("{column}", ?, ?) WHERE instr("{column}", ?)',  # noqa: S608 - names from the schema itself
                    (str(template), str(folder), str(template)),
                )
        database.commit()
    return Context(folder=folder, progress=False, notice=lambda _sentence: None)
