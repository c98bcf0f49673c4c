from types import SimpleNamespace

import pytest

from trustlab.store.chunks import name_of
from trustlab.store.stats import Seen, forget, recall, remember
from trustlab.store.trees import Extent

WRITTEN = 1_700_000_000_123_456_789
SECOND = 1_000_000_000
WHOLE = 1_700_000_000 * SECOND


def looks(**changes):
    plain = {"st_size": 5, "st_mtime_ns": WRITTEN, "st_ctime_ns": WRITTEN, "st_dev": 3, "st_ino": 4}
    return SimpleNamespace(**{**plain, **changes})


def seen(**changes):
    plain = {
        "key": "host:/a",
        "size": 5,
        "mtime_ns": WRITTEN,
        "ctime_ns": WRITTEN,
        "inode": "3:4",
        "seen_ns": WRITTEN + SECOND,
        "level": 0,
        "extents": [Extent(name_of(b"12345"), 5)],
    }
    return Seen(**{**plain, **changes})


def test_a_file_that_looks_the_same_is_the_same():
    assert seen().still(looks())


@pytest.mark.parametrize("field", ["st_size", "st_mtime_ns", "st_ctime_ns", "st_dev", "st_ino"])
def test_any_change_of_looks_counts(field):
    changed = looks(**{field: getattr(looks(), field) - 1})
    assert not seen().still(changed)


@pytest.mark.parametrize(
    ("times", "seen_ns", "trusted"),
    [
        # Read within the clock's tick of the last write: a second write would leave no trace.
        ({"mtime_ns": WRITTEN, "ctime_ns": WRITTEN}, WRITTEN + 10_000_000, False),
        ({"mtime_ns": WRITTEN - SECOND, "ctime_ns": WRITTEN}, WRITTEN + 10_000_000, False),
        ({"mtime_ns": WRITTEN, "ctime_ns": WRITTEN}, WRITTEN + 100_000_000, True),
        # A file system that keeps whole seconds ticks more slowly.
        ({"mtime_ns": WHOLE, "ctime_ns": WHOLE}, WHOLE + SECOND, False),
        ({"mtime_ns": WHOLE, "ctime_ns": WHOLE}, WHOLE + 3 * SECOND, True),
    ],
)
def test_looks_are_trusted_only_after_the_clock_has_ticked(times, seen_ns, trusted):
    now = looks(st_mtime_ns=times["mtime_ns"], st_ctime_ns=times["ctime_ns"])
    assert seen(**times, seen_ns=seen_ns).still(now) is trusted


def test_the_last_memory_of_a_file_holds_until_all_is_forgotten(store):
    others = [seen(key=f"host:/{n}") for n in range(2000)]
    with store.write() as connection:
        remember(connection, [seen(size=1), *others])
        remember(connection, [seen(size=2), seen(size=3)])
    with store.read() as connection:
        found = recall(connection, ["host:/a", "host:/1999", "host:/nowhere"])
    assert found == {"host:/a": seen(size=3), "host:/1999": seen(key="host:/1999")}
    with store.write() as connection:
        forget(connection)
    with store.read() as connection:
        assert recall(connection, ["host:/a"]) == {}
