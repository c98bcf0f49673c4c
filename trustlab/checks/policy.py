"""The policy: which checks an audit asks, with which limits, and which of them block promotion."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core import registry
from trustlab.core.errors import InputError, NotFoundError, UsageError, did_you_mean
from trustlab.core.result import Threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trustlab.core.operation import Operation

SCHEMA = 1
POLICY_KEYS = ("schema", "name", "owner", "only", "skip", "blocks", "checks")
CHECK_KEYS = ("warn", "fail", "source", "owner", "reason", "parameters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One check's entry in a policy.

    Parameters
    ----------
    threshold : Threshold or None
        The limits; the check's own where None.
    parameters : mapping
        The check's own parameters, where they differ from its defaults.
    """

    threshold: Threshold | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an audit asks and where it stops.

    Parameters
    ----------
    name, owner : str
        Who answers for the limits.
    only, skip : sequence of str
        Ids or families; an empty ``only`` asks every check.
    blocks : sequence of str
        Ids or families whose fail blocks promotion; empty for all.
    rules : mapping of str to Rule
        By check id.
    """

    name: str = "default"
    owner: str | None = None
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    blocks: Sequence[str] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def rule(self, check: str) -> Rule:
        """Return the rule of a check."""
        return self.rules.get(check, Rule())

    def asks(self, check: str) -> bool:
        """Return whether an audit by this policy asks ``check``."""
        return (not self.only or covers(self.only, check)) and not covers(self.skip, check)

    def blocking(self, check: str) -> bool:
        """Return whether a fail of ``check`` blocks promotion."""
        return not self.blocks or covers(self.blocks, check)

    def limits_digest(self) -> str:
        """Return a hash of the limits and parameters of every check: equal for policies that judge alike."""
        import hashlib
        import json

        text = json.dumps(self.to_dict()["checks"], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the policy with every check's limits as JSON data, the form that `load_policy` reads."""
        checks = {}
        for name, record in registry.of_kind("check").items():
            limits = self.rule(name).threshold or record.threshold or Threshold(None, None, "shown, not judged")
            checks[name] = {**limits.to_dict(), "parameters": dict(self.rule(name).parameters)}
        return {
            "schema": SCHEMA,
            "name": self.name,
            "owner": self.owner,
            "only": list(self.only),
            "skip": list(self.skip),
            "blocks": list(self.blocks),
            "checks": checks,
        }


def covers(names: Iterable[str], check: str) -> bool:
    """Return whether ``names`` (ids or families) include ``check``."""
    return any(name in (check, check.split(".")[0]) for name in names)


def known_checks(names: Sequence[str] | None, what: str) -> tuple[str, ...]:
    """Return ``names`` where each is a check's id or a family; UsageError with the nearest otherwise."""
    checks = registry.of_kind("check")
    options = [*checks, *dict.fromkeys(name.split(".")[0] for name in checks)]
    if names is not None and not isinstance(names, list | tuple):
        raise UsageError(f"{what} must be a list of checks or families; got {names!r}")
    for name in names or ():
        if name not in options:
            raise UsageError(
                f"{what} must name checks or families; got {name!r}.{did_you_mean(name, options)}",
                hint="List them with: trust operations",
            )
    return tuple(names or ())


def load_policy(given: Any, path: Path | None = None) -> Policy:
    """Return the policy that ``given`` states.

    Parameters
    ----------
    given : None, Policy, mapping, str or pathlib.Path
        None is the default policy: every check with its own cited limits. A text or a path names a file.
    path : pathlib.Path or None
        The file, where ``given`` is a text that is not taken from the current folder.

    Raises
    ------
    UsageError
        For unknown keys, with the nearest known one.
    InputError
        Where the file is no YAML mapping.
    """
    if given is None:
        return Policy()
    if isinstance(given, Policy):
        return given
    if isinstance(given, str | Path):
        given = _read(path or Path(given))
    if not isinstance(given, dict):
        raise InputError(f"a policy must be a mapping of keys; got {type(given).__name__}")
    _only_known(given, POLICY_KEYS, "policy")
    if given.get("schema", SCHEMA) != SCHEMA:
        raise UsageError(f"policy: schema must be {SCHEMA}; got {given['schema']!r}")
    known = registry.of_kind("check")
    rules = {}
    for name, entry in _mapping(given.get("checks"), "policy: checks").items():
        if name not in known:
            raise UsageError(f"policy: no check is called {name!r}.{did_you_mean(name, known)}")
        rules[name] = _rule(known[name], _mapping(entry, f"policy: {name}"))
    return Policy(
        name=str(given.get("name", "unnamed")),
        owner=given.get("owner"),
        only=known_checks(given.get("only"), "policy: only"),
        skip=known_checks(given.get("skip"), "policy: skip"),
        blocks=known_checks(given.get("blocks"), "policy: blocks"),
        rules=rules,
    )


def _read(path: Path) -> Any:
    import yaml

    if not path.is_file():
        raise NotFoundError(
            f"policy: no such file: {path}", hint="Start from the default: trust policy --write policy.yaml"
        )
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"policy {path} must be valid YAML: {error}") from None


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"{what} must be a mapping; got {type(value).__name__}")
    return value


def _only_known(given: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for key in given:
        if key not in known:
            raise UsageError(f"{what}: no key is called {key!r}.{did_you_mean(key, known)}")


def _rule(record: Operation, entry: Mapping[str, Any]) -> Rule:
    what = f"policy: {record.id}"
    _only_known(entry, CHECK_KEYS, what)
    parameters = _mapping(entry.get("parameters"), f"{what}: parameters")
    own = {parameter.name: parameter for parameter in record.own}
    _only_known(parameters, list(own), f"{what}: parameters")
    checked = {name: own[name].check(value, record.id) for name, value in parameters.items()}
    said = [key for key in entry if key != "parameters" and entry[key] is not None]
    if not said and not {"warn", "fail"} & set(entry):
        return Rule(parameters=checked)
    return Rule(threshold=_threshold(record, entry, what), parameters=checked)


def _threshold(record: Operation, entry: Mapping[str, Any], what: str) -> Threshold:
    """Return the limits of an entry; a side that it leaves out keeps the check's own, null takes it away."""
    own = record.threshold or Threshold(None, None, "none")
    warn, fail = (_limit(entry.get(side, getattr(own, side)), f"{what}: {side}") for side in ("warn", "fail"))
    if warn is not None and fail is not None and (warn > fail if record.better == "lower" else warn < fail):
        raise UsageError(
            f"{what}: warn must be reached before fail, and {record.better} is better here; got warn {warn:g} and "
            f"fail {fail:g}",
            hint="A side that the policy leaves out keeps the check's own limit; null takes it away",
        )
    source = entry.get("source") or entry.get("reason")
    if source is None and (warn, fail) == (own.warn, own.fail):
        source = own.source
    elif source is None:
        source = f"this policy's own limit (the check's: warn {_word(own.warn)}, fail {_word(own.fail)})"
    return Threshold(warn, fail, str(source))


def _limit(value: Any, what: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"{what} must be a number; got {value!r}")
    return value


def _word(limit: float | None) -> str:
    return "none" if limit is None else f"{limit:g}"
