"""Seeded for a while and put back: also a torch that is loaded within."""

import subprocess
import sys

SCRIPT = """
import sys
from trustlab.core.seeding import seeded

def drawn(seed):
    with seeded(seed):
        import torch
        return torch.rand(3).tolist()

assert "torch" not in sys.modules
with seeded(1):
    with seeded(7):
        import importlib.util
        assert importlib.util.find_spec("torch") and "torch" not in sys.modules
        import torch
        first = torch.rand(3).tolist()
    within = torch.rand(3).tolist()
after = torch.rand(3).tolist()
assert first == drawn(7)
assert within == drawn(1)
assert drawn(7) != drawn(8)
assert after not in (drawn(7), drawn(1)), "put back: as torch itself began"
assert not [one for one in sys.meta_path if type(one).__module__ == "trustlab.core.seeding"]
"""


def test_a_torch_that_is_loaded_later_is_seeded_too() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
