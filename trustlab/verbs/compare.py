"""``trust compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Range
from trustlab.core.result import Outcome, Status
from trustlab.models.candidates import Candidates
from trustlab.models.subject import REASONS, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.checks.leaderboard import Board
    from trustlab.checks.measures import Measure
    from trustlab.checks.policy import Policy
    from trustlab.core.result import Result

ID = "compare"
ABOUT_A_MODEL = {"model", "predictions", "scores"}
NAMED = 3


@operation(
    "verb",
    "Comparison",
    cost="minutes",
    records=True,
    example={
        "candidates": ["decision", "score"],
        "data": "loans.csv",
        "target": "approved",
        "only": ["performance.metrics"],
    },
)
def compare(
    candidates: Candidates,
    policy: PathLike = None,
    only: Annotated[list[str] | None, Format("check")] = None,
    skip: Annotated[list[str] | None, Format("check")] = None,
    measure: str | None = None,
    reference: str | None = None,
    second: str | None = None,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Outcome:
    """Compare candidates on the same rows: a leaderboard over the policy, with paired tests and who could be tied.

    A candidate's rank is one more than the number of candidates that are surely better by the measure: candidates whose
    difference could be noise are tied. Those with a fail that the policy says blocks stand last.

    Parameters
    ----------
    candidates : Candidates
        The models or columns of predictions, and the rows.
    policy : path
        A YAML file of limits; the default policy where not given.
    only : list
        Ask only these checks or families; those about a model where not given.
    skip : list
        Leave out these checks or families.
    measure : str
        What ranks: accuracy, balanced_accuracy, roc_auc, average_precision, f1, macro_f1, matthews, log_loss, brier,
        r2, rmse, mae or ndcg. Where not given: roc_auc where all give probabilities for two classes, else
        balanced_accuracy, or r2; ndcg (at 10, over queries) for rankings.
    reference : str
        The candidate that the others are tested against; the first where not given.
    second : str
        The check whose number the picture sets against the measure; a fairness check where one has numbers for all.
    level : float
        Confidence level; false alarms over all tests of a kind are held at 1 - level.

    Returns
    -------
    Outcome
        Fails where the policy blocks every candidate, warns where one could not answer.
    """
    from trustlab.checks.leaderboard import views_of
    from trustlab.checks.policy import known_checks, load_policy

    rules = load_policy(policy, context.path(policy) if isinstance(policy, str | Path) else None)
    known_checks([second] if second else None, "second")
    asked, left_out = known_checks(only, "only"), known_checks(skip, "skip")
    board = _board(candidates, rules, asked, left_out, measure, reference, second, level, context)
    best = next(iter(board.order))
    everyone_blocked = all(board.blocked.values())
    return Outcome(
        payload=_payload(board, candidates, rules),
        status=Status.FAIL if everyone_blocked else Status.WARN if candidates.failed else Status.PASS,
        summary=_sentence(board, candidates),
        views=views_of(board, candidates.failed),
        advice=[f"%trust model champion {best}"] if "@" in best and not board.blocked[best] else [],
    )


def _board(
    candidates: Candidates,
    rules: Policy,
    only: Sequence[str],
    skip: Sequence[str],
    measure: str | None,
    reference: str | None,
    second: str | None,
    level: float,
    context: Context,
) -> Board:
    from trustlab.checks.comparison import Bench, against, ranks
    from trustlab.checks.leaderboard import Board
    from trustlab.checks.measures import answers_of
    from trustlab.checks.waivers import standing, told

    subjects = candidates.subjects
    measures = _measures(candidates)
    chosen = _chosen(measures, measure)
    first = _reference(candidates, reference)
    bench = Bench({name: answers_of(subject) for name, subject in subjects.items()}, context.rng(ID))
    results = {name: _asked(candidates, name, rules, only, skip, context) for name in subjects}
    blocked = {
        name: standing(rules, [told(result) for result in found], context.today).blocked_by
        for name, found in results.items()
    }
    value = {name: bench.value(name, chosen) for name in subjects}
    other = _second(results, second)
    return Board(
        measure=chosen,
        reference=first,
        rank=ranks(bench, chosen, level),
        value=value,
        contests=against(bench, first, [chosen, *(m for m in measures if m is not chosen)], level),
        results=results,
        blocked=blocked,
        second=other,
        front=_front(value, results, chosen, other),
    )


def _measures(candidates: Candidates) -> list[Measure]:
    from trustlab.checks.measures import measures_of

    task = next(iter(candidates.subjects.values())).task
    scores = all(subject.proba is not None for subject in candidates.subjects.values())
    found = measures_of(task, scores=scores)
    if not found:
        raise UsageError(f"compare: candidates must serve a task that has a measure; these serve {task}")
    if task == "ranking":
        _refuse_unordered(next(iter(candidates.subjects.values())))
    return found


def _refuse_unordered(subject: Subject) -> None:
    from trustlab.stats.ranking import informative, ranked

    assert subject.y is not None
    if subject.query is None:
        raise UsageError(f"compare: {REASONS['query']}")
    if subject.y.min() < 0 or not informative(ranked(subject.y, subject.y, subject.query)).any():
        raise UsageError(
            f"compare: a ranking needs relevances of 0 or more in {subject.target}, and a query in which they differ"
        )


def _chosen(measures: Sequence[Measure], name: str | None) -> Measure:
    known = {measure.name: measure for measure in measures}
    if name is None:
        return next(known[word] for word in ("roc_auc", "balanced_accuracy", "r2", "ndcg") if word in known)
    if name not in known:
        near = did_you_mean(name, known)
        raise UsageError(f"compare: measure must be one of {', '.join(known)} here; got {name!r}.{near}")
    return known[name]


def _reference(candidates: Candidates, name: str | None) -> str:
    names = list(candidates.subjects)
    if name is not None and name not in names:
        raise UsageError(
            f"compare: reference must be one of {', '.join(names)}; got {name!r}.{did_you_mean(name, names)}"
        )
    return name or names[0]


def _asked(
    candidates: Candidates, name: str, rules: Policy, only: Sequence[str], skip: Sequence[str], context: Context
) -> list[Result]:
    from trustlab.checks.asking import ask
    from trustlab.core import registry

    records = [
        record for record in registry.of_kind("check").values() if only or rules.only or record.needs & ABOUT_A_MODEL
    ]
    return ask(records, candidates.subjects[name], rules, only or rules.only, (*skip, *rules.skip), context)


def _second(results: Mapping[str, Sequence[Result]], name: str | None) -> str | None:
    """Return the check to set against the measure: as asked, else one of fairness, else calibration."""
    if name is not None:
        return name
    numbered = [
        {result.id for result in found if result.value is not None and result.value == result.value}
        for found in results.values()
    ]
    shared = sorted(set.intersection(*numbered))
    preferred = [check for check in shared if check.startswith("fairness.")]
    return next(iter([*preferred, *(check for check in shared if check == "reliability.calibration")]), None)


def _front(
    value: Mapping[str, float], results: Mapping[str, Sequence[Result]], measure: Measure, second: str | None
) -> set[str]:
    from trustlab.checks.comparison import front
    from trustlab.core import registry

    if second is None:
        return set()
    down = registry.get(second).better == "lower"
    points = {}
    for name, found in results.items():
        number = next((result.value for result in found if result.id == second), None)
        if number is not None and number == number:
            points[name] = (value[name] if measure.better == "higher" else -value[name], -number if down else number)
    return front(points)


def _payload(board: Board, candidates: Candidates, rules: Policy) -> dict[str, Any]:
    first = next(iter(candidates.subjects.values()))
    return {
        "data": first.dataset.provenance(),
        "rows": first.n,
        "policy": rules.name,
        "limits": rules.limits_digest(),
        "measure": board.measure.name,
        "reference": board.reference,
        "candidates": [
            {
                "candidate": name,
                "rank": board.rank[name],
                "value": board.value[name],
                "blocked_by": list(board.blocked[name]),
                "checks": {result.id: {"status": result.status, "value": result.value} for result in found},
            }
            for name in board.order
            for found in [board.results[name]]
        ],
        "failed": dict(candidates.failed),
    }


def _sentence(board: Board, candidates: Candidates) -> str:
    best = board.order[0]
    n = next(iter(candidates.subjects.values())).n
    tied = [name for name in board.order[1:] if board.rank[name] == board.rank[best] and not board.blocked[name]]
    words = board.measure.words
    parts = [f"{best} comes first of {len(board.rank)} by {words} ({board.value[best]:.3g}, {counted(n, 'row')})"]
    if tied:
        more = f" and {len(tied) - NAMED} more" if len(tied) > NAMED else ""
        parts.append(f"tied with {', '.join(tied[:NAMED])}{more}: the difference could be noise")
    stopped = [f"{name} by {', '.join(checks[:NAMED])}" for name, checks in board.blocked.items() if checks]
    if stopped:
        parts.append(f"blocked: {'; '.join(stopped)}")
    if candidates.failed:
        parts.append(f"could not answer: {', '.join(candidates.failed)}")
    return "; ".join(parts)
