"""``trust fleet``, and ``trust audit --fleet``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Column, Columns, Data, Format, PathLike, Positional, Range, Short, Unit
from trustlab.core.result import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.fleet.entries import Entry

FLEET = Annotated[Any, Format("path")]
GIGABYTE = 1e9


@operation(
    "verb",
    "Fleet audit",
    cost="minutes",
    records=True,
    example={
        "models": "lend*",
        "data": "loans@main",
        "only": ["performance.metrics"],
        "workers": 0,
        "again": True,
    },
)
def fleet(
    models: Annotated[FLEET, Positional()] = "all",
    data: Annotated[Data, Short("d")] = None,
    target: Annotated[Column, Short("t")] = None,
    sensitive: Annotated[Columns, Short("s")] = None,
    train: Data = None,
    drop: Annotated[list[str] | None, Format("column")] = None,
    policy: PathLike = None,
    only: Annotated[list[str] | None, Format("check")] = None,
    skip: Annotated[list[str] | None, Format("check")] = None,
    again: bool = False,
    workers: Annotated[int | None, Range(0, 1024)] = None,
    memory: Annotated[float | None, Range(0.1), Unit("GB")] = None,
    tries: Annotated[int, Range(1, 20)] = 3,
    reports: PathLike = None,
    trust_pickle: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Audit many models, spread over processes or the team's Dask cluster, and compare them, worst first.

    Each model is audited as ``trust audit`` does it, and its whole report is in the journal. What is finished stays: a
    fleet that was interrupted goes on where it stopped. A model that ends its process, or cannot be audited, is an
    error of its own. The parameters given here hold for the lines that do not say their own.

    Parameters
    ----------
    models : path
        A YAML or CSV file with a line per audit (model, data, target, sensitive, policy and any other parameter of
        audit); a pattern over the registered names (credit-*), which takes each one's champion or else newest version;
        or all.
    data : data
        The rows; for registered models the data that they learned from, where not given.
    target : column
        The column of true labels.
    sensitive : columns
        Sensitive attributes, comma-separated.
    train : data
        The training data.
    drop : list
        Columns that are no features.
    policy : path
        A YAML file of limits; the default policy where not given.
    only : list
        Ask only these checks or families.
    skip : list
        Leave out these checks or families.
    again : bool
        Audit anew what was finished before, too.
    workers : int
        Processes on this machine, a core each; as many as cores where not given. 0 audits in this process, one after
        another. Without effect where dask_address names the team's scheduler, unless 0.
    memory : float
        What one process may take; an even share of the machine where not given.
    tries : int
        How often a model may end the process that audits it, before that is an error of this model.
    reports : path
        A folder for each model's own report, as HTML and JSON, and an index.
    trust_pickle : bool
        Load pickled models from outside the workspace: this runs code from the files.

    Returns
    -------
    Outcome
        A result per model, and the fleet compared. The status is the worst.
    """
    from trustlab.fleet import summary
    from trustlab.fleet.entries import read_entries
    from trustlab.fleet.task import Terms

    context.ensure_workspace()
    defaults = {
        "data": data, "target": target, "sensitive": sensitive, "train": train, "drop": drop, "policy": policy,
        "only": only, "skip": skip, "trust_pickle": trust_pickle or None,
    }  # fmt: skip
    entries = read_entries(models, defaults, context)
    terms = Terms(
        folder=str((context.folder or Path.cwd()).resolve()),
        tries=tries,
        memory=None if memory is None else int(memory * GIGABYTE),
        single=workers != 0,
    )
    verdicts = summary.worst_first(_answered(entries, terms, workers, again, context))
    written = None if reports is None else _write(verdicts, context.path(reports), context)
    return Outcome(
        payload={"models": verdicts, "reports": written},
        results=summary.results_of(verdicts),
        summary=summary.sentence(verdicts),
        views=summary.views_of(verdicts),
        advice=_advice(verdicts),
    )


def _answered(
    entries: Sequence[Entry], terms: Any, workers: int | None, again: bool, context: Context
) -> list[dict[str, Any]]:
    """Return every entry's verdict: what is done already, then what is done now, with progress shown."""
    from trustlab.fleet import records
    from trustlab.fleet.dispatch import answers

    workspace = context.workspace
    done = records.enrol(workspace, entries, again=again)
    verdicts = {entry.name: {**done[entry.key], "name": entry.name} for entry in entries if entry.key in done}
    left = [entry for entry in entries if entry.name not in verdicts]
    if verdicts:
        context.notice(f"{len(verdicts)} of {len(entries)} audits were finished before; --again does them anew")
    try:
        spread = answers(left, terms, address=workspace.settings.dask_address, workers=workers) if left else ()
        for entry, verdict in context.track(spread, "fleet", total=len(left)):
            verdicts[entry.name] = {**verdict, "name": entry.name}
    except KeyboardInterrupt:
        records.release(workspace, [entry.key for entry in left])
        raise
    return list(verdicts.values())


def _write(verdicts: Sequence[Mapping[str, Any]], folder: Path, context: Context) -> str:
    """Write each model's own report and JSON into the folder; what there is to read of each is in the index."""
    from trustlab.core import journal
    from trustlab.core.result import document_from_dict
    from trustlab.report.json import to_json
    from trustlab.report.report import Report

    folder.mkdir(parents=True, exist_ok=True)
    names = {}
    for verdict in verdicts:
        if verdict["run"] is None:
            continue
        document = document_from_dict(journal.document(context.workspace, verdict["run"]))
        stem = f"{re.sub(r'[^A-Za-z0-9._-]+', '-', verdict['name']).strip('-.')[:80]}-{verdict['run'][:8]}"
        Report(document).to_html(folder / f"{stem}.html")
        (folder / f"{stem}.json").write_text(to_json(document), encoding="utf-8")
        names[verdict["name"]] = stem
    index = folder / "index.html"
    index.write_text(_index(verdicts, names), encoding="utf-8")
    return str(index)


def _index(verdicts: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    from trustlab.report.markup import Markup, el
    from trustlab.report.style import report_css

    rows = [
        el(
            "li",
            f"{verdict['status']}  ",
            _link(verdict["name"], names),
            f"  {verdict['summary'] or ''}",
        )
        for verdict in verdicts
    ]
    style = el("style", Markup(report_css(notebook=False)))
    head = el("head", el("meta", charset="utf-8"), el("title", "Fleet"), style)
    body = el("body", el("h1", "Fleet"), el("ol", *rows), _class="trustlab")
    return f"<!DOCTYPE html>\n{el('html', head, body, lang='en')}\n"


def _link(name: str, names: Mapping[str, str]) -> Any:
    from trustlab.report.markup import el

    return el("a", name, href=f"{names[name]}.html") if name in names else name


def _advice(verdicts: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"%trust runs {verdict['run'][:8]}" for verdict in verdicts[:3] if verdict["run"]]
