"""The words, icons, colours and number forms that every renderer uses: one verdict reads the same everywhere."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from trustlab.core.result import SEVERITY, Status
from trustlab.core.views import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustlab.core.result import Document, Result, Threshold
    from trustlab.core.views import View

ICON: dict[Status, str] = {
    Status.PASS: "✓",
    Status.WARN: "!",
    Status.FAIL: "✕",
    Status.NOT_APPLICABLE: "–",  # noqa: RUF001 - the dash is the icon
    Status.SKIPPED: "○",
    Status.ERROR: "⚠",
}

WORD: dict[Status, str] = {
    Status.PASS: "passed",
    Status.WARN: "warned",
    Status.FAIL: "failed",
    Status.NOT_APPLICABLE: "not applicable",
    Status.SKIPPED: "not looked",
    Status.ERROR: "could not run",
}

# Okabe and Ito (2008), "Color Universal Design": eight colours that colour-blind readers can tell apart. Each carries
# black text at 4.5 to 1 or better, so a badge reads the same on a light page, a dark page and paper.
COLOUR: dict[Status, str] = {
    Status.PASS: "#009E73",
    Status.WARN: "#E69F00",
    Status.FAIL: "#D55E00",
    Status.NOT_APPLICABLE: "#999999",
    Status.SKIPPED: "#56B4E9",
    Status.ERROR: "#CC79A7",
}

SERIES_COLOURS: tuple[str, ...] = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

# Units that a reader gains nothing from: the sentence already says what the number is.
_SILENT_UNITS = frozenset({"", "share", "ratio", "probability", "proportion", "fraction", "1"})

# What is judged, and how each verdict about it begins; every other operation is named by its title.
_OPENINGS: dict[str, dict[Status, str]] = {
    "audit": {
        Status.FAIL: "This model should not be used yet",
        Status.ERROR: "This model cannot be judged yet",
        Status.WARN: "This model should be used with care",
        Status.PASS: "Nothing here speaks against using this model",
        Status.SKIPPED: "This model was not looked at",
        Status.NOT_APPLICABLE: "This model could not be looked at",
    },
    "drift": {
        Status.FAIL: "The data have changed",
        Status.ERROR: "Whether the data have changed is not known",
        Status.WARN: "The data may have changed",
        Status.PASS: "No change was found in the data",
        Status.SKIPPED: "The data were not compared",
        Status.NOT_APPLICABLE: "The data could not be compared",
    },
}


_MOMENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d:\d\d)(\.\d+)?(?P<zone>Z|[+-]\d\d:\d\d)?")


def visible(text: object, *, lines: bool = False) -> str:
    """Return ``text`` with control characters, direction overrides and lone surrogates spelled out.

    They could move a terminal's cursor, reorder a line or make a file unreadable; a name is only ever text.

    Parameters
    ----------
    text : object
        Anything; its ``str`` is taken.
    lines : bool
        Keep line breaks and tabs.
    """
    kept = "\n\t" if lines else ""
    return "".join(char if char in kept or _harmless(char) else _spelled(char) for char in str(text))


def _harmless(char: str) -> bool:
    if char.isascii():
        return char.isprintable()
    turns = "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"
    # U+FFFE and its kin are in no XML, so a picture that holds one would not open.
    return not turns and ord(char) & 0xFFFE != 0xFFFE and unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}


def _spelled(char: str) -> str:
    return " " if char in "\n\t\r" else f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"


def short(text: object, width: int) -> str:
    """Return ``text`` on one line, cut to ``width`` characters with an ellipsis."""
    # Spelling out never shortens, so what lies beyond the width need not be read.
    line = visible(str(text)[: width + 1])
    return line if len(line) <= width else line[: max(width - 1, 0)].rstrip() + "…"


def spelled(count: int) -> str:
    """Return a count in words up to ninety-nine, in digits beyond."""
    if count < len(_SMALL):
        return _SMALL[count]
    if count < 20:
        return _TEENS[count - 13]
    if count < 100:
        ten, one = divmod(count, 10)
        return _TENS[ten - 2] + (f"-{_SMALL[one]}" if one else "")
    return number(count)


def number(value: Any, decimals: int | None = None) -> str:
    """Return a number for a reader: ``2,454``, ``0.12``, ``0.041``, ``1.3e-07``; an en dash where there is none.

    Parameters
    ----------
    value : int, float or None
        NaN and infinities count as none.
    decimals : int or None
        How many; by the number's own size (two significant digits at least) where None.
    """
    plain = clean(value)
    if plain is None:
        return ICON[Status.NOT_APPLICABLE]
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, int):
        return f"{plain:,}"
    if not isinstance(plain, float):
        return visible(plain)
    if plain == 0 and decimals is None:
        return "0"
    if plain and (abs(plain) < 1e-4 or abs(plain) >= 1e15):
        return f"{plain:.1e}"
    text = f"{plain:,.{_decimals(plain) if decimals is None else decimals}f}"
    return text.lstrip("-") if not float(text.replace(",", "")) else text


def exact(value: float) -> str:
    """Return a number that someone chose, such as a limit or a tick: as chosen, no zeros added."""
    return f"{value:,.0f}" if abs(value) >= 1e6 and abs(value) < 1e15 else f"{value:,.6g}"


def _decimals(value: float) -> int:
    size = abs(value)
    if size >= 1000:
        return 0
    if size >= 100:
        return 1
    if size >= 0.1 or not size:
        return 2
    return min(1 - math.floor(math.log10(size)), 6)


def column_decimals(cells: Iterable[Any]) -> int | None:
    """Return the decimals at which a column of numbers lines up, four at most; None where it has no fractions."""
    fractions = [cell for cell in cells if isinstance(cell, float) and not cell.is_integer() and abs(cell) >= 1e-4]
    return min(max(map(_decimals, fractions)), 4) if fractions else None


def _shared_decimals(value: float, low: float, high: float) -> int:
    """Enough decimals that the two ends of an interval do not read alike."""
    decimals = _decimals(value or max(abs(low), abs(high)))
    while low != high and decimals < 6 and round(low, decimals) == round(high, decimals):
        decimals += 1
    return decimals


def between(value: Any, low: Any, high: Any, n: Any = None, decimals: int | None = None) -> str:
    """Return a number with its uncertainty: ``0.12 (0.09 to 0.15, n 2,454)``.

    Parameters
    ----------
    value, low, high : float or None
        The estimate and its interval; what is None is left out.
    n : int or None
        The rows it rests on.
    decimals : int or None
        How many; by the numbers' own size where None.
    """
    bounds = (clean(low), clean(high))
    plain = clean(value)
    inside = []
    if None not in bounds and isinstance(plain, int | float):
        decimals = _shared_decimals(float(plain), *map(float, bounds)) if decimals is None else decimals
        text = number(float(plain), decimals)
        inside.append(" to ".join(number(float(bound), decimals) for bound in bounds))
    else:
        text = number(plain, decimals)
    if n is not None:
        inside.append(f"n {number(n)}")
    return f"{text} ({', '.join(inside)})" if inside else text


def with_unit(text: str, unit: str | None) -> str:
    """Return ``text`` followed by its unit, unless the unit says nothing."""
    if unit is None or unit in _SILENT_UNITS:
        return text
    return f"{text}%" if unit == "%" else f"{text} {short(unit, 24)}"


def headline(result: Result) -> str:
    """Return a result's number with interval, n and unit, or an empty string where it has none."""
    if clean(result.value) is None:
        return ""
    low, high = result.interval or (None, None)
    return with_unit(between(result.value, low, high, result.n), result.unit)


