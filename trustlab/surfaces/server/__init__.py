"""The Jupyter server extension: the operations under ``/trustlab/api/v1/``, and the names that Jupyter looks for."""

from trustlab.surfaces.server.extension import TrustlabExtension, _jupyter_server_extension_points

__all__ = ["TrustlabExtension", "_jupyter_server_extension_points"]
