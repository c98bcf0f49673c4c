"""Which dashboards there are: found by walking this package, as operations are; and where their notebooks lie."""

from __future__ import annotations

import importlib
import pkgutil
import site
import sys
import sysconfig
from functools import cache
from pathlib import Path

from trustlab.core.errors import NotFoundError, did_you_mean
from trustlab.dashboards.record import Dashboard

PACKAGE = "trustlab.dashboards"
FOLDER = Path("notebooks") / "dashboards"
SHARED = Path("share") / "trustlab"


@cache
def dashboards() -> dict[str, Dashboard]:
    """Return every dashboard by its name, in the order of names."""
    found = {}
    for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__, f"{PACKAGE}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Dashboard) and value.build.__module__ == module.name:
                found[value.name] = value
    return dict(sorted(found.items()))


def get(name: str) -> Dashboard:
    """Return the dashboard called ``name``; NotFoundError with the nearest name otherwise."""
    known = dashboards()
    if name not in known:
        raise NotFoundError(
            f"a dashboard must be one of {', '.join(known)}; got {name!r}.{did_you_mean(name, known)}",
            hint="What each shows: trust dashboard list",
        )
    return known[name]


def notebook(name: str) -> Path:
    """Return the notebook of a dashboard: that of the source tree, or the one that the wheel installed.

    Raises
    ------
    NotFoundError
        Where neither is there.
    """
    source = Path(__file__).resolve().parents[2]
    shared = (sysconfig.get_path("data"), sys.prefix, site.getuserbase())
    places = [source / FOLDER, *_recorded(), *(Path(place) / SHARED / FOLDER for place in shared)]
    for place in dict.fromkeys(places):
        if (place / f"{name}.ipynb").is_file():
            return place / f"{name}.ipynb"
    raise NotFoundError(
        f"the dashboard {name} must have its notebook, {name}.ipynb; it is in none of "
        f"{', '.join(str(place) for place in dict.fromkeys(places))}",
        hint="Install trustlab again: its wheel brings the notebooks.",
    )


def _recorded() -> list[Path]:
    """Return the folders into which the installer says that it put notebooks of ours, wherever its prefix was."""
    from importlib.metadata import PackageNotFoundError, files

    try:
        listed = files("trustlab") or []
    except PackageNotFoundError:
        return []
    return [Path(str(one.locate())).resolve().parent for one in listed if one.match(f"{SHARED / FOLDER}/*.ipynb")]
