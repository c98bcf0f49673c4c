"""The data store: content-defined chunks, atomic commits, refs, gc and verify; bytes only, one verb a file."""

from trustlab.store.store import Store, open_store

__all__ = ["Store", "open_store"]
