"""Tables that many audits of one process share: read once, kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.core.context import Context
    from trustlab.data.dataset import Dataset

MOST_TABLES = 4
MOST_BYTES = 2 * 1024**3
WORDS = ("names", "images", "text")  # of an audit's parameters, those that say how rows are read

_kept: OrderedDict[str, Dataset] = OrderedDict()
_lock = Lock()


def with_tables(parameters: Mapping[str, Any], identity: str, context: Context) -> dict[str, Any]:
    """Return an audit's parameters with the tables in place of their names.

    A frame is never changed by an audit: whoever takes rows or adds columns makes a frame of his own.

    Parameters
    ----------
    identity : str
        What stands for the tables' content: other content under the same name is read anew.
    """
    found = dict(parameters)
    for word in ("data", "train"):
        if isinstance(found.get(word), str):
            found[word] = _table(found[word], word, found, identity, context)
    return found


def _table(name: str, word: str, parameters: Mapping[str, Any], identity: str, context: Context) -> Dataset:
    from trustlab.data.modal import load_rows

    how = {key: parameters.get(key) for key in WORDS}
    key = repr((name, str(context.folder), identity, how))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    read = load_rows(name, context, parameter=word, **how)
    with _lock:
        _kept[key] = read
        while len(_kept) > 1 and (len(_kept) > MOST_TABLES or sum(map(_size, _kept.values())) > MOST_BYTES):
            _kept.popitem(last=False)
    return read


def _size(dataset: Dataset) -> int:
    return int(dataset.frame.memory_usage(index=True, deep=False).sum())


def forget() -> None:
    """Let go of every table."""
    with _lock:
        _kept.clear()
