"""The pipeline step that this process runs: told by the run, by one environment variable, to the step's kernel."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "TRUSTLAB_STEP"
# The environment has little room, and every commit of the step repeats its parameters.
LONGEST, LONGEST_OF_ALL = 2_000, 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentStep:
    """One step of one run.

    Parameters
    ----------
    pipeline : str
        The pipeline's name.
    revision : int
        Which of its revisions.
    run : str
        The run's id.
    step : str
        The step's name.
    notebook : str
        The file that was promoted.
    code_hash : str
        BLAKE3 of the promoted notebook's bytes, 64 hex digits.
    parameters : mapping
        What the notebook runs with: its own literals, and what was injected in their place.
    """

    pipeline: str
    revision: int
    run: str
    step: str
    notebook: str
    code_hash: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def place(self) -> dict[str, Any]:
        """Return where in which run it is, as JSON data."""
        return {"name": self.pipeline, "revision": self.revision, "run": self.run, "step": self.step}

    def environment(self) -> dict[str, str]:
        """Return the variable by which `current` finds the step in a process that is started with it."""
        # As JSON has them: keys that are numbers or None beside texts become texts, and can be sorted then.
        values = {name: _shortened(json.loads(json.dumps(value)), LONGEST) for name, value in self.parameters.items()}
        return {VARIABLE: json.dumps({**asdict(self), "parameters": _shortened(values, LONGEST_OF_ALL)})}


def current() -> CurrentStep | None:
    """Return the step that this process is part of, or None.

    A process that the step's notebook starts (a line with ``!``) is part of it too.

    Raises
    ------
    UsageError
        Where the variable holds anything but what a run wrote.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    kinds = {item.name: str for item in fields(CurrentStep)} | {"revision": int, "parameters": dict}
    if not isinstance(told, dict) or any(not isinstance(told.get(name), kind) for name, kind in kinds.items()):
        raise UsageError(
            f"{VARIABLE} must be what the run of a pipeline sets; got {text[:80]!r}", hint=f"Unset it: unset {VARIABLE}"
        )
    return CurrentStep(**{name: told[name] for name in kinds})


def _shortened(value: Any, most: int) -> Any:
    """Return the value, or the hash and length of its JSON where that is long."""
    text = json.dumps(value, sort_keys=True)
    if len(text) <= most:
        return value
    from blake3 import blake3

    return {"blake3": blake3(text.encode()).hexdigest(), "characters": len(text)}
