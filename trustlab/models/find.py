"""What a model's name means: a notebook variable, a registered model, an MLflow URI or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import ConflictError, NotFoundError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustlab.core.context import Context
    from trustlab.models.predictor import Predictor


def find_model(
    given: Any, context: Context, *, trust_pickle: bool = False, task: Callable[[], str | None] = lambda: None
) -> Predictor:
    """Return the predictor that ``given`` means.

    Parameters
    ----------
    given : str, pathlib.Path or object
        A name, a file, or the model itself.
    trust_pickle : bool
        Whether a pickle from outside the workspace may run its code.
    task : callable
        Tells the task, from the user's word or the target, where a function or a plain object does not.

    Raises
    ------
    ConflictError
        Where a name could mean more than one thing; the message lists them.
    NotFoundError
        Where it means nothing.
    """
    from trustlab.models.load import load_model, registered_names

    workspace = context.workspace_or_none
    if isinstance(given, Path):
        return load_model(str(context.path(given)), workspace, trust_pickle=trust_pickle)
    if not isinstance(given, str):
        return _adapted(given, None, task)
    registered = registered_names(workspace) if workspace is not None else []
    variables = [name for name, value in context.namespace.items() if hasattr(value, "predict") or callable(value)]
    meanings = []
    if given in variables:
        meanings.append(f"the notebook's variable {given}")
    if given.split("@")[0] in registered:
        meanings.append(f"the registered model {given}")
    if _is_file(given, context):
        meanings.append(f"the file {given}")
    if len(meanings) > 1:
        raise ConflictError(
            f"model: {given!r} could mean {'; '.join(meanings)}",
            hint="Say which: ./name for a file, name@champion for a registered model, or rename the variable",
        )
    if meanings and meanings[0].startswith("the notebook"):
        return _adapted(context.namespace[given], given, task)
    if not meanings and ":/" not in given:
        variable = " nor a notebook variable" if context.namespace else ""
        kinds = f"neither a registered model{',' if variable else ' nor'} a file{variable}"
        raise NotFoundError(
            f"model: {given!r} is {kinds}.{did_you_mean(given, [*registered, *variables])}",
            hint="List the registered ones with: trust model list",
        )
    name = str(context.path(given)) if meanings and meanings[0].startswith("the file") else given
    return load_model(name, workspace, trust_pickle=trust_pickle)


def _adapted(given: Any, name: str | None, task: Callable[[], str | None]) -> Predictor:
    """Return the predictor over an object; one that does not tell what it predicts is asked the target's task."""
    from trustlab.models.adapt import as_predictor

    try:
        return as_predictor(given, name=name)
    except UsageError:
        told = task()
        if told is None:
            raise
        return as_predictor(given, name=name, task=told)  # type: ignore[arg-type] # one of the three words


def _is_file(name: str, context: Context) -> bool:
    try:
        return context.path(name).is_file()
    except OSError:
        # Longer than a file's name can be: it is none.
        return False
