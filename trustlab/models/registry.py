"""The registry: named models with numbered versions, how each was made, and which one is the champion. MLflow's."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, NotFoundError, UsageError, did_you_mean
from trustlab.core.views import clean
from trustlab.models import flavour
from trustlab.models.digests import of_text
from trustlab.models.environment import installed, requirements
from trustlab.models.tracking import EXPERIMENT, mlflow_quietly, recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustlab.core.workspace import Workspace
    from trustlab.models.predictor import Predictor

CHAMPION = "champion"
PREFIX = "trustlab."


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One version of a registered model.

    Parameters
    ----------
    name : str
        The registered name.
    version : int
        Counts from 1.
    run_id : str
        The MLflow run that made it.
    created : str
        When, as ISO 8601 in UTC.
    champion : bool
        Whether it is the one in use.
    params, metrics, tags : mapping
        As logged; tags without MLflow's own.
    """

    name: str
    version: int
    run_id: str
    created: str
    champion: bool
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the version as JSON data."""
        names = ("name", "version", "run_id", "created", "champion", "params", "metrics", "tags")
        return {name: clean(getattr(self, name)) for name in names}


@dataclass(frozen=True)
class Registry:
    """The models of a workspace.

    Parameters
    ----------
    workspace : Workspace
        Whose ``settings.tracking_uri`` says where MLflow is; by default SQLite in the workspace.
    """

    workspace: Workspace

    def log_training(
        self,
        predictor: Predictor,
        *,
        name: str,
        example: Any,
        params: Mapping[str, Any] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        code: str | None = None,
        seed: int | None = None,
    ) -> ModelVersion:
        """Record one training, its run and its model, in one go.

        Parameters
        ----------
        predictor : Predictor
            The trained model.
        name : str
            The name to register it under; letters, digits, dot, dash and underscore.
        example : frame
            A few rows as the model takes them.
        params, metrics, tags : mapping or None
            What to note on the run; metrics that are not finite numbers are left out.
        data : mapping or None
            Where the rows came from: ref, commit, target, number of rows; JSON data, by default the predictor's
            ``training``, and that of the model when it is loaded again.
        code : str or None
            The source that built the model; stored with its BLAKE3 hash.
        seed : int or None
            The seed of the training.

        Returns
        -------
        ModelVersion
            The new version, not yet champion.
        """
        check_name(name)
        origin = clean(dict(data or predictor.training or {}))
        kept = replace(predictor, name=name, training=origin or None)
        code_hash = None if code is None else of_text(code)
        marks = _marks(predictor, seed, code_hash, origin) | {key: _word(value) for key, value in (tags or {}).items()}
        with recording(self.workspace, f"train {name}", marks) as (mlflow, client, run_id):
            _log_numbers(client, run_id, metrics or {})
            for key, value in (params or {}).items():
                client.log_param(run_id, key, _word(value)[:500])
            if code is not None:
                client.log_text(run_id, code, "code.py")
            client.log_dict(run_id, installed(), "environment.json")
            client.log_dict(run_id, origin, "data.json")
            client.log_dict(run_id, clean(dict(predictor.record)), "record.json")
            client.log_dict(run_id, _example(example), "input_example.json")
            version = self._log_model(mlflow, client, run_id, kept, example)
        return self.version(name, version)

    def _log_model(self, mlflow: Any, client: Any, run_id: str, predictor: Predictor, example: Any) -> int:
        """Store the model beside its run, register it, and return its version."""
        # Without a record of its own, MLflow would put the model into whichever experiment is active.
        home = client.get_run(run_id).info.experiment_id
        record = client.create_logged_model(home, name=predictor.name, source_run_id=run_id)
        info = mlflow.models.Model.log(
            artifact_path=None,
            name=predictor.name,
            model_id=record.model_id,
            flavor=flavour,
            flavor_name=flavour.FLAVOR_NAME,
            run_id=run_id,
            registered_model_name=predictor.name,
            predictor=predictor,
            workspace=self.workspace,
            example=example,
            requirements=requirements(predictor.kind),
        )
        return int(info.registered_model_version)

    def log_audit(
        self,
        name: str,
        version: int,
        *,
        status: str,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> str:
        """Record an audit of a version as a run of its own, and its status on the version.

        Returns
        -------
        str
            The id of the audit's run.
        """
        made = self.version(name, version)
        marks = {
            f"{PREFIX}operation": "audit",
            f"{PREFIX}model": name,
            f"{PREFIX}version": str(version),
            f"{PREFIX}status": status,
            "mlflow.parentRunId": made.run_id,
            **{key: _word(value) for key, value in (tags or {}).items()},
        }
        with recording(self.workspace, f"audit {name}@{version}", marks) as (_, client, run_id):
            _log_numbers(client, run_id, metrics or {})
            client.set_model_version_tag(name, str(version), f"{PREFIX}audit_status", status)
            client.set_model_version_tag(name, str(version), f"{PREFIX}audit_run", run_id)
            return str(run_id)

    def models(self) -> list[str]:
        """Return the registered names, sorted."""
        with mlflow_quietly(self.workspace) as mlflow:
            return sorted(str(model.name) for model in _pages(mlflow.MlflowClient().search_registered_models))

    def versions(self, name: str) -> list[ModelVersion]:
        """Return a model's versions, newest first.

        Raises
        ------
        NotFoundError
            Where no model has the name.
        """
        check_name(name)
        with mlflow_quietly(self.workspace) as mlflow:
            client = mlflow.MlflowClient()
            champion = self._registered(client, name).aliases.get(CHAMPION)
            rows = _pages(client.search_model_versions, filter_string=f"name='{name}'")
            made = [_version(client, row, champion) for row in rows]
        return sorted(made, key=lambda version: -version.version)

    def version(self, name: str, which: int | str | None = None) -> ModelVersion:
        """Return one version: by number, the ``champion``, or the newest where None.

        Raises
        ------
        NotFoundError
            Where there is no such model or version.
        """
        made = self.versions(name)
        if not made:
            raise NotFoundError(f"model {name!r} must have a version; all of them were deleted")
        if which is None:
            return made[0]
        if which == CHAMPION:
            for version in made:
                if version.champion:
                    return version
            newest = f"{name}@{made[0].version}"
            raise NotFoundError(f"model {name!r} has no champion yet", hint=f"Its newest version is {newest}.")
        for version in made:
            if str(version.version) == str(which):
                return version
        known = ", ".join(str(version.version) for version in reversed(made))
        raise NotFoundError(f"model {name!r} has no version {which!r}; it has {known}")

    def trained_on(self, commit: str) -> list[ModelVersion]:
        """Return the versions that were trained on a commit of the data store, newest first.

        Parameters
        ----------
        commit : str
            Its whole id.
        """
        if self.workspace.settings.tracking_uri is None and not (self.workspace.root / "mlflow.db").exists():
            return []
        with mlflow_quietly(self.workspace) as mlflow:
            client = mlflow.MlflowClient()
            home = client.get_experiment_by_name(EXPERIMENT)
            if home is None:
                return []
            asked = f"tags.`{PREFIX}data.commit` = '{commit}'"
            runs = _pages(client.search_runs, experiment_ids=[home.experiment_id], filter_string=asked)
            rows = [row for run in runs for row in _of_run(client, run.info.run_id)]
            champions = {name: client.get_registered_model(name).aliases for name in {row.name for row in rows}}
            made = [_version(client, row, champions[row.name].get(CHAMPION)) for row in rows]
        return sorted(made, key=lambda version: (version.created, version.name, version.version), reverse=True)

    def champion(self, name: str) -> ModelVersion | None:
        """Return the version in use, or None where none was chosen."""
        return next((version for version in self.versions(name) if version.champion), None)

    def set_champion(self, name: str, version: int) -> ModelVersion:
        """Put one version in use, in the place of the one before."""
        self.version(name, version)
        with mlflow_quietly(self.workspace) as mlflow:
            mlflow.MlflowClient().set_registered_model_alias(name, CHAMPION, str(version))
        return self.version(name, version)

    def _registered(self, client: Any, name: str) -> Any:
        from mlflow.exceptions import MlflowException

        try:
            return client.get_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise InputError(f"MLflow must answer about model {name!r}; it says: {error}") from error
            names = [str(model.name) for model in _pages(client.search_registered_models)]
            raise NotFoundError(
                f"no registered model is called {name!r}.{did_you_mean(name, names)}",
                hint=f"Registered are: {', '.join(sorted(names))}." if names else "Make one with: trust train --name",
            ) from None


def check_name(name: str) -> None:
    """Raise UsageError where a name cannot be a registered model's."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise UsageError(f"a model's name must be letters, digits, dots, dashes and underscores; got {name!r}")


