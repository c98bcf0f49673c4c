"""A model's whole story: versions, data, how good each was, its audits, who put which in use and why, and since."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from trustlab.core import journal
from trustlab.core.counted import listed
from trustlab.core.errors import NotFoundError, TrustlabError, did_you_mean
from trustlab.core.execute import run
from trustlab.core.result import Status
from trustlab.core.views import Series, Table
from trustlab.dashboards import history
from trustlab.dashboards.page import Page, Section, item
from trustlab.dashboards.plain import everyday
from trustlab.dashboards.provenance import day
from trustlab.dashboards.record import dashboard
from trustlab.report import words
from trustlab.report.markup import Markup, el, join
from trustlab.report.parts import show, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.context import Context
    from trustlab.report.parts import Medium

_METRICS = 4
_TAG = "trustlab."


@dashboard("Where does this model come from, and how has it done?", about="model")
def model(context: Context, about: str | None = None) -> Page:
    """A model's whole story: versions, what each learned from, how good it was, its audits, who chose it and why."""
    listing = run("model.list", {}, context)
    versions = listing.payload["models"]
    known = sorted({str(one["name"]) for one in versions}, key=lambda name: _newest(name, versions), reverse=True)
    name = _chosen(known, about)
    own = sorted((one for one in versions if one["name"] == name), key=lambda one: -one["version"])
    decisions = history.decisions(context.workspace, name)
    audits = history.audits(context.workspace, name)
    return Page(
        title="Where does this model come from, and how has it done?",
        about=name,
        choices=known,
        status=_status(own, audits),
        sentence=_sentence(name, own, audits),
        lead=[_champion(own, decisions), *_others(name, known, about)],
        document=listing,
        sections=[
            Section("Who put which version in use, and why", partial(_decided, decisions)),
            Section("What its audits said", partial(_audited, audits)),
            Section("How good each version was", partial(_metrics, own)),
            Section("What each version learned from", partial(_trained, own, name, context)),
            Section("Whether the world has moved since", partial(_drift, own, context)),
            Section("What trains it anew", partial(_pipelines, own, name, context)),
        ],
        made=_made(own[0]),
    )


def _newest(name: str, versions: Sequence[Mapping[str, Any]]) -> str:
    return max(str(one["created"]) for one in versions if one["name"] == name)


def _chosen(known: Sequence[str], about: str | None) -> str:
    if not known:
        raise NotFoundError("no model is registered in this workspace yet", hint="trust train --name NAME --data DATA")
    if about is None:
        return known[0]
    name = about.partition("@")[0]
    if name not in known:
        raise NotFoundError(
            f"{about!r} must be a registered model; it is none.{did_you_mean(name, known)}",
            hint=f"Registered are: {listed(known, 20)}.",
        )
    return name


