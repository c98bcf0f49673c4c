"""A predictor as a folder: one JSON file that says what it is, and the model in the safest format that holds it.

========  ===============================================  ==========================================
kind      first choice                                     otherwise
========  ===============================================  ==========================================
sklearn   ``model.skops``: no code runs at loading         ``model.pkl`` by cloudpickle
torch     ``model.pt2`` by torch.export: needs no source   ``model.pkl`` by cloudpickle, classes by value
onnx      ``model.onnx``
callable  ``model.pkl`` by cloudpickle
========  ===============================================  ==========================================

The formats that can run code at loading (pkl, pt2) are noted in the workspace that wrote them, see ``trust``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import DamagedError, InputError, UsageError
from trustlab.core.views import clean
from trustlab.models import trust
from trustlab.models.adapt import as_predictor
from trustlab.models.predictor import Predictor

if TYPE_CHECKING:
    from pathlib import Path

    from trustlab.core.workspace import Workspace
    from trustlab.models.torch_model import TorchEngine

VERSION = 1
META = "predictor.json"


def save(predictor: Predictor, folder: Path, workspace: Workspace, example: Any = None) -> str:
    """Write a predictor into an empty or new folder.

    Parameters
    ----------
    predictor : Predictor
        Any kind but 'mlflow', whose models have a registry already.
    folder : pathlib.Path
        Where to.
    workspace : Workspace
        Which takes note of files that can run code at loading.
    example : frame or array or None
        A few rows; torch.export needs them.

    Returns
    -------
    str
        The model's file name within the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    meta: dict[str, Any] = {
        "version": VERSION,
        "name": predictor.name,
        "kind": predictor.kind,
        "task": predictor.task,
        "classes": _plain_classes(predictor),
        "features": predictor.features,
        "record": clean(dict(predictor.record)),
        "training": None if predictor.training is None else clean(dict(predictor.training)),
    }
    if predictor.kind == "torch":
        meta |= _save_torch(predictor, folder, workspace, example)
    elif predictor.kind == "onnx":
        (folder / "model.onnx").write_bytes(predictor.engine.content)  # type: ignore[attr-defined]
        meta["model"] = "model.onnx"
    elif predictor.kind in {"sklearn", "callable"}:
        meta["model"] = _save_object(predictor.native, folder, "model", workspace, predictor.name)
        meta["returns"] = getattr(predictor.engine, "returns", None)
    else:
        raise UsageError(f"model {predictor.name!r} must not be an MLflow model already; got kind {predictor.kind}")
    (folder / META).write_text(json.dumps(meta, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return str(meta["model"])


def load(folder: Path, workspace: Workspace | None, *, trust_pickle: bool = False) -> Predictor:
    """Return the predictor that ``save`` wrote into a folder.

    Raises
    ------
    RefusedError
        Where it holds a format that can run code, and neither this workspace wrote it nor the user trusts it.
    DamagedError
        Where the folder is not what was written.
    """
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        if meta["version"] != VERSION:
            raise InputError(f"a saved model must have format version {VERSION}; got {meta['version']!r}")
        known = {key: meta[key] for key in ("task", "classes", "features", "name")}
        path = folder / meta["model"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"a saved model must have a readable {META}; got {type(error).__name__}: {error}") from error
    if meta["kind"] == "torch":
        return _load_torch(meta, folder, workspace, trust_pickle=trust_pickle)
    if meta["kind"] == "onnx":
        return _with_record(as_predictor(trust.read(path), **known), meta)
    native = _load_object(path, workspace, trust_pickle=trust_pickle)
    return _with_record(as_predictor(native, **known, returns=meta["returns"]), meta)


def _with_record(predictor: Predictor, meta: dict[str, Any]) -> Predictor:
    return replace(predictor, record=meta["record"], training=meta["training"])


def _plain_classes(predictor: Predictor) -> list[Any] | None:
    from trustlab.models.tasks import plain

    return None if predictor.classes is None else plain(predictor.classes)


def _save_object(obj: Any, folder: Path, stem: str, workspace: Workspace, name: str) -> str:
    content = trust.skops_bytes(obj) if hasattr(obj, "get_params") else None
    if content is not None:
        (folder / f"{stem}.skops").write_bytes(content)
        return f"{stem}.skops"
    import cloudpickle  # type: ignore[import-untyped]

    path = folder / f"{stem}.pkl"
    try:
        path.write_bytes(cloudpickle.dumps(obj))
    except Exception as error:
        # Any object of the user's may refuse to be pickled, in its own way.
        raise InputError(
            f"model {name!r} must be possible to store; cloudpickle raised {type(error).__name__}: {error}",
            hint="Keep connections, locks and open files out of the model.",
        ) from error
    trust.remember(workspace, path)
    return path.name


def _load_object(path: Path, workspace: Workspace | None, *, trust_pickle: bool) -> Any:
    if path.suffix == ".skops":
        return trust.unskops(trust.read(path), str(path), trust_pickle=trust_pickle)
    return trust.unpickle(trust.read_code(path, workspace, trust_pickle=trust_pickle), str(path))


def _save_torch(predictor: Predictor, folder: Path, workspace: Workspace, example: Any) -> dict[str, Any]:
    import torch

    from trustlab.models.exported import export_bytes
    from trustlab.models.torch_model import evaluating

    engine: TorchEngine = predictor.engine  # type: ignore[assignment]
    content = None
    if example is not None:
        rows = engine.prepare(example[predictor.features] if predictor.features is not None else example)
        sample = torch.from_numpy(rows[:4] if len(rows) > 1 else rows.repeat(2, axis=0))
        with evaluating(engine.module):
            content = export_bytes(engine.module, sample)
    if content is not None:
        (folder / "model.pt2").write_bytes(content)
        trust.remember(workspace, folder / "model.pt2")
        model = "model.pt2"
    else:
        model = _save_object(engine.module, folder, "model", workspace, predictor.name)
    prepared = None
    if engine.preprocess is not None:
        prepared = _save_object(engine.preprocess, folder, "preprocess", workspace, predictor.name)
    return {
        "model": model,
        "preprocess": prepared,
        "output": engine.output,
        "input_shape": list(engine.input_shape) if engine.input_shape else None,
        "input_scale": engine.input_scale,
        "target_mean": engine.target_mean,
        "target_scale": engine.target_scale,
    }


def _load_torch(meta: dict[str, Any], folder: Path, workspace: Workspace | None, *, trust_pickle: bool) -> Predictor:
    from trustlab.models.exported import load_export
    from trustlab.models.torch_model import TorchEngine

    path = folder / meta["model"]
    content = trust.read_code(path, workspace, trust_pickle=trust_pickle)
    module = load_export(content, str(path)) if path.suffix == ".pt2" else trust.unpickle(content, str(path))
    preprocess = None
    if meta["preprocess"]:
        preprocess = _load_object(folder / meta["preprocess"], workspace, trust_pickle=trust_pickle)
    engine = TorchEngine(
        module=module,
        output=meta["output"],
        task=meta["task"],
        classes=meta["classes"],
        preprocess=preprocess,
        input_shape=tuple(meta["input_shape"]) if meta["input_shape"] else None,
        input_scale=meta["input_scale"],
        target_mean=meta["target_mean"],
        target_scale=meta["target_scale"],
    )
    return Predictor(
        name=meta["name"],
        kind="torch",
        task=meta["task"],
        classes=meta["classes"],
        features=meta["features"],
        native=module,
        engine=engine,
        record=meta["record"],
        training=meta["training"],
    )