def p_text(p_value: float | None) -> str:
    """Return ``p 0.03`` or ``p < 0.001``; an empty string where there is none."""
    plain = clean(p_value)
    if plain is None:
        return ""
    return "p < 0.001" if plain < 0.001 else f"p {number(float(plain), 3 if plain < 0.1 else 2)}"


def levels(threshold: Threshold | None) -> str:
    """Return the limits alone: ``warns at 0.1, fails at 0.2``; a single number where both are one."""
    if threshold is None:
        return ""
    if threshold.warn is not None and threshold.warn == threshold.fail:
        return f"limit {exact(threshold.fail)}"
    pairs = (("warns", threshold.warn), ("fails", threshold.fail))
    return ", ".join(f"{verb} at {exact(limit)}" for verb, limit in pairs if limit is not None)


def limits(threshold: Threshold | None) -> str:
    """Return the limits with who set them: ``warns at 0.1, fails at 0.2 (source)``."""
    if threshold is None:
        return ""
    said = levels(threshold)
    source = visible(threshold.source)
    return f"{said} ({source})" if said and source else said or source


def subject(document: Document) -> str:
    """Return what a document is about: its summary, or its title where that is only the one finding's sentence."""
    own = document.results[0].reason if len(document.results) == 1 else None
    return visible(document.title or document.operation if document.summary in (None, "", own) else document.summary)


