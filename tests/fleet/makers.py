"""A folder with a workspace, a table of 200 rows, and files of tiny models: good ones, and ones that misbehave."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from trustlab.core.context import Context
from trustlab.core.workspace import Workspace

MODULE = '''\
"""Models that misbehave where they are asked."""
import os, signal, time
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

class Exits(LogisticRegression):
    def predict(self, X):
        os._exit(7)

class Killed(LogisticRegression):
    def predict(self, X):
        os.kill(os.getpid(), signal.SIGKILL)

class Raises(LogisticRegression):
    def predict(self, X):
        raise RuntimeError("a fault of its own")

class Stopped(LogisticRegression):
    def predict(self, X):
        raise KeyboardInterrupt

class Slow(LogisticRegression):
    def predict(self, X):
        time.sleep(0.5)
        return super().predict(X)

class Hungry(LogisticRegression):
    def predict(self, X):
        self.taken_ = bytearray(3_000_000_000)
        for at in range(0, len(self.taken_), 4096):
            self.taken_[at] = 1
        time.sleep(30)
        return super().predict(X)
'''
POLICY = "name: two checks\nonly: [performance.metrics, fairness.selection_rate]\n"
ROWS = 200


def table(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(ROWS, 3)), columns=["a", "b", "c"])
    frame["sex"] = rng.choice(["f", "m"], ROWS)
    frame["y"] = (frame.a + frame.b + rng.normal(size=ROWS) > 0).astype(int)
    return frame


def workspace(folder: Path) -> Context:
    """Make the folder's workspace, data, policy and module of models; return the context to run in."""
    folder.mkdir(parents=True, exist_ok=True)
    Workspace.create(folder)
    table().to_csv(folder / "rows.csv", index=False)
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "misbehaving.py").write_text(MODULE)
    return Context(folder=folder, progress=False, notice=lambda _sentence: None)


def models(folder: Path, count: int, kind: str | None = None, start: int = 0) -> list[str]:
    """Write pickled models that differ a little; return their files' names."""
    import sys

    sys.path.insert(0, str(folder))
    try:
        maker = LogisticRegression if kind is None else getattr(__import__("misbehaving"), kind)
        names = []
        for number in range(start, start + count):
            frame = table(number)
            fitted = maker(C=1.0 + number).fit(frame[["a", "b", "c"]], frame.y)
            names.append(f"{(kind or 'model').lower()}{number}.pkl")
            (folder / names[-1]).write_bytes(pickle.dumps(fitted))
        return names
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("misbehaving", None)


def lines(names: list[str]) -> list[dict[str, object]]:
    shared = {"data": "rows.csv", "target": "y", "sensitive": "sex", "policy": "policy.yaml", "trust_pickle": True}
    return [{"model": name, **shared} for name in names]


def write(folder: Path, names: list[str], file: str = "fleet.csv") -> str:
    pd.DataFrame(lines(names)).to_csv(folder / file, index=False)
    return file
