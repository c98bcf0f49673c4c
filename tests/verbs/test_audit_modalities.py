"""Images and texts through torch, from Python and by command, with saved and registered models, on real data."""

import gzip
import io
import json
import sys
import tarfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn

import trustlab as tl
from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.models.adapt import as_predictor
from trustlab.models.registry import Registry
from trustlab.surfaces import cli

FEW = 600


def fitted(module: nn.Module, inputs: torch.Tensor, labels: Any, steps: int = 60) -> nn.Module:
    """Train a module for a moment."""
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(module.parameters(), 0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(inputs), torch.tensor(np.array(labels))).backward()
        optimizer.step()
    return module.eval()


def network(channels: int, side: int, classes: int) -> nn.Module:
    torch.manual_seed(0)
    half = side // 2
    layers = [nn.Conv2d(channels, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(8 * half * half, classes))


class Words(nn.Module):
    """A bag of hashed words."""

    classes = ("ham", "spam")

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(256, 2)

    def encode(self, texts: list[str]) -> torch.Tensor:
        found = torch.zeros(len(texts), 256)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                found[row, sum(word.encode()) % 256] = 1
        return found

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.out(x)
        return out


def by_command(*words: str) -> dict[str, Any]:
    stdout = io.StringIO()
    with redirect_stdout(stdout):
        cli.main([*words, "--json"])
    return dict(json.loads(stdout.getvalue()))


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {result["id"]: result["status"] for result in document["results"]}


def value(document: dict[str, Any], check: str) -> float:
    return float(next(result["value"] for result in document["results"] if result["id"] == check))


def test_mnist_from_python(real_data: Callable[[str], Path]) -> None:
    folder = real_data("mnist_t10k")
    X = np.frombuffer(gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    y = np.frombuffer(gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    X = X.reshape(-1, 1, 28, 28)
    module = fitted(network(1, 28, 10), torch.from_numpy(X[:FEW] / np.float32(255)), y[:FEW].astype(int))
    given = X[FEW : 2 * FEW] / np.float32(255)
    document = tl.audit(module, given, y[FEW : 2 * FEW], task="multiclass", only=["performance", "quality"]).to_dict()
    found = statuses(document)
    assert found["performance.metrics"] == "pass"
    assert value(document, "performance.metrics") > 0.8
    assert found["quality.duplicates"] == "not_applicable"
    assert found["quality.image_properties"] == "pass"


def test_a_folder_of_pictures_by_command(
    real_data: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tarfile.open(real_data("cifar10_test_subset/cifar10_test_1500_jpg.tar")) as archive:
        archive.extractall(tmp_path, filter="data")
    folder = next(path.parent for path in tmp_path.rglob("airplane") if path.is_dir())
    paths = sorted(folder.rglob("*.jpg"))
    names = sorted({path.parent.name for path in paths})
    X = np.stack([np.asarray(Image.open(path)) for path in paths]) / np.float32(255)
    y = np.array([names.index(path.parent.name) for path in paths])
    module = fitted(network(3, 32, 10), torch.from_numpy(np.moveaxis(X, -1, 1).copy()), y, 40)
    monkeypatch.chdir(tmp_path)
    torch.save(module, "net.pt")
    only = ("--only", "performance.metrics,quality.image_properties")
    saved = by_command("audit", "net.pt", "--data", str(folder), "--trust-pickle", *only)
    assert statuses(saved)["performance.metrics"] == "pass"
    run("init", {"yes": True}, Context(progress=False, notice=lambda _: None))
    pixels = pd.DataFrame(np.moveaxis(X[:4], -1, 1).reshape(4, -1)).rename(columns=str)
    Registry(Context().workspace).log_training(as_predictor(module, name="net"), name="net", example=pixels)
    registered = by_command("audit", "net@1", "--data", str(folder), *only)
    assert value(registered, "performance.metrics") == value(saved, "performance.metrics")
    assert registered["model"] == {"name": "net", "kind": "torch", "version": 1}


def test_messages_by_command(real_data: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = real_data("sms_spam/sms.tsv").read_text("utf-8").splitlines()
    frame = pd.DataFrame([line.split("\t", 1) for line in lines], columns=["kind", "message"])
    module = Words()
    fitted(module, module.encode(frame["message"].tolist()), (frame["kind"] == "spam").astype(int).to_numpy())
    document = tl.audit(module, frame["message"].tolist(), frame["kind"], only=["performance", "quality"]).to_dict()
    assert statuses(document)["performance.metrics"] == "pass"
    assert statuses(document)["quality.text_properties"] == "warn"
    monkeypatch.chdir(tmp_path)
    frame.assign(length=np.where(frame["message"].str.len() > 80, "long", "short")).to_parquet("sms.parquet")
    words = ("--data", "sms.parquet", "--text", "message", "--target", "kind", "--sensitive", "length")
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    Path("words.pkl").write_bytes(cloudpickle.dumps(module))
    said = by_command("audit", "words.pkl", *words, "--trust-pickle", "--only", "performance,fairness.error_rates")
    assert value(said, "performance.metrics") == value(document, "performance.metrics")
    assert statuses(said)["fairness.error_rates"] not in {"error", "not_applicable"}
