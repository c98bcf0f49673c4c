"""Optional libraries: they fail at use, and the error names the extra to install."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from trustlab.core.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType

EXTRAS: dict[str, tuple[str, ...]] = {
    "onnx": ("onnx", "onnxruntime", "skl2onnx"),
    "postgresql": ("psycopg",),
    "s3": ("s3fs",),
}


def missing(extra: str | None) -> list[str]:
    """Return the modules of ``extra`` that are not installed, without importing any."""
    return [name for name in EXTRAS.get(extra or "", ()) if importlib.util.find_spec(name) is None]


def require(extra: str | None, wanted_by: str) -> None:
    """Raise MissingExtraError where a module of ``extra`` is not installed."""
    absent = missing(extra)
    if absent:
        raise MissingExtraError(
            f"{wanted_by} needs {', '.join(absent)}, which is not installed",
            hint=f"pip install 'trustlab[{extra}]'",
        )


def load(module: str, extra: str, wanted_by: str) -> ModuleType:
    """Import and return ``module``, or raise MissingExtraError naming its extra."""
    require(extra, wanted_by)
    return importlib.import_module(module)
