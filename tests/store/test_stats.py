import mmap
import os
import time
from types import SimpleNamespace

import pytest

from trustlab.store.branches import delete_branch
from trustlab.store.chunks import name_of
from trustlab.store.commit import commit
from trustlab.store.gc import gc
from trustlab.store.looks import looks_of
from trustlab.store.read import read
from trustlab.store.refs import resolve
from trustlab.store.sources import collect
from trustlab.store.stats import Seen, forget, recall, recall_tree, remember, rows_of, text_of, whole_of
from trustlab.store.trees import Extent, Written
from trustlab.store.verify import verify

WRITTEN = 1_700_000_000_123_456_789
SECOND = 1_000_000_000


def looks(**changes):
    plain = {"st_size": 5, "st_mtime_ns": WRITTEN, "st_ctime_ns": WRITTEN, "st_dev": 3, "st_ino": 4}
    return looks_of(SimpleNamespace(**{**plain, **changes}))


def seen(seen_ns=WRITTEN + 100 * SECOND, **changes):
    return Seen(looks(**changes), seen_ns, 0, [Extent(name_of(b"12345"), 5)])


def test_a_file_that_looks_the_same_is_the_same():
    assert seen().still(looks())


@pytest.mark.parametrize("field", ["st_size", "st_mtime_ns", "st_ctime_ns", "st_dev", "st_ino"])
def test_any_change_of_looks_counts(field):
    assert not seen().still(looks(**{field: 1}))


@pytest.mark.parametrize(
    ("times", "seconds", "trusted"),
    [
        # Within the clock's tick, or while a mapped page may still be written without a sign.
        ({}, 0.01, False),
        ({}, 59, False),
        ({"st_mtime_ns": WRITTEN - 100 * SECOND}, 59, False),
        ({"st_ctime_ns": WRITTEN - 100 * SECOND}, 59, False),
        ({}, 61, True),
    ],
)
def test_looks_are_trusted_only_after_a_rest(times, seconds, trusted):
    assert seen(WRITTEN + int(seconds * SECOND), **times).still(looks(**times)) is trusted


def rows(folders):
    return rows_of({key: [text_of(name, one) for name, one in files.items()] for key, files in folders.items()})


def test_the_last_memory_of_a_folder_holds_until_all_is_forgotten(store):
    others = {f"host:/{n}": {"a": seen()} for n in range(2000)}
    with store.write() as connection:
        remember(connection, rows({"host:/a": {"x": seen(st_size=1), "y": seen()}, **others}))
        remember(connection, rows({"host:/a": {"x": seen(st_size=3)}}))
    with store.read() as connection:
        found = recall(connection, ["host:/a", "host:/1999", "host:/nowhere"])
    assert found == {"host:/a": {"x": seen(st_size=3)}, "host:/1999": {"a": seen()}}
    with store.write() as connection:
        forget(connection)
    with store.read() as connection:
        assert recall(connection, ["host:/a"]) == {}


def tree_of(store, folder):
    whole = whole_of(collect(folder, store.root))
    with store.read() as connection:
        return recall_tree(connection, whole)


def test_a_whole_tree_is_known_until_anything_in_it_looks_different(store, tmp_path, quick):
    folder = tmp_path / "f"
    (folder / "d").mkdir(parents=True)
    for name in ("a", "d/b", "d/c"):
        (folder / name).write_bytes(name.encode())
    # Written within the clock's tick: not to be trusted yet.
    commit(store, "r", folder)
    assert tree_of(store, folder) is None
    time.sleep(0.1)
    done = commit(store, "r", folder)
    assert tree_of(store, folder) == Written(resolve(store, "r").tree, 3, 7)
    assert commit(store, "other", folder).commit != done.commit
    assert read(store, "other:d/b") == b"d/b"
    kept = (folder / "a").stat()
    for change in (
        lambda: (folder / "a").write_bytes(b"b"),
        lambda: (folder / "a").chmod(0o755),
        lambda: (folder / "d/c").rename(folder / "d/e"),
        lambda: (folder / "new").write_bytes(b""),
        lambda: (folder / "new").unlink(),
    ):
        change()
        os.utime(folder / "a", ns=(kept.st_atime_ns, kept.st_mtime_ns))
        assert tree_of(store, folder) is None
        commit(store, "r", folder)
        time.sleep(0.1)
        commit(store, "r", folder)
        assert tree_of(store, folder).name == resolve(store, "r").tree
    # What gc removed is read again.
    delete_branch(store, "r", "main")
    delete_branch(store, "other", "main")
    gc(store)
    assert tree_of(store, folder) is None
    assert commit(store, "r", folder).bytes_added > 0
    assert verify(store).ok


def test_writes_into_a_mapped_page_are_not_missed(store, tmp_path):
    file = tmp_path / "mapped"
    file.write_bytes(bytes(8192))
    with file.open("r+b") as stream, mmap.mmap(stream.fileno(), 8192) as page:
        for value in (1, 2, 3):
            # From the second time on the page is dirty already: the system notes nothing.
            page[0] = value
            commit(store, "r", file)
            assert read(store, "r")[0] == value
