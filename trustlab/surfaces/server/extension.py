"""How Jupyter finds and loads the extension; nothing heavy is imported before the first request."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Return the module that holds the loader, as Jupyter asks for it."""
    return [{"module": "trustlab.surfaces.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the routes to a running server.

    Parameters
    ----------
    server : jupyter_server.serverapp.ServerApp
        The application that loads its extensions.
    """
    from trustlab.surfaces.server.handlers import routes

    server.web_app.add_handlers(".*$", routes(server.web_app.settings["base_url"]))
    server.log.info("trustlab: the API is at %strustlab/api/v1/", server.web_app.settings["base_url"])
