"""``trust policy``."""

from __future__ import annotations

from pathlib import Path

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import ConflictError, InputError
from trustlab.core.operation import operation
from trustlab.core.parameters import PathLike
from trustlab.core.result import Outcome
from trustlab.core.views import Table, Text


@operation("verb", "Policy", cost="instant", random=False, example={})
def policy(file: PathLike = None, write: PathLike = None, *, context: Context) -> Outcome:
    """Show a policy: every check with its limits and who set them, as YAML to start one's own from.

    Parameters
    ----------
    file : path
        The policy to show; the default one where not given.
    write : path
        Write it to this file, which must not be there yet.
    """
    import yaml

    from trustlab.checks.policy import load_policy

    rules = load_policy(file, context.path(file) if isinstance(file, str | Path) else None).to_dict()
    rows = [(name, limits["warn"], limits["fail"], limits["source"]) for name, limits in rules["checks"].items()]
    text = yaml.safe_dump(rules, sort_keys=False, allow_unicode=True)
    summary = f"Policy {rules['name']}: {counted(len(rows), 'check')}"
    return Outcome(
        payload={"policy": rules},
        summary=summary if write is None else f"{summary}, written to {_written(context.path(write), text)}",
        views=[
            Table(name="limits", title="Limits", columns=("check", "warn", "fail", "source"), rows=rows),
            Text(name="yaml", title="As a file", text=text),
        ],
    )


def _written(target: Path, text: str) -> Path:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConflictError(f"policy: write must name a new file; {target} is there already") from None
    except OSError as error:
        raise InputError(f"policy: write must name a file that can be written; {target}: {error.strerror}") from None
    return target
