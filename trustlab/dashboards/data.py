"""The data's story: its versions, who made them, what changed between them, and whether they keep their rules."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from trustlab.core import journal
from trustlab.core.counted import counted
from trustlab.core.errors import NotFoundError, TrustlabError, did_you_mean
from trustlab.core.execute import run
from trustlab.core.result import Status
from trustlab.core.views import Series, Table
from trustlab.dashboards.page import Page, Section, item
from trustlab.dashboards.provenance import day
from trustlab.dashboards.record import dashboard
from trustlab.report import words
from trustlab.report.markup import Markup, el, join
from trustlab.report.parts import caption, show, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.context import Context
    from trustlab.core.result import Document
    from trustlab.report.parts import Medium

VERSIONS = 200
COMPARED = 4
CHECKED = 8
ASKED = (Status.FAIL, Status.ERROR, Status.WARN, Status.PASS)
_PICTURES = 2


@dashboard("What is in the data, and how did they come to be so?", about="repo")
def data(context: Context, about: str | None = None) -> Page:
    """The data's story: versions, authors, what changed between them in pictures, and whether they keep their rules."""
    branches = run("data.branches", {}, context).payload["branches"]
    known = sorted({str(branch["repo"]) for branch in branches}, key=lambda name: _newest(name, branches), reverse=True)
    repo = _chosen(known, about)
    line = run("data.log", {"ref": repo, "limit": VERSIONS}, context)
    commits = line.payload["commits"]
    quality = _quality(repo, commits, context)
    broken = sum(one["status"] == Status.FAIL for one in quality["versions"])
    return Page(
        title="What is in the data, and how did they come to be so?",
        about=repo,
        choices=known,
        status=quality["status"],
        sentence=_sentence(repo, commits, quality, more=line.payload["more"]),
        lead=[_since(commits), *_others(repo, known, about)],
        document=line,
        sections=[
            Section("What changed from version to version", partial(_changes, _diffs(repo, commits, context))),
            Section("Whether it keeps its rules", partial(_kept, quality, broken)),
            Section("What audits said of its quality", partial(_audited, _audits(commits, context))),
            Section("How it grew", partial(_growth, commits)),
            Section("Who made which version", partial(_versions, line)),
        ],
        made=_made(repo, commits[0]),
    )


def _newest(name: str, branches: Sequence[Mapping[str, Any]]) -> str:
    return max(str(branch["time"]) for branch in branches if branch["repo"] == name)


def _chosen(known: Sequence[str], about: str | None) -> str:
    if not known:
        raise NotFoundError("no data were committed in this workspace yet", hint="trust data commit NAME FILE")
    if about is None:
        return known[0]
    if about not in known:
        raise NotFoundError(
            f"{about!r} must be a repo of this workspace; it is none.{did_you_mean(about, known)}",
            hint=f"Repos are: {', '.join(known[:20])}.",
        )
    return about


def _sentence(repo: str, commits: Sequence[Mapping[str, Any]], quality: Mapping[str, Any], *, more: bool) -> str:
    count = words.spelled(len(commits))
    said = f"{repo} has {'more than ' if more else ''}{count} version{'' if len(commits) == 1 else 's'}"
    checked = quality["versions"]
    if not checked:
        return f"{said}, and nobody has written down what its data must be like."
    newest = checked[0]
    if newest["status"] == Status.FAIL:
        return f"{said}, and the newest one breaks its rules."
    if newest["status"] == Status.PASS:
        return f"{said}, and the newest one keeps its rules."
    return f"{said}; whether the newest one keeps its rules is not known."


def _since(commits: Sequence[Mapping[str, Any]]) -> str:
    newest, authors = commits[0], list(dict.fromkeys(str(one["author"]) for one in commits))
    people = ", ".join(authors[:6]) + (f" and {len(authors) - 6} more" if len(authors) > 6 else "")
    return (
        f"The newest is of {day(newest['time'])}, by {newest['author']}: {newest['message'] or 'no message'}. "
        f"{counted(newest['files'], 'file')}, {newest['bytes']:,} bytes. Made by {people}."
    )


def _others(repo: str, known: Sequence[str], about: str | None) -> list[str]:
    rest = [name for name in known if name != repo]
    if not rest:
        return []
    picked = "" if about else ", the one changed last"
    named = ", ".join(rest[:8]) + (f" and {len(rest) - 8} more" if len(rest) > 8 else "")
    return [f"There are {len(known)} repos here. This page is about {repo}{picked}; the others: {named}."]


def _short(commit: Mapping[str, Any]) -> str:
    return str(commit["commit"])[:12]


def _diffs(repo: str, commits: Sequence[Mapping[str, Any]], context: Context) -> list[tuple[str, Document | str]]:
    """Return what changed at each of the newest steps, or why that cannot be told."""
    found: list[tuple[str, Document | str]] = []
    for after in commits[:COMPARED]:
        if not after["parents"]:
            continue
        title = f"{day(after['time'])}, {after['author']}: {after['message'] or 'no message'}"
        asked = {"before": f"{repo}@{after['parents'][0]}", "after": f"{repo}@{after['commit']}", "rows": 0}
        try:
            found.append((title, run("data.diff", asked, context)))
        except TrustlabError as error:
            found.append((title, f"This step cannot be compared: {error.message}."))
    return found


