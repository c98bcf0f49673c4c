"""The kernel "Python (trustlab)": an IPython kernel that uses as many threads as the machine lends it.

OpenMP and the BLAS libraries count the machine's processors. In a container with a CPU quota, or on a shared
JupyterHub, that is more than the process may use, and threads that wait for each other make everything slower.
"""

from __future__ import annotations

import os

from trustlab.core.cores import limit_threads, usable_cores


def main() -> None:
    """Start the kernel; the arguments are ipykernel's."""
    # Before numpy or torch are imported: both read these variables once, while loading.
    limit_threads(os.environ, usable_cores())
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


if __name__ == "__main__":
    main()
