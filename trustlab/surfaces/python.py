"""The operations from Python: ``import trustlab as tl``, then ``tl.audit(model, X, y, sensitive="race")``."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustlab.core.operation import Operation

PACKAGE = "trustlab"


class Verb:
    """A verb, or a group of verbs, as an attribute of ``trustlab``.

    Where a subpackage has the same name (``trustlab.drift``), its attributes are found here as well.

    Parameters
    ----------
    words : str
        The beginning of an operation's id.
    """

    def __init__(self, words: str) -> None:
        self._words = words

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the operation and return its report."""
        from trustlab.core import registry

        return call(registry.get(self._words), *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """Return the verb below (``tl.data.commit``), or the subpackage's attribute."""
        if name.startswith("__"):
            raise AttributeError(name)
        deeper = f"{self._words}.{name}"
        if _is_known(deeper):
            return Verb(deeper)
        try:
            package = importlib.import_module(f"{PACKAGE}.{self._words}")
        except ModuleNotFoundError:
            raise AttributeError(f"trustlab.{self._words} has no verb {name!r}") from None
        return getattr(package, name)

    def __dir__(self) -> list[str]:
        """Return the verbs below."""
        from trustlab.core import registry

        depth = len(self._words.split("."))
        below = [name.split(".")[depth] for name in registry.operations() if name.startswith(f"{self._words}.")]
        return sorted({*super().__dir__(), *below})

    def __repr__(self) -> str:
        """Return the verb's name and what it does."""
        from trustlab.core import registry

        record = registry.operations().get(self._words)
        return f"<trustlab verb {self._words}{': ' + record.summary if record else ''}>"

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        from trustlab.core import registry

        record = registry.operations().get(self._words)
        return record.doc if record else None


def call(record: Operation, *args: Any, **kwargs: Any) -> Any:
    """Run an operation with positional and named arguments and return its report.

    Raises
    ------
    UsageError
        Where there are more positional arguments than parameters, or one comes twice.
    """
    import warnings

    from trustlab.core.context import Context
    from trustlab.core.execute import run
    from trustlab.core.whole_imports import whole_imports
    from trustlab.report.report import Report

    names = [parameter.name for parameter in record.parameters]
    if len(args) > len(names):
        raise UsageError(f"{record.id}: at most {len(names)} arguments; got {len(args)}")
    given = dict(zip(names, args, strict=False))
    if twice := sorted(set(given) & set(kwargs)):
        raise UsageError(f"{record.id}: {twice[0]} came twice, by place and by name")
    with warnings.catch_warnings(), whole_imports():
        warnings.simplefilter("ignore")
        return Report(run(record, {**given, **kwargs}, Context()))


def _is_known(words: str) -> bool:
    from trustlab.core import registry

    return any(name == words or name.startswith(f"{words}.") for name in registry.operations())


def _shadow(name: str) -> property:
    """Return an attribute that stays a verb when the import system binds the subpackage of the same name."""
    return property(lambda _module: Verb(name), lambda _module, _package: None)


class TrustlabModule(ModuleType):
    """The type of the module ``trustlab`` itself: its attributes are the verbs."""

    data = _shadow("data")
    drift = _shadow("drift")
    explain = _shadow("explain")
    train = _shadow("train")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the verb called ``name``."""
        if name.startswith("_") or not _is_known(name):
            raise AttributeError(f"module 'trustlab' has no attribute {name!r}")
        return Verb(name)

    def __dir__(self) -> list[str]:
        """Return the module's names, the verbs and the families."""
        from trustlab.core import registry

        families = {record.family for record in registry.operations().values()}
        return sorted({*super().__dir__(), *families})
