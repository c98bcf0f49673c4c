"""The kernel that is shipped, started as in a container with a quota."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from trustlab.core.cores import VARIABLES

SPEC = Path(__file__).parents[2] / "kernels" / "trustlab" / "kernel.json"
# The kernel's own start, where the control group's files are those of a container with a quota of one core.
QUOTA = """
import pathlib, sys
from trustlab.surfaces import kernel
kernel.usable_cores.__defaults__ = (pathlib.Path({groups!r}),)
kernel.main()
"""


@pytest.mark.timeout(120)
def test_the_kernel_that_is_shipped_starts_with_the_threads_that_it_may_use_and_knows_the_magic(tmp_path):
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager

    (tmp_path / "groups").mkdir()
    (tmp_path / "groups" / "cpu.max").write_text("100000 100000")
    spec = json.loads(SPEC.read_text())
    assert spec["argv"][:3] == ["python", "-m", "trustlab.surfaces.kernel"]
    start = [sys.executable, "-c", QUOTA.format(groups=str(tmp_path / "groups"))]
    place = tmp_path / "kernels" / "quota"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps({**spec, "argv": [*start, *spec["argv"][3:]]}))
    specs = KernelSpecManager(kernel_dirs=[str(tmp_path / "kernels")], ensure_native_kernel=False)
    manager = KernelManager(kernel_name="quota", kernel_spec_manager=specs)
    free = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    manager.start_kernel(cwd=str(tmp_path), env=free)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        said = []
        code = (
            "import os, torch, threadpoolctl, numpy\n"
            f"print({{name: os.environ[name] for name in {VARIABLES!r}}}, torch.get_num_threads())\n"
            "print({one['num_threads'] for one in threadpoolctl.threadpool_info()})\n"
            "print('trust' in get_ipython().magics_manager.magics['line'], os.environ['MLFLOW_DISABLE_TELEMETRY'])"
        )
        reply = client.execute_interactive(
            code, timeout=90, output_hook=lambda message: said.append(message["content"].get("text", ""))
        )
        assert reply["content"]["status"] == "ok", reply["content"]
        told = "".join(said).splitlines()
        assert told == [f"{dict.fromkeys(VARIABLES, '1')} 1", "{1}", "True true"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
