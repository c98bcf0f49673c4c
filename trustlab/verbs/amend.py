"""``trust amend``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError, UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional
from trustlab.core.result import Outcome

if TYPE_CHECKING:
    from pathlib import Path

NEW = "new"
NONE = "none"
START = """\
# What an audit asks, and where it stops; a check that is not named here keeps its own cited limits.
# All that may stand here: trust policy
schema: 1
"""


@operation(
    "verb",
    "Policy change",
    cost="instant",
    random=False,
    example={"file": "own.yaml", "check": "fairness.error_rates", "fail": "1.5", "reason": "Agreed in March"},
)
def amend(
    file: Annotated[PathLike, Positional()],
    check: Annotated[str, Format("check"), Positional()],
    warn: str | None = None,
    fail: str | None = None,
    source: str | None = None,
    owner: str | None = None,
    reason: str | None = None,
    ask: bool | None = None,
    revision: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """Change what a policy's file says about one check; everything else in it stays, comments too.

    Parameters
    ----------
    file : path
        The policy; made where it is not there yet.
    check : str
        The check's id.
    warn : str
        The number at which the check warns; none takes the limit away. It stays as it is where not given.
    fail : str
        The number at which the check fails; none takes the limit away.
    source : str
        Where the limits come from.
    owner : str
        Who answers for them.
    reason : str
        Why they are so.
    ask : bool
        Whether the check is asked.
    revision : str
        What the file was when it was read, as ``trust policy`` names it, or new: refused where it has changed since.
    """
    from trustlab.checks.policy import known_checks
    from trustlab.checks.policy_edit import revision_of, with_entry

    path = context.path(str(file))
    content = _content(path)
    _same(path, content, revision)
    words = {"source": source, "owner": owner, "reason": reason, "ask": ask}
    said: dict[str, Any] = {
        side: _limit(side, text) for side, text in (("warn", warn), ("fail", fail)) if text is not None
    } | {key: value for key, value in words.items() if value is not None}
    if not said:
        raise UsageError("amend: warn, fail, source, owner, reason or ask must be given; none came")
    if "." not in check or known_checks([check], "amend: check") != (check,):
        raise UsageError(f"amend: check must be a check's id; got the family {check!r}")
    before = _read(path, content)
    text = with_entry(content.decode() if content is not None else f"{START}name: {path.stem}\n", check, said)
    after = _read(path, text.encode())
    _write(path, text, content)
    limits = {moment: one.to_dict()["checks"][check] for moment, one in (("before", before), ("after", after))}
    return Outcome(
        payload={
            "file": str(file),
            "revision": revision_of(text.encode()),
            "check": check,
            **limits,
            "limits": after.limits_digest(),
        },
        summary=f"{check}: {_told(limits['before'], limits['after'])}; written to {path.name}",
        advice=[f"%trust audit MODEL --policy {file}"],
    )


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"amend: file must be one that can be read; {path}: {error.strerror}") from None


def _same(path: Path, content: bytes | None, seen: str | None) -> None:
    from trustlab.checks.policy_edit import revision_of

    there = NEW if content is None else revision_of(content)
    if seen is not None and seen != there:
        raise ConflictError(
            f"amend: {path.name} must be as it was when it was read; somebody has changed it since",
            hint="Read it again: what they wrote is in the file, and what you wrote is not",
        )


def _limit(side: str, text: str) -> float | int | None:
    import math

    if text.strip().lower() == NONE:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"amend: {side} must be a number, or none; got {text!r}")
    return int(number) if number.is_integer() and "." not in text else number


def _read(path: Path, content: bytes | None) -> Any:
    """Return the policy that a file's bytes state; every problem is refused, with the first one's words."""
    import yaml

    from trustlab.checks.policy import load_policy

    if content is None:
        return load_policy(None)
    try:
        return load_policy(yaml.safe_load(content.decode()) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"amend: {path.name} must be valid YAML; {error}") from None


def _write(path: Path, text: str, seen: bytes | None) -> None:
    import os
    import tempfile
    from pathlib import Path

    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        raise InputError(f"amend: file must be one that can be written; {path}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(path.stat().st_mode & 0o777 if seen is not None else 0o644)
        if _content(path) != seen:
            raise ConflictError(f"amend: {path.name} changed while it was being changed", hint="Read it again")
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _told(before: dict[str, Any], after: dict[str, Any]) -> str:
    parts = [
        f"{key} {_word(after.get(key))}, was {_word(before.get(key))}"
        for key in ("warn", "fail", "source", "owner", "reason", "ask")
        if before.get(key) != after.get(key)
    ]
    return "; ".join(parts) or "nothing changed"


def _word(value: Any) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