def of(result: Result) -> Status:
    """Return a result's status; one that nobody set is an error, never fine."""
    return Status(result.status) if result.status else Status.ERROR


def sentence(result: Result) -> str:
    """Return what a result says: its reason, after its title where the check did not run."""
    title, reason = visible(result.title or result.id), visible(result.reason or "")
    status = of(result)
    if status in {Status.NOT_APPLICABLE, Status.SKIPPED, Status.ERROR}:
        colon = "" if title.endswith("?") else ":"
        return f"{title}{colon} {WORD[status]}" + (f", {reason}" if reason else "")
    return reason or title


def verdict(document: Document) -> str:
    """Return the verdict line: ``✕ 2 failed · 3 warned · 24 passed · 4 not applicable``."""
    counts = document.counts()
    parts = [f"{number(counts[status])} {WORD[status]}" for status in SEVERITY if counts[status]]
    if bare := sum(of(result) == Status.PASS and not result.is_judged for result in document.results):
        passed = f"{number(counts[Status.PASS])} {WORD[Status.PASS]}"
        parts[parts.index(passed)] = f"{passed}, {number(bare)} of them with no limit to fail"
    held = len(waived(document))
    if held and parts:
        parts[0] += f" ({number(held)} waived)"
    unset = len(document.results) - sum(counts.values())
    if unset:
        parts.append(f"{number(unset)} without a status")
    if not parts:
        parts = ["done" if document.status == Status.PASS else WORD[document.status]]
    return f"{ICON[document.status]} {' · '.join(parts)}"


def waived(document: Document) -> dict[str, str]:
    """Return the checks whose fail is covered by waivers, each with the first day on which one of them ends."""
    listed = document.payload.get("waivers")
    ends: dict[str, list[str]] = {}
    for one in listed if isinstance(listed, list | tuple) else ():
        if one.get("state") == "in force":
            ends.setdefault(str(one["check"]), []).append(str(one["until"]))
    stopped = document.payload.get("blocked_by") or ()
    return {check: min(days) for check, days in ends.items() if check not in stopped}


def opening(document: Document) -> str:
    """Return the verdict as one plain sentence: who reads nothing else still knows.

    "This model should not be used yet: two of thirty-three checks failed."
    """
    status, total = document.status, len(document.results)
    # A parameterised id such as "audit" is also the first word of "audit.diff"; both speak of the same thing.
    words = _OPENINGS.get(document.operation.split(".")[0]) if total else None
    title = short(document.title or document.operation, 200)
    if not total:
        said = visible(document.summary) if document.summary else f"{title}: {verdict(document)[2:]}."
        return said if said.endswith((".", "!", "?")) else f"{said}."
    failing = {result.id for result in document.results if of(result) in {Status.FAIL, Status.ERROR}}
    held = waived(document)
    if failing and failing <= set(held):
        them = "it" if len(failing) == 1 else "them"
        until = min(held[check] for check in failing)
        leave = "This model may be used only by leave" if document.operation == "audit" else title
        return f"{leave}: {_tally(document)}, and someone answers for {them} until {until}."
    return f"{words[status] if words else title}: {_tally(document)}."


