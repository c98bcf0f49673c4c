"""``trust drift``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Short
from trustlab.core.result import Outcome, Status
from trustlab.drift.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.core.result import Result

FAMILY = "drift."


@operation(
    "verb",
    "Drift",
    records=True,
    example={"reference": "loans@main", "current": "loans_later.csv", "columns": ["income", "region"]},
)
def drift(
    pair: Pair, detector: Annotated[list[str] | None, Format("detector"), Short("k")] = None, *, context: Context
) -> Outcome:
    """Ask whether later rows still look like the earlier ones, feature by feature.

    Parameters
    ----------
    pair : Pair
        The earlier and the later rows.
    detector : list
        Only these detectors (ks, chi2 …); every one that applies where not given.
    """
    from trustlab.core import registry
    from trustlab.core.execute import evaluate

    known = registry.of_kind("detector")
    names = [name if name.startswith(FAMILY) else FAMILY + name for name in detector or known]
    for name in names:
        if name not in known:
            short = [known_name.removeprefix(FAMILY) for known_name in known]
            word = name.removeprefix(FAMILY)
            raise UsageError(
                f"drift: detector must be one of {', '.join(short)}; got {word!r}.{did_you_mean(word, short)}"
            )
    results = [
        evaluate(known[name], dict.fromkeys(known[name].bundles, pair), context)
        for name in context.track(names, "drift")
    ]
    sides = [f"{side.name} ({counted(len(side.frame), 'row')})" for side in (pair.reference, pair.current)]
    return Outcome(
        payload={
            "reference": pair.reference.provenance(),
            "current": pair.current.provenance(),
            "differences": list(pair.differences),
        },
        results=results,
        summary=f"{' to '.join(sides)}: {_verdict(results)}",
    )


def _verdict(results: Sequence[Result]) -> str:
    """Return what was found, and what could not be looked at: only what was compared can have stayed."""
    moved = [result.title for result in results if result.status in {Status.WARN, Status.FAIL}]
    broken = [result.title for result in results if result.status == Status.ERROR]
    looked = any(result.status == Status.PASS for result in results)
    found = f"moved by {', '.join(moved)}" if moved else "no drift found" if looked else "nothing could be compared"
    return f"{found}; could not run: {', '.join(broken)}" if broken else found