def _changes(diffs: Sequence[tuple[str, Document | str]], medium: Medium) -> Markup | None:
    if not diffs:
        return el("p", "There is one version only, so nothing has changed yet.")
    parts = []
    for title, found in diffs:
        if isinstance(found, str):
            parts.append(item(medium.cut(title), Status.ERROR, el("p", medium.cut(found))))
            continue
        said = (found.summary or "").partition(": ")[2]
        pictures = _pictures(found, medium)
        parts.append(el("article", el("h3", medium.cut(title)), el("p", medium.cut(said)), *pictures, _class="tl-told"))
    return join([*parts, el("p", f"The newest {COMPARED} steps at most.", _class="tl-soft")])


def _pictures(found: Document, medium: Medium) -> list[Markup]:
    drawn: list[Markup] = []
    for view in found.views:
        # Two bars, such as how many rows came and went, say less than the sentence above them.
        if len(drawn) == _PICTURES or len(view.rows) < 3:
            continue
        if picture := medium.draw(view):
            title = el("p", el("b", medium.cut(words.view_title(view))))
            drawn.append(el("figure", title, picture, caption(view, medium)))
    return [el("div", *drawn, _class="tl-pictures")] if drawn else []


def _quality(repo: str, commits: Sequence[Mapping[str, Any]], context: Context) -> dict[str, Any]:
    """Return whether each of the newest versions keeps the repo's rules, or that there are none."""
    rules = run("data.rules", {"repo": repo}, context)
    if rules.payload["rules"] is None:
        return {"status": Status.SKIPPED, "rules": None, "versions": []}
    versions = []
    for commit in commits[:CHECKED]:
        asked = {"repo": repo, "check": f"{repo}@{commit['commit']}"}
        try:
            found = run("data.rules", asked, context)
            breaches = found.payload["check"]["breaches"]
            versions.append(
                {"commit": commit, "status": found.status, "said": found.summary, "breaches": len(breaches)}
            )
        except TrustlabError as error:
            versions.append({"commit": commit, "status": Status.ERROR, "said": error.message})
    return {"status": versions[0]["status"], "rules": rules, "versions": versions}


def _kept(quality: Mapping[str, Any], broken: int, medium: Medium) -> Markup:
    rules: Document | None = quality["rules"]
    if rules is None:
        return el(
            "p",
            "There are no rules, so nothing was checked: that is not the same as good data. Rules are proposed by ",
            el("code", "trust data rules REPO --infer REPO@main"),
            ".",
        )
    checked = quality["versions"]
    parts = [
        item(
            medium.cut(f"{day(one['commit']['time'])}: {one['commit']['message'] or 'no message'}"),
            one["status"],
            el("p", medium.cut(str(one["said"]).partition(": ")[2] or one["said"])),
        )
        for one in checked
    ]
    said = f"{broken} of the newest {len(checked)} versions break{'s' if broken == 1 else ''} the rules."
    return join([el("p", said), *parts, *(show(view, medium) for view in rules.views[:1])])


def _audits(commits: Sequence[Mapping[str, Any]], context: Context) -> list[tuple[str, Mapping[str, int]]]:
    """Return how the newest audit's questions about quality ended, version by version, the earliest first."""
    newest: dict[str, str] = {}
    for at, (audited,) in journal.pieces(context.workspace, "audit", (("data", "commit"),)):
        newest.setdefault(str(audited), at)
    found: list[tuple[str, Mapping[str, int]]] = []
    for commit in [one for one in commits if one["commit"] in newest][:CHECKED]:
        results = journal.document(context.workspace, newest[commit["commit"]])["results"]
        ends = Counter(str(one["status"]) for one in results if str(one["id"]).startswith("quality."))
        if any(ends[status] for status in ASKED):
            found.append((f"{day(commit['time'])}, {_short(commit)[:6]}", ends))
    return found[::-1]


def _audited(audits: Sequence[tuple[str, Mapping[str, int]]], medium: Medium) -> Markup:
    if not audits:
        return el("p", "No audit has asked about the quality of these versions, so it is not known.")
    happened = [status for status in ASKED if any(ends.get(str(status)) for _, ends in audits)]
    columns = ("version", *(words.WORD[status] for status in happened))
    rows = [(name, *(ends.get(str(status), 0) for status in happened)) for name, ends in audits]
    if len(rows) < 2:
        return table(Table(name="quality", columns=columns, rows=rows), medium)
    caption_of = "Questions about quality in the newest audit of each version, by how they ended."
    view = Series(
        name="quality", columns=columns, rows=rows, x="version", y=columns[1:], mark="point", caption=caption_of
    )
    return show(view, medium)


def _growth(commits: Sequence[Mapping[str, Any]], medium: Medium) -> Markup | None:
    if len(commits) < 2:
        return None
    view = Series(
        name="bytes",
        title="Bytes, version by version",
        columns=("time", "bytes"),
        rows=[(one["time"], one["bytes"]) for one in reversed(commits)],
        x="time",
        y=("bytes",),
        units={"bytes": "B"},
    )
    return show(view, medium)


def _versions(line: Document, medium: Medium) -> Markup:
    return join([show(view, medium) for view in line.views])


def _made(repo: str, newest: Mapping[str, Any]) -> list[tuple[str, str]]:
    source = newest["provenance"].get("source") or {}
    how = (
        f"where this workspace is, `trust data verify {repo}` computes every fingerprint anew from the stored bytes, "
        f"and `trust data log {repo}` shows this one at its top."
    )
    return [
        ("Newest version", f"{repo}@{_short(newest)}, {day(newest['time'])}"),
        ("By", str(newest["author"])),
        ("From", str(source.get("name") or newest["provenance"].get("operation") or "not written down")),
        ("Fingerprint", f"blake3:{newest['commit']}"),
        ("To verify", how),
    ]