def _pages(search: Any, **question: Any) -> Iterator[Any]:
    token = None
    while True:
        page = search(**question, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _of_run(client: Any, run_id: str) -> list[Any]:
    return list(_pages(client.search_model_versions, filter_string=f"run_id = '{run_id}'"))


def _version(client: Any, row: Any, champion: Any) -> ModelVersion:
    data = client.get_run(row.run_id).data if row.run_id else None
    tags = {**(data.tags if data else {}), **row.tags}
    return ModelVersion(
        name=str(row.name),
        version=int(row.version),
        run_id=str(row.run_id or ""),
        created=datetime.fromtimestamp(row.creation_timestamp / 1000, UTC).isoformat(timespec="seconds"),
        champion=champion is not None and int(champion) == int(row.version),
        params=dict(data.params) if data else {},
        metrics=dict(data.metrics) if data else {},
        tags={key: value for key, value in sorted(tags.items()) if not key.startswith("mlflow.")},
    )


def _word(value: Any) -> str:
    return str(clean(value))


def _marks(predictor: Predictor, seed: int | None, code_hash: str | None, origin: Mapping[str, Any]) -> dict[str, str]:
    """Return what a training's run is tagged with."""
    labels = {
        "operation": "train",
        "kind": predictor.kind,
        "task": predictor.task,
        "digest": predictor.digest(),
        "seed": seed,
        "code_hash": code_hash,
        **{f"data.{key}": value for key, value in origin.items() if not isinstance(value, dict | list)},
    }
    return {f"{PREFIX}{key}": _word(value)[:5000] for key, value in labels.items() if value is not None}


def _log_numbers(client: Any, run_id: str, metrics: Mapping[str, float]) -> None:
    for key, value in metrics.items():
        if value is not None and math.isfinite(value):
            client.log_metric(run_id, key, float(value))


def _example(example: Any) -> dict[str, Any]:
    import pandas as pd

    rows = example.head(5) if isinstance(example, pd.DataFrame) else pd.DataFrame(example[:5])
    return {"columns": [str(column) for column in rows.columns], "data": clean(rows.to_numpy().tolist())}
