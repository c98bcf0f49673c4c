"""Finding a model by what the user calls it: a registered name, an MLflow address or a file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, NotFoundError, RefusedError, UsageError
from trustlab.models import bundle, flavour, trust
from trustlab.models.adapt import as_predictor
from trustlab.models.registry import Registry
from trustlab.models.tracking import mlflow_quietly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.core.workspace import Workspace
    from trustlab.models.predictor import Predictor, Task

PICKLES = (".pkl", ".pickle", ".joblib")
TORCH = (".pt", ".pth")
SUFFIXES = (*PICKLES, *TORCH, ".pt2", ".skops", ".onnx")
SCHEMES = ("models:/", "runs:/", "mlflow-artifacts:/")


def load_model(
    name: str,
    workspace: Workspace | None = None,
    *,
    trust_pickle: bool = False,
    task: Task | None = None,
    classes: Sequence[Any] | None = None,
) -> Predictor:
    """Return the model that ``name`` means, without running code that nobody vouched for.

    Parameters
    ----------
    name : str
        ``lender`` (the newest version), ``lender@3``, ``lender@champion``; ``models:/…`` or ``runs:/…``; or a file:
        .onnx, .skops, and, where the workspace wrote it or it is trusted, .pkl, .pickle, .joblib, .pt, .pth, .pt2.
    workspace : Workspace or None
        Where registered names live; the current folder's by default.
    trust_pickle : bool
        Open files that can run code, whoever wrote them.
    task, classes : str, sequence or None
        For files that do not tell what they predict.

    Returns
    -------
    Predictor
        Named as it was asked for.

    Raises
    ------
    NotFoundError
        Where nothing has the name.
    RefusedError
        Where opening could run foreign code.
    """
    if name.startswith(SCHEMES):
        return _load_uri(name, name, _workspace(workspace), trust_pickle=trust_pickle)
    path = Path(name)
    if path.suffix.lower() in SUFFIXES:
        loaded = _load_file(path, workspace or _nearby(), trust_pickle=trust_pickle)
        return as_predictor(loaded, task=task, classes=classes, name=path.stem)
    if path.is_file() or "/" in name:
        raise InputError(f"a model must be a registered name or a file of {', '.join(SUFFIXES)}; got {name!r}")
    return _load_registered(name, _workspace(workspace), trust_pickle=trust_pickle)


def registered_names(workspace: Workspace) -> list[str]:
    """Return the names of the registered models, sorted; asks no registry that was never written to."""
    if workspace.settings.tracking_uri is None and not (workspace.root / "mlflow.db").exists():
        return []
    return Registry(workspace).models()


def _workspace(workspace: Workspace | None) -> Workspace:
    from trustlab.core.workspace import Workspace

    return workspace or Workspace.find()


def _nearby() -> Workspace | None:
    try:
        return _workspace(None)
    except NotFoundError:
        return None


def _load_registered(name: str, workspace: Workspace, *, trust_pickle: bool) -> Predictor:
    stem, at, which = name.partition("@")
    if at and not re.fullmatch(r"champion|[1-9][0-9]*", which):
        raise UsageError(f"after @ must stand a version's number or 'champion'; got {name!r}")
    version = Registry(workspace).version(stem, which or None)
    address = f"models:/{stem}/{version.version}"
    return _load_uri(address, f"{stem}@{version.version}", workspace, trust_pickle=trust_pickle)


def _load_uri(uri: str, name: str, workspace: Workspace, *, trust_pickle: bool) -> Predictor:
    import yaml

    with mlflow_quietly(workspace) as mlflow:
        from mlflow.exceptions import MlflowException

        try:
            folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri))
            record = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))
        except (MlflowException, OSError) as error:
            raise NotFoundError(f"an MLflow address must lead to a model; {uri}: {error}") from error
        flavours = record.get("flavors", {})
        if flavour.FLAVOR_NAME in flavours:
            return replace(bundle.load(folder / flavour.FOLDER, workspace, trust_pickle=trust_pickle), name=name)
        return as_predictor(_load_foreign(mlflow, folder, flavours, trust_pickle=trust_pickle), name=name)


def _load_foreign(mlflow: Any, folder: Path, flavours: dict[str, Any], *, trust_pickle: bool) -> Any:
    """Open a model that another tool logged: by a format without code where there is one."""
    estimator = flavours.get("sklearn", {})
    if estimator.get("serialization_format") == "skops":
        path = folder / estimator["pickled_model"]
        return trust.unskops(trust.read(path), str(path), trust_pickle=trust_pickle)
    if "onnx" in flavours:
        return trust.read(folder / flavours["onnx"]["data"])
    if not trust_pickle:
        raise RefusedError(
            f"an MLflow model that trustlab did not write must be trusted before it is opened, since opening it can "
            f"run any code; got one of {', '.join(sorted(flavours))}",
            hint="Say --trust-pickle (trust_pickle=True) if you know its author.",
        )
    if estimator:
        return mlflow.sklearn.load_model(str(folder))
    if "pytorch" in flavours:
        return mlflow.pytorch.load_model(str(folder))
    return mlflow.pyfunc.load_model(str(folder))


def _load_file(path: Path, workspace: Workspace | None, *, trust_pickle: bool) -> Any:
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return trust.read(path)
    if suffix == ".skops":
        return trust.unskops(trust.read(path), str(path), trust_pickle=trust_pickle)
    content = trust.read_code(path, workspace, trust_pickle=trust_pickle)
    if suffix == ".pt2":
        from trustlab.models.exported import load_export

        return load_export(content, str(path))
    return _load_torch(content, path) if suffix in TORCH else trust.unpickle(content, str(path))


def _load_torch(content: bytes, path: Path) -> Any:
    import io

    import torch

    try:
        loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=False)
    except Exception as error:
        # Unpickling runs the file's own code, which may raise anything.
        raise InputError(f"a torch model must open here; {path}: {type(error).__name__}: {error}") from error
    if isinstance(loaded, dict):
        raise InputError(
            f"{path} must hold a whole module; it holds a dictionary of {len(loaded)} weights",
            hint="Save the module itself with torch.save(module, path), or torch.export it to .pt2.",
        )
    return loaded
