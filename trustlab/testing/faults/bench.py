"""Plant every fault under some seeds, ask the check that is meant for it, and ask it about the clean twin too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trustlab.core.context import Context
    from trustlab.core.result import Result
    from trustlab.models.subject import Subject
    from trustlab.testing.faults.fault import Case, Fault

FLAGS = ("fail", "warn")
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

    from trustlab.core.context import Context
    from trustlab.testing.faults.twins import TWINS

    around = Context(seed=seed, progress=False, notice=lambda _sentence: None)
    twins: dict[str, tuple[Case, Subject]] = {}
    clean_answers: dict[str, Answer] = {}
    faulty, clean = {}, {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd rows are the purpose; libraries may say so
        for fault in faults:
            if fault.twin not in twins:
                case = TWINS[fault.twin](np.random.default_rng([seed, _number(fault.twin)]))
                twins[fault.twin] = case, case.subject(around)
            case, subject = twins[fault.twin]
            key = json.dumps([fault.twin, fault.check, dict(fault.parameters), str(fault.limits)])
            if key not in clean_answers:
                clean_answers[key] = _answer(fault, subject, around)
            clean[fault.name] = clean_answers[key]
            planted = fault.plant(case, np.random.default_rng([seed, _number(fault.name)]))
            faulty[fault.name] = _answer(fault, planted.subject(around), around)
    return Seed(faulty=faulty, clean=clean)


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
    missed = next((f"{one.status}: {one.reason}" for one in faulty if one.status not in FLAGS), None)
    return Line(
        fault=fault,
        seeds=len(found),
        flagged=sum(one.status in FLAGS for one in faulty),
        clean_failed=sum(one.status not in {"pass", "warn"} for one in clean),
        clean_warned=sum(one.status == "warn" for one in clean),
        value=_median(faulty),
        clean_value=_median(clean),
        missed=missed,
    )


def _median(answers: Sequence[Answer]) -> float | None:
    from statistics import median

    known = [one.value for one in answers if one.value is not None]
    return median(known) if known else None
