"""Candidates on the same rows: paired tests against one of them, ranks with ties, and who is on the front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from trustlab.checks.measures import Answers, Measure
    from trustlab.stats.influence import PairedTest, Pull


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One candidate against the reference by one measure.

    Parameters
    ----------
    own, other : float
        The candidate's number and the reference's.
    found : PairedTest
        Their difference; the interval holds together with those of the other candidates for this measure.
    adjusted : float
        The p-value by Holm over all contests.
    verdict : {'better', 'worse', 'could be noise', 'the same'}
    """

    candidate: str
    measure: Measure
    own: float
    other: float
    found: PairedTest
    adjusted: float
    verdict: str


class Bench:
    """Paired tests of named answers, in which every number is computed once.

    Parameters
    ----------
    answers : mapping of str to Answers
        On the same rows.
    rng : numpy.random.Generator
        For the measures that are bootstrapped.
    """

    def __init__(self, answers: Mapping[str, Answers], rng: np.random.Generator) -> None:
        self.answers = answers
        self._rng = rng
        self._pulls: dict[tuple[str, str], Pull] = {}

    def pull(self, name: str, measure: Measure) -> Pull | None:
        """Return one candidate's number with its pulls, where the measure has them."""
        if measure.pull is None:
            return None
        key = (name, measure.name)
        if key not in self._pulls:
            self._pulls[key] = measure.pull(self.answers[name])
        return self._pulls[key]

    def value(self, name: str, measure: Measure) -> float:
        """Return one candidate's number."""
        pull = self.pull(name, measure)
        return measure.value(self.answers[name]) if pull is None else pull.value

    def test(self, one: str, two: str, measure: Measure, level: float) -> PairedTest:
        """Return the first candidate's number less the second's."""
        from trustlab.stats.influence import compare

        first, second = self.pull(one, measure), self.pull(two, measure)
        if first is None or second is None or measure.name == "accuracy":  # McNemar's test is exact
            return measure.compare(self.answers[one], self.answers[two], self._rng, level)
        return compare(first, second, level)


def against(bench: Bench, reference: str, measures: Sequence[Measure], level: float) -> list[Contest]:
    """Return every candidate's contests with the reference; false alarms over all of them are held at 1 - level.

    References
    ----------
    Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
    """
    from trustlab.stats.disparity import shared_level
    from trustlab.stats.multiplicity import holm

    others = [name for name in bench.answers if name != reference]
    shared = shared_level(level, max(len(others), 1))
    asked = [(measure, name) for measure in measures for name in others]
    tests = [bench.test(name, reference, measure, shared) for measure, name in asked]
    adjusted = holm([test.p_value for test in tests]).tolist()
    return [
        Contest(
            candidate=name,
            measure=measure,
            own=bench.value(name, measure),
            other=bench.value(reference, measure),
            found=test,
            adjusted=p_value,
            verdict=_verdict(test, p_value, measure, level),
        )
        for (measure, name), test, p_value in zip(asked, tests, adjusted, strict=True)
    ]


def ranks(bench: Bench, measure: Measure, level: float) -> dict[str, int]:
    """Return each candidate's rank: one more than the number of candidates that are surely better than it.

    Every pair is tested, Holm over the pairs. Candidates that nobody surely beats share the first rank; ties need not
    be transitive, and so a rank may be skipped.
    """
    import itertools

    from trustlab.stats.multiplicity import holm

    pairs = list(itertools.combinations(bench.answers, 2))
    tests = [bench.test(one, two, measure, level) for one, two in pairs]
    adjusted = holm([test.p_value for test in tests])
    found = dict.fromkeys(bench.answers, 1)
    for (one, two), test, p_value in zip(pairs, tests, adjusted.tolist(), strict=True):
        verdict = _verdict(test, p_value, measure, level)
        if verdict in {"better", "worse"}:
            found[two if verdict == "better" else one] += 1
    return found


def front(points: Mapping[str, tuple[float, float]]) -> set[str]:
    """Return the names that no other beats in one number without losing in the other; more is better in both."""
    return {
        name
        for name, (x, y) in points.items()
        if not any(u >= x and v >= y and (u, v) != (x, y) for u, v in points.values())
    }


def _verdict(test: PairedTest, p_value: float, measure: Measure, level: float) -> str:
    import numpy as np

    value = test.difference.value
    if np.isnan(p_value):
        return "not known"
    if p_value >= 1 - level:
        return "the same" if value == test.difference.lo == test.difference.hi == 0 else "could be noise"
    return "better" if (value > 0) == (measure.better == "higher") else "worse"
