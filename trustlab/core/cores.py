"""How many cores this process may keep busy, and how its libraries are told."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_MAX_THREADS")
CGROUPS = Path("/sys/fs/cgroup")


def usable_cores(cgroups: Path = CGROUPS) -> int:
    """Return how many cores this process may keep busy: its affinity, and the quota of its control group.

    Parameters
    ----------
    cgroups : pathlib.Path
        Where the kernel shows the control group (version 2, else version 1).
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroups)
    return affinity if quota is None else max(1, min(affinity, math.ceil(quota)))


def _quota(cgroups: Path) -> float | None:
    """Return the quota in cores, or None where there is no limit."""
    try:
        if (cgroups / "cpu.max").exists():
            amount, period = (cgroups / "cpu.max").read_text(encoding="ascii").split()
        else:
            amount = (cgroups / "cpu/cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (cgroups / "cpu/cpu.cfs_period_us").read_text(encoding="ascii").strip()
        return int(amount) / int(period) if amount.isdigit() else None
    except (OSError, ValueError, ZeroDivisionError):
        # Not Linux, or a kernel that says it some other way: the affinity alone decides.
        return None


def limit_threads(environment: MutableMapping[str, str], cores: int) -> None:
    """Set the thread counts that nobody has set yet; the user's own choice stays."""
    for variable in VARIABLES:
        environment.setdefault(variable, str(cores))
