"""The kernel "Python (trustlab)": an IPython kernel that uses as many threads as the machine lends it.

OpenMP and the BLAS libraries count the machine's processors. In a container with a CPU quota, or on a shared
JupyterHub, that is more than the process may use, and threads that wait for each other make everything slower.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from trustlab.core.cores import usable_cores as usable_cores

if TYPE_CHECKING:
    from collections.abc import MutableMapping

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_MAX_THREADS")


def limit_threads(environment: MutableMapping[str, str], cores: int) -> None:
    """Set the thread counts that nobody has set yet; the user's own choice stays."""
    for variable in VARIABLES:
        environment.setdefault(variable, str(cores))


def main() -> None:
    """Start the kernel; the arguments are ipykernel's."""
    # Before numpy or torch are imported: both read these variables once, while loading.
    limit_threads(os.environ, usable_cores())
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


if __name__ == "__main__":
    main()
