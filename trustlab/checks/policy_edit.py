"""A policy's text with one entry or waiver changed: its comments, its order and everything else stay as they are."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

STEP = "  "


def revision_of(content: bytes) -> str:
    """Return the name of a file's content: what somebody saw, to be compared with what is there now."""
    return hashlib.sha256(content).hexdigest()[:16]


def with_entry(text: str, check: str, said: Mapping[str, Any]) -> str:
    """Return the text of a policy in which the entry of ``check`` says ``said``.

    Parameters
    ----------
    text : str
        YAML that holds a mapping; an empty text is an empty policy.
    check : str
        The check's id.
    said : mapping
        Values by key; None is written as null.

    Raises
    ------
    InputError
        Where the text is written in a way that cannot be changed in place, such as an entry behind an alias.
    """
    import yaml

    wanted = yaml.safe_load(text) or {}
    if not isinstance(wanted, dict):
        raise InputError(f"a policy must be a mapping of keys; got {type(wanted).__name__}")
    changed = text
    for key in reversed(list(said)):  # each goes in front of the entry: backwards they stand in their order
        changed = _set(changed, ["checks", check, key], said[key])
    wanted["checks"] = {**(wanted.get("checks") or {})}
    wanted["checks"][check] = {**(wanted["checks"].get(check) or {}), **said}
    return _checked(changed, wanted, f"the entry of {check} can be changed")


def with_waiver(text: str, waiver: Mapping[str, Any]) -> str:
    """Return the text of a policy with one waiver more, in front of the others.

    Raises
    ------
    InputError
        Where the text is written in a way that cannot be changed in place.
    """
    import yaml

    wanted = yaml.safe_load(text) or {}
    wanted["waivers"] = [dict(waiver), *(wanted.get("waivers") or [])]
    node = _waivers_of(text)
    if node is None:
        space = "" if not text or text.endswith("\n") else "\n"
        changed = f"{text}{space}waivers:\n{_item(waiver, len(STEP))}"
    elif not isinstance(node, yaml.SequenceNode):
        changed = _replaced(text, node, f"\n{_item(waiver, len(STEP))}".rstrip("\n"))
    elif node.flow_style:
        at = node.start_mark.index + 1
        changed = f"{text[:at]}{_flow([], dict(waiver))}{', ' if node.value else ''}{text[at:]}"
    else:
        at, column = node.start_mark.index, node.start_mark.column
        changed = f"{text[:at]}{_item(waiver, column).lstrip()}{' ' * column}{text[at:]}"
    return _checked(changed, wanted, "the waivers can be changed")


def without_waiver(text: str, place: int) -> str:
    """Return the text of a policy without the waiver at a place, counted from 0.

    Raises
    ------
    InputError
        Where the text is written in a way that cannot be changed in place.
    """
    import yaml

    wanted = yaml.safe_load(text)
    del wanted["waivers"][place]
    node = _waivers_of(text)
    if node.flow_style:
        kept = [text[one.start_mark.index : one.end_mark.index] for at, one in enumerate(node.value) if at != place]
        changed = _replaced(text, node, f"[{', '.join(kept)}]")
    else:
        items = node.value
        begin = text.rindex("-", 0, items[place].start_mark.index)
        begin = text.rfind("\n", 0, begin) + 1
        last = _last(items[place])
        end = text.find("\n", last.end_mark.index)
        if last.end_mark.column == 0:  # a text of several lines ends where the next line begins
            end = last.end_mark.index - 1
        changed = text[:begin] + (text[end + 1 :] if end >= 0 else "")
        if not wanted["waivers"]:
            wanted["waivers"] = None
    return _checked(changed, wanted, "the waivers can be changed")


def _waivers_of(text: str) -> Any:
    import yaml

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return None if node is None else next((child for name, child in node.value if name.value == "waivers"), None)


def _last(node: Any) -> Any:
    """Return the scalar with which a node ends."""
    while isinstance(node.value, list):
        if not node.value:
            return node
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _item(values: Mapping[str, Any], column: int) -> str:
    """Return a mapping as an item of a list."""
    lines = [f"{key}: {_flow([], value)}\n" for key, value in values.items()]
    return f"{' ' * column}- " + f"{' ' * column}  ".join(lines)


def _checked(changed: str, wanted: Any, what: str) -> str:
    import yaml

    if yaml.safe_load(changed) != wanted:
        raise InputError(
            f"the policy must be written so that {what} in place; it is not",
            hint="Change it with an editor, then look at it: trust policy --check FILE",
        )
    return changed


def _set(text: str, path: list[str], value: Any) -> str:
    """Return the text with the scalar at ``path`` replaced, or added with whatever mapping above it is missing."""
    import yaml

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None:
        return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{_block(path, value, 0)}"
    for depth, key in enumerate(path):
        found = next((child for name, child in node.value if name.value == key), None)
        if found is None:
            return _added(text, node, path[depth:], value)
        if not isinstance(found, yaml.MappingNode):
            flow = _flow(path[depth + 1 :], value)
            return _replaced(text, found, flow if flow.startswith(("{", '"')) or found.value else f" {flow}")
        node = found
    return _replaced(text, node, _flow([], value))


def _replaced(text: str, node: Any, new: str) -> str:
    before, after = text[: node.start_mark.index], text[node.end_mark.index :]
    space = " " if before.endswith(":") and not new.startswith(" ") else ""
    return f"{before}{space}{new}{after}"


def _added(text: str, node: Any, path: list[str], value: Any) -> str:
    at = node.start_mark.index
    if node.flow_style:
        more = ", " if node.value else ""
        return f"{text[: at + 1]}{_flow(path, value)[1:-1]}{more}{text[at + 1 :]}"
    column = node.start_mark.column
    block = _block(path, value, column)
    if column == 0:  # at the top level what is new comes last
        return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{block}"
    return f"{text[:at]}{block.lstrip()}{' ' * column}{text[at:]}"


def _block(path: list[str], value: Any, column: int) -> str:
    lines = []
    for depth, key in enumerate(path):
        last = depth == len(path) - 1
        lines.append(f"{' ' * column}{STEP * depth}{_flow([], key)}:{f' {_flow([], value)}' if last else ''}\n")
    return "".join(lines)


def _flow(path: list[str], value: Any) -> str:
    """Return ``value`` below the keys of ``path``, on one line."""
    import json

    for key in reversed(path):
        value = {key: value}
    return _scalar(value) if not isinstance(value, dict) else json.dumps(value, ensure_ascii=False)


def _scalar(value: Any) -> str:
    """Return one value as YAML that may stand anywhere, also in braces: plain where it can, else as JSON writes it."""
    import json
    import re

    import yaml

    plain = isinstance(value, str) and re.fullmatch(r"[^\W\d_][\w .%/()-]*", value) and value == value.strip()
    if plain and yaml.safe_load(value) == value:
        return str(value)
    return json.dumps(value, ensure_ascii=False)
