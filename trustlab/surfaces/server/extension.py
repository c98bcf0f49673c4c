"""How Jupyter finds, loads, configures and stops the extension; nothing heavy is imported before the first request."""

from __future__ import annotations

from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Integer, List, Unicode, default

from trustlab.core.cores import usable_cores


class TrustlabExtension(ExtensionApp):  # type: ignore[misc] # jupyter_server is followed as Any
    """The operations under ``/trustlab/api/v1/``."""

    name = "trustlab"

    max_jobs = Integer(
        min=1,
        help="So many operations that keep the cores busy run at once; others wait in line. Default: the usable cores.",
    ).tag(config=True)
    kept_jobs = Integer(
        100, min=1, help="So many jobs that are over are kept, with their documents, while the server runs."
    ).tag(config=True)
    warm_modules = List(
        Unicode(),
        help="Modules that jobs find imported already, such as pandas and sklearn: quicker starts for more memory. "
        "Each must be installed, and be one that may be imported before a process forks.",
    ).tag(config=True)
    max_upload = Integer(512 * 2**20, min=1, help="The most bytes of one uploaded file.").tag(config=True)

    @default("max_jobs")  # type: ignore[untyped-decorator] # traitlets is followed as Any
    def _usable(self) -> int:
        return usable_cores()

    def initialize_handlers(self) -> None:
        """Add the routes, and the job table that they share."""
        from trustlab.surfaces.server.births import Births
        from trustlab.surfaces.server.handlers.base import JOBS, MOST_UPLOADED
        from trustlab.surfaces.server.handlers.routes import routes
        from trustlab.surfaces.server.jobs import JobTable

        app = self.serverapp.web_app
        births = Births(self.warm_modules)
        app.settings[JOBS] = JobTable(births, most_heavy=self.max_jobs, kept=self.kept_jobs, log=self.log)
        app.settings[MOST_UPLOADED] = self.max_upload
        app.add_handlers(".*$", routes(app.settings["base_url"]))
        self.log.info("trustlab: the API is at %strustlab/api/v1/", app.settings["base_url"])

    async def stop_extension(self) -> None:
        """Stop the jobs with the server."""
        from trustlab.surfaces.server.handlers.base import JOBS

        await self.serverapp.web_app.settings[JOBS].stop()


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Return the module that holds the extension, as Jupyter asks for it."""
    return [{"module": "trustlab.surfaces.server", "app": TrustlabExtension}]