def _tally(document: Document) -> str:
    status, total, counts = document.status, len(document.results), document.counts()
    noun = "check" if total == 1 else "checks"
    count = counts[status]
    if status != Status.PASS:
        verb = {
            Status.NOT_APPLICABLE: "does not apply" if count == 1 else "do not apply",
            Status.SKIPPED: "was not looked at" if count == 1 else "were not looked at",
        }.get(status, WORD[status])
        return f"{spelled(count)} of {spelled(total)} {noun} {verb}"
    rest = total - count
    if not rest:
        return "the one check passed" if total == 1 else f"all {spelled(total)} checks passed"
    left = "could not be made" if rest == 1 else "could not be made or were left out"
    return f"{spelled(count)} of {spelled(total)} {noun} passed, {spelled(rest)} {left}"


def meaning(result: Result) -> str:
    """Return what the status says about the number, as far as the limits and the interval carry it."""
    status = of(result)
    fixed = {
        Status.ERROR: "This could not be computed. That is not a pass.",
        Status.SKIPPED: "Nobody looked at this. That is not a pass.",
        Status.NOT_APPLICABLE: "The question does not arise here, which is neither good nor bad.",
    }
    if status in fixed:
        return fixed[status]
    value, ends = clean(result.value), clean(result.interval)
    both = () if result.threshold is None else (result.threshold.warn, result.threshold.fail)
    known = [limit for limit in both if limit is not None]
    if value is None:
        return ""
    if not known:
        return "" if result.threshold is None else "No limit is set for this number: it is shown, not judged."
    known = list(dict.fromkeys(known))
    said = " and ".join(exact(limit) for limit in known)
    limits_said = f"the {'limit' if len(known) == 1 else 'limits'} {said}"
    if status == Status.PASS:
        return f"The number keeps within {limits_said}."
    bounded = ends is not None and None not in ends
    if bounded and min(ends) <= known[0] <= max(ends):
        return f"The number is beyond {exact(known[0])}, but its interval reaches that limit: it could be noise."
    if status == Status.FAIL and bounded:
        return f"The number and its whole interval are beyond {exact(known[0])}: chance alone does not explain it."
    if status == Status.WARN and len(known) == 2:
        return f"The number is beyond {exact(known[0])}, where attention begins; it fails beyond {exact(known[1])}."
    return f"The number is beyond {limits_said}." if len(known) == 1 else f"The number is beyond {exact(known[-1])}."


def moment(text: str) -> str:
    """Return a time as machines write it (``2026-11-02T06:00:03.120+00:00``) for a reader, or "" for other text."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return ""
    zone = "" if found["zone"] is None else " UTC" if found["zone"] in {"Z", "+00:00"} else f" {found['zone']}"
    return f"{found['day']} {found['time']}{zone}"


def view_title(view: View) -> str:
    """Return what stands above a view: its title, or its name in words."""
    return short(view.title, 300) if view.title else short(view.name.replace("_", " "), 300).capitalize()


def more_rows(count: int) -> str:
    """Return the line under a table that was cut."""
    return f"and {number(count)} more {'row' if count == 1 else 'rows'} in the JSON"


def seconds(document: Document) -> str:
    """Return how long the operation took (``41 s``), or an empty string where nobody timed it."""
    taken = document.provenance.get("seconds")
    return f"{number(float(taken), 0 if taken >= 10 else 1)} s" if isinstance(taken, int | float) else ""
