"""The Jupyter server extension: the operations under ``/trustlab/api/v1/``, and the names that Jupyter looks for."""

from trustlab.surfaces.server.extension import _jupyter_server_extension_points, _load_jupyter_server_extension

__all__ = ["_jupyter_server_extension_points", "_load_jupyter_server_extension"]
