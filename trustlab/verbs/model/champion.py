"""``trust model champion``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Short
from trustlab.core.result import Outcome


@operation("verb", "Champion", records=True, example={"model": "lender@1", "reason": "the only one that was audited"})
def champion(
    model: Annotated[str, Format("registered"), Positional()],
    reason: Annotated[str, Short("m")] = "",
    *,
    context: Context,
) -> Outcome:
    """Make one version of a model the one in use.

    Parameters
    ----------
    model : str
        The version, such as lender@3.
    reason : str
        Why this one, in a sentence; it is kept with who decided and when, and stands in the model's story.
    """
    from trustlab.models.registry import Registry

    name, at, version = model.partition("@")
    if not at or not version.isdigit():
        raise UsageError(
            f"model.champion: model must name a version, such as lender@3; got {model!r}",
            hint="List the versions with: trust model list",
        )
    made = Registry(context.workspace).set_champion(name, int(version))
    return Outcome(
        payload={"model": made.to_dict()}, summary=f"{name}@{version} is the champion{f': {reason}' if reason else ''}"
    )
