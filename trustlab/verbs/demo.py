"""``trust demo``: the main job from end to end, each arrow a real operation."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.core.operation import operation
from trustlab.core.parameters import Column, Columns, Format, PathLike, Repeated, Short
from trustlab.core.result import Outcome, Status
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from trustlab.core.result import Document

EARLIER = 0.7
CANDIDATES = ("boosting", "mlp")
CRON = "0 6 * * MON"
LONGEST = 40  # of a name made from a file's
DIGIT_CHECKS = ("quality", "performance", "robustness.adversarial_perturbation", "reliability")


@dataclass(kw_only=True)
class _Job:
    """The job as it goes: what was asked, and a line for each arrow."""

    context: Context
    name: str
    target: str
    sensitive: str | None
    lines: list[tuple[str, str, str, float]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    commits: list[dict[str, Any]] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)

    def step(self, label: str, operation_id: str, **parameters: Any) -> Document:
        """Run one arrow, and keep its verdict and its sentence."""
        from trustlab.report import words

        self.context.notice(f"{label} …")
        clock = time.perf_counter()
        document = run(operation_id, {**parameters, "seed": self.context.seed}, self.context)
        seconds = round(time.perf_counter() - clock, 1)
        audited = operation_id == "audit"
        said = f"{words.verdict(document)[2:]}: {document.summary}" if audited else document.summary or ""
        self.lines.append((label, str(document.status), said, seconds))
        could_not = [result.id for result in document.results if result.status == Status.ERROR]
        if could_not or document.status == Status.ERROR:
            self.broken.append(f"{label} ({', '.join(could_not)})" if could_not else label)
        return document

    def report(self, document: Document, file: str) -> None:
        """Write a document's HTML report into the folder."""
        from trustlab.report.report import Report

        path = self.context.path("reports") / self.name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        Report(document).to_html(path)
        self.paths[f"{self.name}: {file.removesuffix('.html')}"] = str(path)


@operation("verb", "The main job", cost="minutes", records=True, example={"data": "loans.csv", "target": "approved"})
def demo(
    data: Annotated[PathLike, Short("d")] = None,
    target: Annotated[Column, Short("t")] = None,
    sensitive: Annotated[Columns, Short("s")] = None,
    drop: Annotated[list[str] | None, Format("column")] = None,
    names: list[str] | None = None,
    derive: Annotated[list[str] | None, Format("expression"), Repeated()] = None,
    name: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """Do the main job from end to end: commit, train, audit, explain, compare, choose, promote, run and schedule.

    Without a file it takes two data sets that ship with scikit-learn: the diabetes study (progression above the
    median; sensitive are sex and age band) and the handwritten digits for the path through torch and images. It
    passes where every step did its work, every check included; what the audits found is in its lines and in
    ``verdict``.

    Parameters
    ----------
    data : path
        Your own CSV or Parquet file.
    target : column
        Its column of labels.
    sensitive : columns
        Its sensitive attributes, comma-separated.
    drop : list
        Columns that are no features.
    names : list
        The column names of a text file that has no header.
    derive : list
        New columns, as NAME = EXPRESSION over the columns, made before the commit; may be repeated. Drop what a
        derived target was made from.
    name : str
        What to call the data and the model; the file's name where not given.
    """
    clock = time.perf_counter()
    own = {"target": target, "sensitive": sensitive, "drop": drop, "names": names, "derive": derive}
    frame, job = _prepare(data, own, name, context)
    _commit(job, frame)
    audits = {recipe: _candidate(job, recipe, drop) for recipe in CANDIDATES}
    chosen = job.step("choose", "model.choose", models=[_version(audit) for audit in audits.values()])
    best = chosen.payload["champion"] or chosen.payload["candidates"][0]["model"]
    explained = job.step("explain", "explain", model=best, data=_earlier(job), row=0)
    job.report(explained, "explanation.html")
    compared = [column for column in frame.columns if column not in (drop or ())]
    moved = job.step("drift", "drift", reference=_earlier(job), current=f"{job.name}@later", columns=compared)
    job.report(moved, "drift.html")
    if data is None:
        _digits(job)
    _pipeline(job, drop)
    columns = ("step", "status", "what came out", "seconds")
    return Outcome(
        payload={
            "verdict": str(chosen.status),
            "champion": chosen.payload["champion"],
            "commits": job.commits,
            "steps": [dict(zip(columns, line, strict=True)) for line in job.lines],
            "paths": job.paths,
            "folder": str(context.path(".").resolve()),
        },
        status=_ending(job, chosen),
        summary=_sentence(job, chosen, time.perf_counter() - clock),
        views=[
            Table(name="steps", title="What happened", columns=columns, rows=job.lines, units={"seconds": "s"}),
            Table(name="paths", title="Where to look", columns=("what", "path"), rows=_short(job)),
        ],
        advice=[f"%trust audit {best} --data {_earlier(job)}", "%trust status"],
    )


def _prepare(data: Any, own: Mapping[str, Any], name: str | None, context: Context) -> tuple[pd.DataFrame, _Job]:
    """Return the rows and the job, refusing bad input before anything is written."""
    from trustlab.data import expressions, samples
    from trustlab.data.dataset import load_dataset
    from trustlab.models.subject import Subject

    if data is None:
        if came := [key for key, value in own.items() if value is not None]:
            raise UsageError(f"demo: {came[0]} goes with data; data did not come", hint="--data FILE.csv")
        job = _Job(context=context, name=name or "study", target="progressed", sensitive="sex,age_band")
        return samples.diabetes(), _checked(job)
    target, sensitive, derive = own["target"], own["sensitive"], own["derive"]
    if target is None:
        raise UsageError("demo: target is needed with data; nothing came", hint="--target COLUMN")
    dataset = load_dataset(data, context, names=own["names"])
    frame = expressions.derive(dataset.frame, derive) if derive else dataset.frame
    earlier = dataset.with_frame(_parts(frame)["main"])
    Subject.load(data=earlier, target=target, sensitive=sensitive, drop=own["drop"], context=context)
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in Path(dataset.name).stem)
    job = _Job(context=context, name=name or plain.strip("-")[:LONGEST] or "data", target=target, sensitive=sensitive)
    return frame, _checked(job)


