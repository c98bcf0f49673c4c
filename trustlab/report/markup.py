"""Elements built as values: every text and attribute is escaped where it is put, so none can become markup."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from trustlab.report.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

VOID = frozenset({"meta", "img", "br", "input", "col", "rect", "line", "circle", "path", "polyline", "polygon"})


class Markup(str):
    """Text that already is markup; only ``el``, ``join`` and constants of this package make it."""

    __slots__ = ()


def el(tag: str, *children: Markup | str | float | None, **attributes: str | float | bool | None) -> Markup:
    """Return one element.

    Parameters
    ----------
    tag : str
        The element's name, a literal.
    *children : Markup, str, number or None
        Markup stays, text and numbers are escaped, None is nothing.
    **attributes : str, number, bool or None
        By name, with ``_`` for ``-`` and a leading ``_`` dropped (``_class``); True is a bare attribute, None and
        False leave it out.
    """
    said = "".join(_attribute(name, value) for name, value in attributes.items())
    inside = "".join(text(child) for child in children)
    if tag in VOID and not inside:
        return Markup(f"<{tag}{said}/>")
    return Markup(f"<{tag}{said}>{inside}</{tag}>")


def join(parts: Iterable[Markup | str | None], between: str = "") -> Markup:
    """Return the parts one after the other, those that are text escaped."""
    return Markup(between.join(text(part) for part in parts))


def text(child: Markup | str | float | None) -> str:
    """Return a child as markup."""
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, float):
        return f"{child:.6g}"
    return escape(visible(child, lines=True))


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = name.lstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    if isinstance(value, int | float):
        return f' {name}="{round(value, 2):g}"'
    return f' {name}="{escape(visible(value))}"'
