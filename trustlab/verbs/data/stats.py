"""``trust data stats``."""

from __future__ import annotations

from dataclasses import asdict
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range
from trustlab.core.result import Outcome
from trustlab.core.views import Series, Table, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.store.usage import Share, Step, Usage

# Points of the picture of growth: versions beyond are taken together, several to a point.
POINTS = 100
REPOS = ("repo", "commits", "branches", "tags", "logical_bytes", "stored_bytes", "own_bytes", "shared_bytes", "factor")
GROWTH = ("time", "commit", "versions", "bytes_added", "stored_bytes")


@operation("verb", "Space", read_only=True, example={"repo": "loans"})
def stats(
    repo: Annotated[str | None, Format("repo"), Positional()] = None,
    largest: Annotated[int, Range(1, 1000)] = 20,
    *,
    context: Context,
) -> Outcome:
    """What takes space: by repo, by version and by file, how much is saved, and what a gc could free.

    A version's logical size is what it would take as a copy; stored is what its chunks take, each counted once.

    Parameters
    ----------
    repo : str
        Only this repo; every one where not given.
    largest : int
        So many files, those with the most bytes that no other file holds.
    """
    from trustlab.data.dataset import store_of
    from trustlab.data.progress import count_bar
    from trustlab.store.usage import usage

    with count_bar(context, "stats") as progress:
        found = usage(store_of(context.workspace), repo, largest, progress)
    repos = [_repo(share) for share in found.shares]
    growth = _growth(found.steps)
    return Outcome(
        payload={
            "store": _store(found),
            "repos": repos,
            "growth": growth,
            "largest": [asdict(file) for file in found.files],
        },
        summary=_sentence(found, repo),
        views=_views(found, repos, growth),
        advice=["%trust data gc"] if found.free_bytes else [],
    )


def _repo(share: Share) -> dict[str, Any]:
    told = asdict(share)
    factor = share.logical_bytes / share.stored_bytes if share.stored_bytes else None
    return {**told, "shared_bytes": share.stored_bytes - share.own_bytes, "factor": factor}


def _store(found: Usage) -> dict[str, Any]:
    names = ("chunks", "chunk_bytes", "packs", "pack_bytes", "free_commits", "free_chunks", "free_bytes")
    mean = found.chunk_bytes / found.chunks if found.chunks else None
    return {**{name: getattr(found, name) for name in names}, "mean_chunk_bytes": mean}


def _growth(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return what versions added, the earliest first, several taken together where there are very many."""
    size = max(-(-len(steps) // POINTS), 1)
    groups = [steps[at : at + size] for at in range(0, len(steps), size)]
    added = [sum(step.bytes_added for step in group) for group in groups]
    return [
        {
            "time": group[-1].time,
            "commit": f"{group[-1].repo}@{group[-1].commit}",
            "versions": len(group),
            "bytes_added": more,
            "stored_bytes": total,
        }
        for group, more, total in zip(groups, added, accumulate(added), strict=True)
    ]


def _short(commit: str) -> str:
    repo, _, id_ = commit.partition("@")
    return f"{repo}@{id_[:12]}"


def _sentence(found: Usage, repo: str | None) -> str:
    # Of several repos, what they share counts once.
    shares = found.shares
    stored = shares[0].stored_bytes if len(shares) == 1 else sum(step.bytes_added for step in found.steps)
    logical = sum(share.logical_bytes for share in shares)
    versions = counted(sum(share.commits for share in shares), "version")
    where = repo or counted(len(shares), "repo")
    factor = f" ({logical / stored:.1f} times)" if stored else ""
    free = f"; a gc could free {found.free_bytes:,} bytes" if found.free_bytes else ""
    return f"{where}: {versions}, as copies {logical:,} bytes, stored in {stored:,}{factor}{free}"


def _views(found: Usage, repos: list[dict[str, Any]], growth: list[dict[str, Any]]) -> list[View]:
    sizes = {name: "B" for name in (*REPOS, *GROWTH) if name.endswith("bytes") or name == "bytes_added"}
    views: list[View] = [
        Table(
            name="repos",
            title="Repos",
            columns=REPOS,
            rows=[[one[name] for name in REPOS] for one in repos],
            units={name: unit for name, unit in sizes.items() if name in REPOS},
            caption="own_bytes: what no other repo needs. factor: logical over stored bytes.",
        ),
        Table(name="store", title="Store", columns=("what", "value"), rows=list(_store(found).items())),
    ]
    if growth:
        views.append(
            Series(
                name="growth",
                title="Growth",
                columns=GROWTH,
                rows=[[_short(one[name]) if name == "commit" else one[name] for name in GROWTH] for one in growth],
                x="time",
                y=("stored_bytes", "bytes_added"),
                units={name: unit for name, unit in sizes.items() if name in GROWTH},
                caption="What each version added: bytes that no version before it, of any repo, held.",
            )
        )
    if found.files:
        views.append(
            Table(
                name="largest",
                title="Largest files",
                columns=("repo", "path", "own_bytes"),
                rows=[(file.repo, file.path, file.own_bytes) for file in found.files],
                units={"own_bytes": "B"},
                caption="Stored bytes over all versions that no other file needs.",
            )
        )
    return views
