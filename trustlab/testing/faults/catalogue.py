"""Every planted fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.errors import UsageError, did_you_mean
from trustlab.testing.faults import data_faults, leak_faults, modal_faults, model_faults, people_faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.testing.faults.fault import Fault

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        *data_faults.FAULTS,
        *leak_faults.FAULTS,
        *model_faults.FAULTS,
        *people_faults.FAULTS,
        *modal_faults.FAULTS,
    )
}


def chosen(only: Sequence[str] | None) -> list[Fault]:
    """Return the faults of those names, or meant for the checks or families of those names; all of them for none."""
    if not only:
        return list(FAULTS.values())
    options = [*FAULTS, *dict.fromkeys(name for fault in FAULTS.values() for name in _homes(fault))]
    for name in only:
        if name not in options:
            raise UsageError(
                f"selftest: only must name faults, checks or families; got {name!r}.{did_you_mean(name, options)}",
                hint="See all: trust selftest --help, or the table in trustlab/testing/faults/README.md",
            )
    return [fault for fault in FAULTS.values() if {fault.name, *_homes(fault)} & set(only)]


def _homes(fault: Fault) -> tuple[str, str]:
    return fault.check, fault.check.split(".")[0]
