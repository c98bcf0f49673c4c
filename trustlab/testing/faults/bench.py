"""Plant every fault under some seeds, ask the check that is meant for it, and ask it about the clean twin too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np

    from trustlab.core.context import Context
    from trustlab.core.result import Result
    from trustlab.models.subject import Subject
    from trustlab.testing.faults.fault import Case, Fault

FLAGS = ("fail", "warn")
FAILS = ("fail", "error", "not_applicable")  # of a clean twin: a check that did not look is no witness
FOUND, FALSE = 0.95, 0.05  # of the seeds: flagged at least, clean twin failed at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a check said about one case."""

    status: str
    value: float | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What one seed brought: by fault, the answer about the faulty case and the one about its clean twin."""

    faulty: dict[str, Answer]
    clean: dict[str, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A fault's line of the table.

    Parameters
    ----------
    flagged, clean_failed, clean_warned : int
        Of ``seeds``.
    value, clean_value : float or None
        The median of the check's value on the faulty and on the clean case.
    missed : str or None
        What the check said where it first did not see the fault.
    """

    fault: Fault
    seeds: int
    flagged: int
    clean_failed: int
    clean_warned: int
    value: float | None
    clean_value: float | None
    missed: str | None

    @property
    def kept(self) -> bool:
        """Whether the check finds the fault and leaves the clean twin alone."""
        return self.flagged >= FOUND * self.seeds and self.clean_failed <= FALSE * self.seeds


def measure(faults: Sequence[Fault], seeds: int, context: Context) -> list[Line]:
    """Return a line per fault, from that many seeds."""
    found = [try_seed(faults, seed) for seed in context.track(range(seeds), "selftest")]
    return [_line(fault, found) for fault in faults]


def try_seed(faults: Iterable[Fault], seed: int) -> Seed:
    """Return what the checks say under one seed; each clean twin is made and predicted once."""
    import warnings

    import numpy as np

    from trustlab.models.threads import threads
    from trustlab.testing.faults.twins import TWINS

    around = _context(seed)
    clean_answers: dict[str, Answer] = {}
    faulty, clean = {}, {}
    with threads(few=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd rows are the purpose; libraries may say so
        for fault in faults:
            case, subject = _made(TWINS[fault.twin], fault.twin, seed)
            rng = np.random.default_rng([seed, _number(fault.name)])
            planted = fault.plant(case, rng)
            faulty[fault.name] = _answer(fault, planted.subject(around), around)
            key = json.dumps([fault.twin, fault.check, dict(fault.parameters), str(fault.limits)])
            if fault.harmless is not None:
                clean[fault.name] = _answer(fault, fault.harmless(case, rng).subject(around), around)
                continue
            if key not in clean_answers:
                clean_answers[key] = _answer(fault, subject, around)
            clean[fault.name] = clean_answers[key]
    return Seed(faulty=faulty, clean=clean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """How often one check failed, erred or warned on one clean case; ``reason`` is what it said first."""

    twin: str
    check: str
    seeds: int
    failed: int
    warned: int
    reason: str | None


def alarms(seeds: int, context: Context) -> list[Alarm]:
    """Ask every check that an audit asks about every clean case, and return what it said, the worst first."""
    from trustlab.testing.faults.twins import TWINS

    said: dict[tuple[str, str], list[Answer]] = {}
    for seed in context.track(range(seeds), "clean cases"):
        for twin in TWINS:
            for check, answer in ask_all(twin, seed).items():
                said.setdefault((twin, check), []).append(answer)
    found = []
    for (twin, check), answers in said.items():
        bad = [one for one in answers if one.status in {"fail", "error", "warn"}]
        warned = sum(one.status == "warn" for one in bad)
        reason = bad[0].reason if bad else None
        counts = {"seeds": len(answers), "failed": len(bad) - warned, "warned": warned}
        found.append(Alarm(twin=twin, check=check, reason=reason, **counts))
    return sorted(found, key=lambda one: (-one.failed, -one.warned))


def ask_all(twin: str, seed: int) -> dict[str, Answer]:
    """Return what each check that an audit asks by itself says about one clean case."""
    import warnings

    from trustlab.core import registry
    from trustlab.core.execute import evaluate
    from trustlab.models.threads import threads
    from trustlab.testing.faults.twins import TWINS

    around = _context(seed)
    answers = {}
    with threads(few=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libraries' own
        _, subject = _made(TWINS[twin], twin, seed)
        for check, record in registry.of_kind("check").items():
            if record.cost != "minutes":
                result = evaluate(record, dict.fromkeys(record.bundles, subject), around)
                answers[check] = Answer(status=str(result.status), value=_plain(result.value), reason=result.reason)
    return answers


def _context(seed: int) -> Context:
    from trustlab.core.context import Context

    return Context(seed=seed, progress=False, notice=lambda _sentence: None)


@lru_cache(maxsize=32)
def _made(make: Callable[[np.random.Generator], Case], twin: str, seed: int) -> tuple[Case, Subject]:
    """Return a clean case and its subject, made once for all its faults."""
    import numpy as np

    case = make(np.random.default_rng([seed, _number(twin)]))
    return case, case.subject(_context(seed))


def _number(name: str) -> int:
    import zlib

    return zlib.crc32(name.encode())


def _answer(fault: Fault, subject: Subject, context: Context) -> Answer:
    from trustlab.core import registry
    from trustlab.core.execute import evaluate

    record = registry.get(fault.check)
    bundles = dict.fromkeys(record.bundles, subject)
    result: Result = evaluate(record, bundles, context, parameters=fault.parameters, threshold=fault.limits)
    return Answer(status=str(result.status), value=_plain(result.value), reason=result.reason)


def _plain(value: Any) -> float | None:
    from trustlab.core.views import clean

    number = clean(value)
    return None if number is None else float(number)


def _line(fault: Fault, found: Sequence[Seed]) -> Line:
    faulty, clean = ([getattr(seed, side)[fault.name] for seed in found] for side in ("faulty", "clean"))
    flags = ("fail",) if fault.fails else FLAGS
    missed = next((f"{one.status}: {one.reason}" for one in faulty if one.status not in flags), None)
    return Line(
        fault=fault,
        seeds=len(found),
        flagged=sum(one.status in flags for one in faulty),
        clean_failed=sum(one.status in FAILS for one in clean),
        clean_warned=sum(one.status == "warn" for one in clean),
        value=_median(faulty),
        clean_value=_median(clean),
        missed=missed,
    )


def _median(answers: Sequence[Answer]) -> float | None:
    from statistics import median

    known = [one.value for one in answers if one.value is not None]
    return median(known) if known else None