def _checked(job: _Job) -> _Job:
    """Refuse a name that a later step could not use, and a missing notebook, before anything is written."""
    from trustlab.pipelines.spec import checked_name

    checked_name("pipeline", _pipeline_name(job))
    notebooks_folder()
    return job


def _parts(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the earlier rows and the later ones, by branch."""
    cut = int(len(frame) * EARLIER)
    if not 0 < cut < len(frame):
        raise InputError(f"demo: the data must have rows to train on and later ones; got {len(frame)}")
    rows = {"main": frame.iloc[:cut], "later": frame.iloc[cut:]}
    return {branch: part.reset_index(drop=True) for branch, part in rows.items()}


def _earlier(job: _Job) -> str:
    return f"{job.name}@main"


def _pipeline_name(job: _Job) -> str:
    return f"{job.name}-weekly"


def _commit(job: _Job, frame: pd.DataFrame) -> None:
    """Commit the earlier rows to main and the later ones to a branch of their own: a second run adds nothing."""
    first = 1
    for branch, rows in _parts(frame).items():
        message = f"Rows {first:,} to {first + len(rows) - 1:,}"
        done = job.step(
            f"commit {job.name}@{branch}", "data.commit", repo=job.name, source=rows, branch=branch, message=message
        )
        job.commits.append({key: done.payload[key] for key in ("repo", "branch", "commit", "bytes_added")})
        first += len(rows)


def _candidate(job: _Job, recipe: str, drop: list[str] | None) -> Document:
    trained = job.step(
        f"train {recipe}",
        "train",
        data=_earlier(job),
        target=job.target,
        name=job.name,
        recipe=recipe,
        drop=drop,
    )
    made = trained.payload["model"]
    audit = job.step(
        f"audit {recipe}",
        "audit",
        model=f"{made['name']}@{made['version']}",
        data=_earlier(job),
        sensitive=job.sensitive,
    )
    job.report(audit, f"audit-{recipe}.html")
    return audit


def _version(audit: Document) -> str:
    model = audit.payload["model"]
    return f"{model['name']}@{model['version']}"


def _ending(job: _Job, chosen: Document) -> Status:
    """Error where a step could not finish, warn where it all ran and nothing may be used, else pass."""
    if job.broken:
        return Status.ERROR
    return Status.PASS if chosen.payload["champion"] else Status.WARN


def _sentence(job: _Job, chosen: Document, seconds: float) -> str:
    champion = chosen.payload["champion"]
    verdict = f"{champion} is the champion." if champion else "no candidate passes the policy, so none was put in use."
    broken = f" Could not finish: {'; '.join(job.broken)}." if job.broken else ""
    return f"The main job ran in {seconds:.0f} s; {verdict}{broken}"


def _short(job: _Job) -> list[tuple[str, str]]:
    """Return the files as one types them here."""
    folder = job.context.path(".").resolve()
    paths = {what: Path(path).resolve() for what, path in job.paths.items()}
    return [
        (what, str(path.relative_to(folder) if path.is_relative_to(folder) else path)) for what, path in paths.items()
    ]


def _digits(job: _Job) -> None:
    """Take the handwritten digits through torch: train, audit, attack."""
    from trustlab.data import samples

    images = replace(job, name="digits", target="digit", sensitive=None)
    _commit(images, samples.digits())
    trained = images.step(
        "train cnn", "train", data="digits@main", target="digit", name="digits", recipe="cnn", epochs=20
    )
    version = f"digits@{trained.payload['model']['version']}"
    audit = images.step("audit cnn", "audit", model=version, data="digits@main", only=list(DIGIT_CHECKS))
    images.report(audit, "audit-cnn.html")


def _pipeline(job: _Job, drop: list[str] | None) -> None:
    """Promote the retraining notebook, run it once through papermill, and schedule it."""
    parameters = {
        "data": _earlier(job),
        "target": job.target,
        "sensitive": job.sensitive or "",
        "name": job.name,
        "drop": ",".join(drop or ()),
    }
    notebook = notebooks_folder() / "pipelines" / "retrain.ipynb"
    pipeline = _pipeline_name(job)
    job.step("promote", "promote", notebook=str(notebook), name=pipeline, parameters=parameters, gate="trust_status")
    ran = job.step("run pipeline", "pipeline.run", name=pipeline)
    for step in ran.payload["run"]["steps"]:
        if step["notebook"]:
            job.paths[f"{job.name}: executed notebook"] = str(job.context.workspace.root / step["notebook"])
    job.step("schedule", "schedule", pipeline=pipeline, cron=CRON)


def notebooks_folder() -> Path:
    """Return the folder of the notebooks that come with trustlab: beside the package, or installed with it."""
    beside = Path(__file__).resolve().parents[2] / "notebooks"
    installed = Path(sys.prefix) / "share" / "trustlab" / "notebooks"
    for folder in (beside, installed):
        if (folder / "pipelines").is_dir():
            return folder
    raise NotFoundError(f"the notebooks of trustlab must lie in {installed}; they do not", hint="Reinstall trustlab")
