"""A commit as it is kept: what it holds, and the id that follows from it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trustlab.store.chunks import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One immutable version of a repo.

    Parameters
    ----------
    id : str
        BLAKE3 over the canonical content, 64 hex digits.
    repo : str
        The repo's name; not part of the id.
    tree : str
        The tree's name, 64 hex digits.
    parents : tuple of str
        Ids; the first is the head that the commit followed.
    author, message : str
    time : str
        UTC, ISO 8601 with microseconds.
    provenance : mapping
        Where the content came from, as JSON data of the shape that :mod:`trustlab.store.lineage` states.
    files, bytes : int
        How many files the tree holds, and their size.
    """

    id: str
    repo: str
    tree: str
    parents: tuple[str, ...]
    author: str
    time: str
    message: str
    provenance: Mapping[str, Any] = field(default_factory=dict)
    files: int
    bytes: int

    def computed_id(self) -> str:
        """Return the id that follows from the content; another than ``id`` shows a damaged record."""
        content = {
            "format": FORMAT,
            "tree": self.tree,
            "parents": list(self.parents),
            "author": self.author,
            "time": self.time,
            "message": self.message,
            "provenance": dict(self.provenance),
            "files": self.files,
            "bytes": self.bytes,
        }
        return name_of(canonical(content).encode()).hex()

    def to_dict(self) -> dict[str, Any]:
        """Return the commit as JSON data."""
        return {
            "commit": self.id,
            "repo": self.repo,
            "parents": list(self.parents),
            "author": self.author,
            "time": self.time,
            "message": self.message,
            "files": self.files,
            "bytes": self.bytes,
            "provenance": dict(self.provenance),
        }


def canonical(data: Any) -> str:
    """Return JSON data as the one text that stands for it."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_row(row: Row[Any], repo: str) -> Commit:
    """Return the commit that a row of ``store_commits`` keeps."""
    return Commit(
        id=row.id,
        repo=repo,
        tree=row.tree,
        parents=tuple(json.loads(row.parents)),
        author=row.author,
        time=row.time,
        message=row.message,
        provenance=json.loads(row.provenance),
        files=row.files,
        bytes=row.bytes,
    )


def to_row(commit: Commit, repo: int) -> dict[str, Any]:
    """Return the row of ``store_commits`` that keeps a commit of the repo with that number."""
    return {
        "repo": repo,
        "id": commit.id,
        "parent": commit.parents[0] if commit.parents else None,
        "parents": canonical(list(commit.parents)),
        "tree": commit.tree,
        "author": commit.author,
        "time": commit.time,
        "message": commit.message,
        "provenance": canonical(dict(commit.provenance)),
        "files": commit.files,
        "bytes": commit.bytes,
    }
