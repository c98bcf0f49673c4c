"""The global random generators that libraries below us draw from: seeded for a while, and put back."""

from __future__ import annotations

import importlib.util
import random
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python's, NumPy's and torch's global generators, and put them back afterwards.

    Torch is not loaded for it; where it is loaded within, its generator is seeded as soon as that is done.
    """
    import numpy as np

    python_state = random.getstate()
    numpy_state = np.random.get_state()  # noqa: NPY002 - libraries below us draw from the global generator
    torch = _Torch(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the same
    torch.begin()
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002 - the same
        torch.end()


class _Torch:
    """Torch's generator: seeded now, or on its import."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.module: Any = None
        self.state: Any = None
        self.asking = False

    def begin(self) -> None:
        """Seed torch where it is loaded, else wait for it."""
        if loaded := sys.modules.get("torch"):
            self._take(loaded)
        else:
            sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Put torch's generator back as it was, after its import at the earliest."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        if self.module is not None:
            self.module.set_rng_state(self.state)

    def find_spec(self, fullname: str, *_: Any) -> ModuleSpec | None:
        """Return what the other finders know of torch, with a loader that seeds it."""
        if fullname != "torch" or self.asking:
            return None
        self.asking = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self.asking = False
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_seed(module: ModuleType) -> None:
                load(module)
                self._take(module)

            spec.loader.exec_module = load_and_seed  # type: ignore[method-assign] # of this one loader
        return spec

    def _take(self, torch: Any) -> None:
        self.module, self.state = torch, torch.get_rng_state()
        torch.manual_seed(self.seed)
