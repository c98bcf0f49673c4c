"""The cores that may be kept busy: the affinity, the quota, and the user's own choice before both."""

from __future__ import annotations

import os

import pytest

from trustlab.core.cores import VARIABLES, limit_threads, usable_cores

CORES = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("text", "cores"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", CORES), ("", CORES)]
)
def test_a_quota_of_version_two_limits(tmp_path, text, cores):
    (tmp_path / "cpu.max").write_text(text)
    assert usable_cores(tmp_path) == cores


@pytest.mark.parametrize(("amount", "cores"), [("100000", 1), ("-1", CORES)])
def test_a_quota_of_version_one_limits(tmp_path, amount, cores):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text(f"{amount}\n")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000\n")
    assert usable_cores(tmp_path) == cores


def test_without_control_groups_the_affinity_decides(tmp_path):
    assert usable_cores(tmp_path / "absent") == CORES


def test_what_the_user_set_stays():
    environment = {"OMP_NUM_THREADS": "7"}
    limit_threads(environment, 2)
    assert environment.pop("OMP_NUM_THREADS") == "7"
    assert environment == dict.fromkeys(set(VARIABLES) - {"OMP_NUM_THREADS"}, "2")
