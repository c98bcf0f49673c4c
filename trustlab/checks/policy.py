"""Reading a policy: which checks an audit asks, with which limits, and which of them block promotion."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.checks.entries import mapping_of, only_known, rule_of, text_of, waiver_of
from trustlab.checks.rules import SCHEMA, Policy, Rule, Waiver, covers
from trustlab.core import registry
from trustlab.core.errors import InputError, NotFoundError, TrustlabError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Policy", "Rule", "Waiver", "covers", "known_checks", "load_policy", "read_policy"]

POLICY_KEYS = ("schema", "name", "owner", "only", "skip", "blocks", "baseline", "checks", "waivers")


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
    policy, problems = read_policy(given, path)
    if problems:
        raise problems[0]
    return policy


def read_policy(given: Any, path: Path | None = None) -> tuple[Policy, list[TrustlabError]]:
    """Return what of a policy can be read, and every problem: one for each entry at most.

    Parameters
    ----------
    given, path
        As for `load_policy`.

    Raises
    ------
    InputError, NotFoundError
        Where there is nothing to read.
    """
    if isinstance(given, str | Path):
        given = _read(path or Path(given))
    if not isinstance(given, dict):
        raise InputError(f"a policy must be a mapping of keys; got {type(given).__name__}")
    problems: list[TrustlabError] = []
    fields: dict[str, Any] = {"name": "unnamed"}
    for key in given:
        with _noting(problems):
            only_known({key: None}, POLICY_KEYS, "policy")
    with _noting(problems):
        if given.get("schema", SCHEMA) != SCHEMA:
            raise UsageError(f"policy: schema must be {SCHEMA}; got {given['schema']!r}")
    with _noting(problems):
        fields["name"] = str(given.get("name", "unnamed"))
        fields["owner"] = text_of(given.get("owner"), "policy: owner")
    for key in ("only", "skip", "blocks"):
        with _noting(problems):
            fields[key] = known_checks(given.get(key), f"policy: {key}")
    rules = _rules(given, problems)
    with _noting(problems):
        fields["baseline"] = _baseline(given.get("baseline"), rules)
    return Policy(**fields, rules=rules, waivers=_waivers(given, rules, problems)), problems


@contextmanager
def _noting(problems: list[TrustlabError]) -> Iterator[None]:
    try:
        yield
    except TrustlabError as error:
        problems.append(error)


def _rules(given: Mapping[str, Any], problems: list[TrustlabError]) -> dict[str, Rule]:
    known, rules = registry.of_kind("check"), {}
    entries: dict[str, Any] = {}
    with _noting(problems):
        entries = mapping_of(given.get("checks"), "policy: checks")
    for name, entry in entries.items():
        with _noting(problems):
            if name not in known:
                raise UsageError(f"policy: no check is called {name!r}.{did_you_mean(name, known)}")
            rules[name] = rule_of(known[name], mapping_of(entry, f"policy: {name}"))
    return rules


def _baseline(given: Any, rules: Mapping[str, Rule]) -> str | None:
    baseline = text_of(given, "policy: baseline")
    compared = [name for name, rule in rules.items() if rule.no_worse_than is not None]
    if compared and baseline is None:
        raise UsageError(
            f"policy: baseline must name the audit that {compared[0]} may be no worse than; got none",
            hint="baseline: MODEL@champion, or a JSON file of an audit",
        )
    if baseline is not None and not compared:
        raise UsageError(
            "policy: baseline must be used by a check; none says no_worse_than",
            hint="checks: {performance.metrics: {no_worse_than: 0.02}}",
        )
    return baseline


def _waivers(given: Mapping[str, Any], rules: Mapping[str, Rule], problems: list[TrustlabError]) -> list[Waiver]:
    listed = [] if given.get("waivers") is None else given["waivers"]
    waivers = []
    with _noting(problems):
        if not isinstance(listed, list):
            raise InputError(f"policy: waivers must be a list; got {type(listed).__name__}")
        for place, entry in enumerate(listed, 1):
            with _noting(problems):
                waivers.append(waiver_of(mapping_of(entry, f"policy: waiver {place}"), rules, place))
    return waivers


def _read(path: Path) -> Any:
    import yaml

    if not path.is_file():
        raise NotFoundError(
            f"policy: no such file: {path}", hint="Start from the default: trust policy --write policy.yaml"
        )
    try:
        text = path.read_text(encoding="utf-8")
        _refuse_twice(yaml.compose(text, Loader=yaml.SafeLoader), path)
        return yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"policy {path} must be valid YAML: {error}") from None


def _refuse_twice(node: Any, path: Path, met: set[int] | None = None) -> None:
    """Raise where a mapping holds a key twice: YAML's reader would take the last and say nothing."""
    met = set() if met is None else met
    if id(node) in met:  # an alias, which may lead back to itself
        return
    met.add(id(node))
    children = node.value if hasattr(node, "value") and isinstance(node.value, list) else []
    seen: dict[str, int] = {}
    for child in children:
        if not isinstance(child, tuple):
            _refuse_twice(child, path, met)
            continue
        key, value = child
        line = key.start_mark.line + 1
        if str(key.value) in seen:
            raise InputError(
                f"policy {path}: {key.value!r} must stand once; it stands in lines {seen[str(key.value)]} and {line}"
            )
        seen[str(key.value)] = line
        _refuse_twice(value, path, met)
