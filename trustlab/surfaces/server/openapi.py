"""The API's OpenAPI document, as it is checked in: ``python -m trustlab.surfaces.server.openapi``.

The output is ``openapi.json`` beside this file; a test fails when it is stale. A server answers with its own, which has
the operations of installed plug-ins too.
"""

from __future__ import annotations

import sys

from trustlab.surfaces.server.description import render
from trustlab.surfaces.server.handlers.routes import ROUTES

if __name__ == "__main__":
    sys.stdout.write(render(ROUTES))
