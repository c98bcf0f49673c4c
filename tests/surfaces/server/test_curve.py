"""What a training measures arrives while it runs, and never grows beyond what anyone can look at."""

import math
from typing import Any

import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.surfaces.server.job import MOST_POINTS, Curve
from trustlab.surfaces.server.worker import ALWAYS, Report

pytest_plugins = ["pytest_jupyter.jupyter_server"]


def test_points_stay_in_their_columns_and_are_thinned_evenly() -> None:
    curve = Curve(("epoch", "loss"))
    for epoch in range(1, 2 * MOST_POINTS):
        curve.add({"loss": 1 / epoch, "epoch": epoch, "other": 3})
    assert len(curve.rows) <= MOST_POINTS
    assert curve.rows[0] == (1, 1.0)
    assert [row[0] for row in curve.rows] == sorted(row[0] for row in curve.rows if row[0] is not None)


def test_the_first_points_are_told_at_once_and_what_is_no_number_is_told_as_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[dict[str, Any]] = []
    report = Report(None)  # type: ignore[arg-type] # nothing is sent
    monkeypatch.setattr(report, "tell", lambda kind, **fields: told.append({"kind": kind, **fields}))
    for epoch in range(50):
        report.measure({"epoch": epoch, "loss": math.nan})
    assert ALWAYS <= len(told) < 10
    assert told[0] == {"kind": "measure", "values": {"epoch": 0, "loss": None}}


def test_a_module_tells_its_losses_by_epoch(tmp_path: Any) -> None:
    (tmp_path / "net.py").write_text("import torch\nmodel = torch.nn.LazyLinear(2)\n")
    (tmp_path / "rows.csv").write_text("x,y\n" + "".join(f"{n / 40},{n % 2}\n" for n in range(200)))
    told: list[dict[str, float]] = []
    around = Context(folder=tmp_path, progress=False, notice=lambda _sentence: None, on_measure=told.append)
    asked = {"data": "rows.csv", "target": "y", "code": "net.py", "name": "net", "epochs": 3}
    losses = run("train", asked, around).payload["training"]
    assert [one["epoch"] for one in told] == [1, 2, 3]
    assert [one["loss"] for one in told] == losses["loss"]
    assert [one["held_out_loss"] for one in told] == losses["held_out_loss"]
