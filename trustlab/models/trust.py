"""Which stored models may be opened: formats that run no code, and files that this workspace wrote itself.

Opening a pickle runs whatever its author put in it, and so can ``.pt``, ``.pt2`` and ``.joblib`` files, which hold
pickles. Such a file is opened only where its BLAKE3 hash stands in the workspace's own list of files it wrote, or where
the user said so. A skops file is opened where every type it names is on skops' own list or on ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, NotFoundError, RefusedError
from trustlab.models.digests import of_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustlab.core.workspace import Workspace

LEDGER = "saved-models.txt"

SKOPS_TYPES: frozenset[str] = frozenset(
    {
        "numpy.dtype",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.compose._column_transformer._RemainderColsList",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels.ConstantKernel",
        "sklearn.gaussian_process.kernels.Product",
        "sklearn.gaussian_process.kernels.RBF",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
    }
)
"""Types of NumPy and scikit-learn that skops does not list and that hold arrays and numbers only."""


def remember(workspace: Workspace, *paths: Path) -> None:
    """Add files to the workspace's list of those it wrote; one short line each, appended in one write."""
    lines = "".join(f"{of_bytes(path.read_bytes())}\n" for path in paths)
    with (workspace.root / LEDGER).open("a", encoding="ascii") as ledger:
        ledger.write(lines)


def is_ours(workspace: Workspace | None, content: bytes) -> bool:
    """Return whether the workspace wrote exactly these bytes."""
    if workspace is None or not (workspace.root / LEDGER).exists():
        return False
    return of_bytes(content) in (workspace.root / LEDGER).read_text(encoding="ascii").split()


def read(path: Path) -> bytes:
    """Return a model file's bytes."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise NotFoundError(f"a model file must exist; there is no file {path}") from None
    except PermissionError:
        raise InputError(f"a model file must be readable; {path} is not") from None


def read_code(path: Path, workspace: Workspace | None, *, trust_pickle: bool) -> bytes:
    """Return the bytes of a file whose opening can run code, or refuse.

    Raises
    ------
    RefusedError
        Where neither the workspace wrote the file nor the user trusts it.
    """
    content = read(path)
    if trust_pickle or is_ours(workspace, content):
        return content
    raise RefusedError(
        f"a {path.suffix or 'pickled'} model from outside the workspace must be trusted before it is opened, since "
        f"opening it can run any code; got {path}",
        hint="Say --trust-pickle (trust_pickle=True) if you know its author, or save it as .skops or .onnx instead.",
    )


def unpickle(content: bytes, origin: str) -> Any:
    """Return what bytes hold that joblib, pickle or cloudpickle wrote; only for what ``read_code`` let through."""
    import io

    import joblib

    try:
        return joblib.load(io.BytesIO(content))
    except Exception as error:
        # Unpickling runs the file's own code, which may raise anything.
        raise InputError(
            f"a pickled model must open here; {origin} raised {type(error).__name__}: {error}",
            hint="The classes of the model must be importable in this environment.",
        ) from error


def unskops(content: bytes, origin: str, *, trust_pickle: bool) -> Any:
    """Return the model in a skops file, or refuse where it names types that nobody vouches for."""
    import skops.io

    def reading(step: Callable[[], Any]) -> Any:
        try:
            return step()
        except Exception as error:
            # A damaged archive fails in zipfile, json or any estimator's __setstate__.
            raise InputError(f"a skops model must be readable; {origin}: {type(error).__name__}: {error}") from error

    strangers = set(reading(lambda: skops.io.get_untrusted_types(data=content))) - SKOPS_TYPES
    if strangers and not trust_pickle:
        raise RefusedError(
            f"a skops model must hold known types only; {origin} holds {', '.join(sorted(strangers))}",
            hint="Say --trust-pickle (trust_pickle=True) if you know its author.",
        )
    return reading(lambda: skops.io.loads(content, trusted=sorted(SKOPS_TYPES | strangers)))


def skops_bytes(obj: Any) -> bytes | None:
    """Return an object in the skops format, or None where that needs types beyond the known ones."""
    import skops.io

    try:
        content = bytes(skops.io.dumps(obj))
        return None if set(skops.io.get_untrusted_types(data=content)) - SKOPS_TYPES else content
    except Exception:  # noqa: BLE001 - what skops cannot write fails in many ways, and another format follows
        return None
