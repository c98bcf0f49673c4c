"""One view over every kind of model, where models come from, and the registry's history of them."""

from trustlab.models.adapt import as_predictor
from trustlab.models.load import load_model, registered_names
from trustlab.models.predictor import Predictor, Task
from trustlab.models.registry import ModelVersion, Registry

__all__ = ["ModelVersion", "Predictor", "Registry", "Task", "as_predictor", "load_model", "registered_names"]
