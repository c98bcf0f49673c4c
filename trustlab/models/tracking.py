"""The way to MLflow: where it lies, and how it stays quiet."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trustlab.core.database import shown, sqlite_url
from trustlab.core.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustlab.core.workspace import Workspace

EXPERIMENT = "trustlab"
NOISY = ("mlflow", "alembic")
_BROKEN = ("not a database", "malformed")
VARIABLES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
LOCK = threading.RLock()


def tracking_uri(workspace: Workspace) -> str:
    """Return the address of MLflow: the setting's, or the SQLite file in the workspace."""
    return workspace.settings.tracking_uri or sqlite_url(workspace.root / "mlflow.db")


@contextmanager
def mlflow_quietly(workspace: Workspace) -> Iterator[Any]:
    """Give the ``mlflow`` module, pointed at the workspace, with telemetry off and its chatter on neither output.

    MLflow has one address per process: it is set for the length of the block, one thread at a time, and what the user
    had set before is put back after it.
    """
    for variable in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        os.environ.setdefault(variable, "true")
    noise = io.StringIO()
    with LOCK, warnings.catch_warnings(), contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise):
        warnings.simplefilter("ignore")
        import mlflow

        with _quiet_loggers(), _address(mlflow, tracking_uri(workspace)), whole(workspace):
            yield mlflow


@contextmanager
def whole(workspace: Workspace) -> Iterator[None]:
    """Raise DamagedError in words where MLflow's database is none any more."""
    from sqlalchemy.exc import DatabaseError

    try:
        yield
    except DatabaseError as error:
        said = str(error.orig)
        if not any(sign in said for sign in _BROKEN):
            raise
        raise DamagedError(
            f"the models' database {shown(tracking_uri(workspace))} must be whole; it is damaged: {said}",
            hint="Restore it from a backup. The data and the journal lie elsewhere, and are as they were.",
        ) from error


@contextmanager
def _quiet_loggers() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in NOISY}
    try:
        for name in NOISY:
            logging.getLogger(name).setLevel(logging.ERROR)
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def _address(mlflow: Any, uri: str) -> Iterator[None]:
    # MLflow's getters resolve defaults, so only these modules tell "not set" from "set to the default"; its setters
    # write the environment too.
    from mlflow.tracking._model_registry import utils as registry
    from mlflow.tracking._tracking_service import utils as tracking

    before = tracking._tracking_uri, registry._registry_uri  # noqa: SLF001 - see above
    environment = {name: os.environ.get(name) for name in VARIABLES}
    try:
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        yield
    finally:
        mlflow.set_tracking_uri(before[0])
        mlflow.set_registry_uri(before[1])
        for name, value in environment.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def experiment_id(client: Any, workspace: Workspace) -> str:
    """Return the experiment that trustlab's runs belong to, made on first use.

    With the embedded default its artifacts lie in the workspace; a server keeps them where it was told to.
    """
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        place = None if workspace.settings.tracking_uri else (workspace.root / "artifacts").as_uri()
        try:
            return str(client.create_experiment(EXPERIMENT, artifact_location=place))
        except MlflowException:
            # Another process made it between the question and the answer.
            found = client.get_experiment_by_name(EXPERIMENT)
            if found is None:
                raise
    return str(found.experiment_id)


@contextmanager
def recording(workspace: Workspace, title: str, tags: Mapping[str, str]) -> Iterator[tuple[Any, Any, str]]:
    """Give ``mlflow``, a client and the id of a new run, which ends as the block ends.

    A block that raises leaves its run FAILED, one that is interrupted KILLED; never RUNNING.
    """
    with mlflow_quietly(workspace) as mlflow:
        client = mlflow.MlflowClient()
        author = {"mlflow.user": workspace.settings.author} if workspace.settings.author else {}
        run = client.create_run(experiment_id(client, workspace), run_name=title, tags={**author, **tags})
        end = "FAILED"
        try:
            yield mlflow, client, str(run.info.run_id)
            end = "FINISHED"
        except KeyboardInterrupt:
            end = "KILLED"
            raise
        finally:
            client.set_terminated(run.info.run_id, status=end)
