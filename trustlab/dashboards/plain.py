"""Findings for who knows no machine learning: measures under everyday names, figures left to the margin."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.views import Series
from trustlab.report import words
from trustlab.report.markup import Markup, el
from trustlab.report.parts import caption

if TYPE_CHECKING:
    from trustlab.core.result import Result
    from trustlab.core.views import View
    from trustlab.report.parts import Medium

# The names by which specialists call what happens to people. Longer ones first: they hold the shorter.
EVERYDAY: tuple[tuple[str, str], ...] = (
    ("true and false positive rates", "rightly and wrongly told yes,"),
    ("false positives and false negatives", "wrongly told yes and wrongly told no,"),
    ("false positive rate", "share wrongly told yes"),
    ("false negative rate", "share wrongly told no"),
    ("true positive rate", "share rightly told yes"),
    ("true negative rate", "share rightly told no"),
    ("selection_rate", "told yes"),
    ("base_rate", "truly yes"),
    ("roc auc", "skill at telling yes from no"),
    ("positive labels", "true yes"),
    ("residual", "how far off"),
    ("fpr", "wrongly told yes"),
    ("fnr", "wrongly told no"),
    ("tpr", "rightly told yes"),
    ("tnr", "rightly told no"),
    ("ppv", "yes that is right"),
    ("npv", "no that is right"),
)
_KNOWN = re.compile(rf"(?<![A-Za-z])({'|'.join(re.escape(name) for name, _ in EVERYDAY)})(?![A-Za-z])", re.IGNORECASE)
# Only brackets after a blank: "f(1)" may be the name of a column.
_FIGURES = re.compile(r"\s+\([^()]*\)")


def everyday(text: str) -> str:
    """Return a text with the measures in it under everyday names."""

    def put(found: re.Match[str]) -> str:
        said = dict(EVERYDAY)[found[0].lower()]
        return said[0].upper() + said[1:] if found[0][0].isupper() and not found[0].isupper() else said

    return _KNOWN.sub(put, text)


def told(result: Result) -> str:
    """Return a finding's own sentence without the figures in brackets, which stand in the margin."""
    return everyday(_FIGURES.sub("", result.reason or ""))


def figure(result: Result, medium: Medium) -> Markup | None:
    """Return the first picture that a finding has, its measures under everyday names; None where it has none."""
    for view in result.views[: medium.limits.views]:
        named = _named(view)
        if drawn := medium.draw(named):
            title = el("p", el("b", medium.cut(words.view_title(named))))
            return el("figure", title, drawn, caption(named, medium))
    drawn = medium.draw(result)
    return el("figure", drawn) if drawn else None


def _named(view: View) -> View:
    changes: dict[str, Any] = {
        "title": everyday(words.view_title(view)),
        "caption": everyday(view.caption) if view.caption else None,
    }
    if isinstance(view, Series):
        # Only what is measured has a specialists' name; columns of the data keep theirs.
        put = {name: everyday(name) for name in view.y}
        ends = {f"{name}{end}": f"{said}{end}" for name, said in put.items() for end in ("_lo", "_hi")}
        put = {**put, **ends} if len(set(put.values())) == len(put) else {}
        changes |= {
            "columns": [put.get(name, name) for name in view.columns],
            "units": {put.get(name, name): unit for name, unit in view.units.items()},
            "y": [put.get(name, name) for name in view.y],
            "reference": {everyday(name): level for name, level in view.reference.items()},
        }
    return replace(view, **changes)
