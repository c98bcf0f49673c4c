"""The environment of a training: what a model needs to be made and opened again."""

from __future__ import annotations

import platform
from importlib import metadata

PACKAGES = ("trustlab", "numpy", "pandas", "scikit-learn", "torch", "mlflow", "onnxruntime", "skops", "cloudpickle")
REQUIRED: dict[str, tuple[str, ...]] = {
    "sklearn": ("trustlab", "mlflow", "numpy", "pandas", "scikit-learn", "skops", "cloudpickle"),
    "torch": ("trustlab", "mlflow", "numpy", "pandas", "scikit-learn", "skops", "cloudpickle", "torch"),
    "onnx": ("trustlab", "mlflow", "numpy", "pandas", "onnxruntime"),
    "callable": ("trustlab", "mlflow", "numpy", "pandas", "cloudpickle"),
}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def installed() -> dict[str, object]:
    """Return the Python, the platform and the versions of the packages that a model depends on."""
    versions = {package: _version(package) for package in PACKAGES}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "packages": {package: version for package, version in versions.items() if version},
    }


def requirements(kind: str) -> list[str]:
    """Return the lines of ``requirements.txt`` for serving a model of ``kind``, without local version labels."""
    versions = {package: _version(package) for package in REQUIRED[kind]}
    return [f"{package}=={version.split('+')[0]}" for package, version in versions.items() if version]
