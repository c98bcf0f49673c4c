"""The MLflow flavour ``trustlab``: how a predictor is laid out as an MLflow model.

The folder has three doors: ``trustlab`` (what ``load_model`` reads), ``python_function`` (MLflow's generic one, for
serving and batch scoring) and, for estimators that skops can hold, ``sklearn``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.models import bundle, trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.core.workspace import Workspace
    from trustlab.models.predictor import Predictor

FLAVOR_NAME = "trustlab"
FOLDER = "predictor"


def save_model(
    path: str,
    mlflow_model: Any,
    predictor: Predictor,
    workspace: Workspace,
    example: Any = None,
    requirements: Sequence[str] = (),
) -> None:
    """Write a predictor as an MLflow model; MLflow calls this by its name.

    Parameters
    ----------
    path : str
        The model's folder.
    mlflow_model : mlflow.models.Model
        The record that becomes ``MLmodel``.
    predictor : Predictor
        What to write.
    workspace : Workspace
        Which takes note of files that can run code at loading.
    example : frame or None
        A few rows, for torch.export.
    requirements : sequence of str
        Lines of ``requirements.txt``.
    """
    import mlflow.pyfunc
    import sklearn

    folder = Path(path)
    stored = bundle.save(predictor, folder / FOLDER, workspace, example)
    (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
    mlflow_model.add_flavor(FLAVOR_NAME, data=FOLDER, kind=predictor.kind, task=predictor.task)
    if predictor.kind == "sklearn" and stored.endswith(".skops"):
        mlflow_model.add_flavor(
            "sklearn",
            pickled_model=f"{FOLDER}/{stored}",
            sklearn_version=sklearn.__version__,
            serialization_format="skops",
            skops_trusted_types=sorted(trust.SKOPS_TYPES),
            code=None,
        )
    mlflow.pyfunc.add_to_model(mlflow_model, loader_module="trustlab.models.flavour", data=FOLDER)
    mlflow_model.save(str(folder / "MLmodel"))


class Served:
    """What MLflow's generic door holds: ``predict`` of a predictor."""

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG002 - MLflow's form
        """Return labels or values."""
        return self.predictor.predict(model_input)

    def get_raw_model(self) -> Predictor:
        """Return the predictor itself."""
        return self.predictor


def _load_pyfunc(path: str) -> Served:
    """Open the generic door; MLflow calls this by its name.

    Whoever calls ``mlflow.pyfunc.load_model`` has MLflow's own switch for pickles, so that switch decides here.
    """
    from mlflow.environment_variables import MLFLOW_ALLOW_PICKLE_DESERIALIZATION

    allowed = bool(MLFLOW_ALLOW_PICKLE_DESERIALIZATION.get())
    return Served(bundle.load(Path(path), None, trust_pickle=allowed))