def _in_use(own: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((one for one in own if one["champion"]), None)


def _last_audit(version: Any, audits: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((one for one in audits if str(one["version"]) == str(version)), None)


def _status(own: Sequence[Mapping[str, Any]], audits: Sequence[Mapping[str, Any]]) -> Status:
    shown = _in_use(own) or own[0]
    found = _last_audit(shown["version"], audits)
    return Status(found["status"]) if found else Status.SKIPPED


def _sentence(name: str, own: Sequence[Mapping[str, Any]], audits: Sequence[Mapping[str, Any]]) -> str:
    count = f"{words.spelled(len(own))} version{'' if len(own) == 1 else 's'}"
    used = _in_use(own)
    if used is None:
        return f"{name} has {count}, and {'it is not' if len(own) == 1 else 'none of them is'} in use."
    found = _last_audit(used["version"], audits)
    said = {
        None: "which nobody has audited",
        Status.PASS: "and its last audit found nothing against it",
        Status.WARN: "and its last audit asks for care",
        Status.FAIL: "although its last audit failed",
    }
    verdict = said.get(Status(found["status"]) if found else None, "and its last audit came to no verdict")
    return f"{name} has {count}; version {used['version']} is in use, {verdict}."


def _champion(own: Sequence[Mapping[str, Any]], decisions: Sequence[history.Decision]) -> str:
    used = _in_use(own)
    if used is None:
        return "Whoever asks for this model gets its newest version."
    own_decision = next((one for one in decisions if one.version == used["version"]), None)
    if own_decision is None:
        return f"Who put version {used['version']} in use is not written down in this workspace."
    return (
        f"{own_decision.who} put version {used['version']} in use on {day(own_decision.when)}: {own_decision.reason}."
    )


def _others(name: str, known: Sequence[str], about: str | None) -> list[str]:
    rest = [one for one in known if one != name]
    if not rest:
        return []
    picked = "" if about else ", the one trained last"
    return [f"There are {len(known)} models here. This page is about {name}{picked}; the others: {listed(rest, 8)}."]


def _decided(decisions: Sequence[history.Decision], medium: Medium) -> Markup:
    if not decisions:
        return el("p", "Nobody has chosen a version here.")
    rows = [(day(one.when), f"version {one.version}", one.who, one.reason) for one in decisions]
    return _table("decisions", ("when", "in use", "by", "reason"), rows, medium)


def _audited(audits: Sequence[Mapping[str, Any]], medium: Medium) -> Markup:
    if not audits:
        return el("p", "It was never audited: whether it is fair, safe or right is not known.")
    parts = []
    for one in audits[:8]:
        version = f"Version {one['version']}" if one["version"] else "Not a registered version"
        commit = f", version {str(one['commit'])[:12]}" if one["commit"] else ""
        margin = [("Run", str(one["run"])[:8]), ("Policy", str(one["policy"]))]
        said = f"On {one['data']}{commit}, by {one['author'] or 'unknown'}."
        parts.append(
            item(
                medium.cut(f"{version}, {day(one['started'])}"),
                Status(one["status"]),
                el("p", medium.cut(said)),
                margin=margin,
            )
        )
    left = len(audits) - len(parts)
    return join([*parts, el("p", f"and {left} earlier", _class="tl-soft") if left > 0 else None])


def _metrics(own: Sequence[Mapping[str, Any]], medium: Medium) -> Markup:
    names = list(dict.fromkeys(name for one in own for name in one["metrics"]))[:_METRICS]
    if not names:
        return el("p", "No figures were written down when it was trained.")
    rows = [(one["version"], *(one["metrics"].get(name) for name in names)) for one in reversed(own)]
    view = Series(
        name="metrics",
        title="On rows that each version had not seen, when it was trained",
        columns=("version", *(everyday(name).replace("_", " ") for name in names)),
        rows=[(str(row[0]), *row[1:]) for row in rows],
        x="version",
        y=tuple(everyday(name).replace("_", " ") for name in names),
        mark="point",
        caption="Each version was measured on its own rows held out: between versions trained on other data, small "
        "differences say nothing.",
    )
    # One version is a row of figures; a picture begins with two.
    return show(view, medium) if len(own) > 1 else table(view, medium)


def _trained(own: Sequence[Mapping[str, Any]], name: str, context: Context, medium: Medium) -> Markup:
    told = history.trainings(context.workspace, name)
    rows = []
    for one in own:
        tags = one["tags"]
        document = told.get(one["version"])
        who = (document or {}).get("provenance", {}).get("author") or "not written down"
        on, kind = tags.get(f"{_TAG}data.name"), tags.get(f"{_TAG}kind")
        commit = tags.get(f"{_TAG}data.commit")
        at = f"version {commit[:12]}" if commit else "not a kept version"
        rows.append((one["version"], day(one["created"]), who, on, at, kind))
    return _table("trainings", ("version", "trained", "by", "on", "data", "kind"), rows, medium)


def _drift(own: Sequence[Mapping[str, Any]], context: Context, medium: Medium) -> Markup:
    """Return the comparisons of data that begin at what the model learned from, as the journal holds them."""
    shown = _in_use(own) or own[0]
    commit = shown["tags"].get(f"{_TAG}data.commit")
    places = (("reference", "commit"), ("current", "name"), ("status",), ("provenance", "started"), ("summary",))
    found = [told for _, told in journal.pieces(context.workspace, "drift", places) if commit and told[0] == commit]
    if not found:
        return el(
            "p",
            f"Nobody has compared newer rows with those that version {shown['version']} learned from, so it is not "
            "known. It is asked by ",
            el("code", f"trust drift {shown['tags'].get(f'{_TAG}data.name') or 'DATA'} NEWER"),
            ".",
        )
    parts = [
        item(
            medium.cut(f"{day(started)}: compared with {current}"),
            Status(status or Status.ERROR),
            el("p", medium.cut((summary or "").partition(": ")[2])),
        )
        for _, current, status, started, summary in found[:6]
    ]
    return join(parts)


def _pipelines(own: Sequence[Mapping[str, Any]], name: str, context: Context, medium: Medium) -> Markup:
    """Return the pipelines that made a version, or that are told this model's name."""
    try:
        listing = run("pipeline.list", {}, context).payload["pipelines"]
    except TrustlabError as error:
        return el("p", medium.cut(f"Which pipelines train it is not known: {error.message}."))
    made = {one["tags"].get(f"{_TAG}data.pipeline") for one in own}
    rows = [_row(one) for one in listing if one["name"] in made or name in _parameters(one)]
    if not rows:
        return el("p", "Nothing trains it by itself: each version was made by hand, or from elsewhere.")
    return _table("pipelines", ("pipeline", "schedule", "next", "last run", "ended"), rows, medium)


def _parameters(pipeline: Mapping[str, Any]) -> set[str]:
    return {str(value).partition("@")[0] for step in pipeline["steps"] for value in step["parameters"].values()}


def _row(pipeline: Mapping[str, Any]) -> tuple[Any, ...]:
    timing, last = pipeline["schedule"], pipeline["last_run"]
    when = f"{timing['cron']} ({timing['timezone']})" if timing else "by hand only"
    ended = (last["status"] or last["state"]) if last else "never ran"
    return (
        pipeline["name"],
        when,
        day(pipeline["next"]) if pipeline["next"] else None,
        day(last["started"]) if last else None,
        ended,
    )


def _table(name: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], medium: Medium) -> Markup:
    return table(Table(name=name, columns=columns, rows=rows), medium)


def _made(newest: Mapping[str, Any]) -> list[tuple[str, str]]:
    tags = newest["tags"]
    commit = tags.get(f"{_TAG}data.commit")
    how = (
        f"where this workspace is, `trust model list --name {newest['name']} --json` shows these fingerprints, and "
        "`trust data verify` computes the data's anew from every byte."
    )
    return [
        ("Newest version", f"{newest['name']}@{newest['version']}, {day(newest['created'])}"),
        ("Its last audit", str(tags.get(f"{_TAG}audit_status", "not audited"))),
        ("Model's fingerprint", str(tags.get(f"{_TAG}digest") or "none was written down")),
        ("Code's fingerprint", f"blake3:{tags[f'{_TAG}code_hash']}" if tags.get(f"{_TAG}code_hash") else "none"),
        ("Data's fingerprint", f"blake3:{commit}" if commit else "none: the data were not versioned"),
        ("To verify", how),
    ]
