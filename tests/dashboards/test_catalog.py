"""A dashboard is one file and its notebook: nothing else names it."""

import json
from pathlib import Path

import pytest

import trustlab.dashboards
from trustlab.core.errors import NotFoundError
from trustlab.dashboards import catalog

ROOT = Path(__file__).resolve().parents[2]
ONE_MORE = '''"""How many models there are."""

from trustlab.core.context import Context
from trustlab.dashboards.page import Page
from trustlab.dashboards.record import dashboard


@dashboard("How many?", about="model")
def count(context: Context, about: str | None = None) -> Page:
    """How many models there are,
    in one line.

    More.
    """
    raise NotImplementedError
'''


def test_every_file_with_a_dashboard_is_found_and_has_its_notebook_and_tests() -> None:
    folder = ROOT / "trustlab" / "dashboards"
    files = {path.stem for path in folder.glob("*.py") if "\n@dashboard(" in path.read_text()}
    assert set(catalog.dashboards()) == files >= {"verdict", "data", "model"}
    notebooks = {path.stem for path in (ROOT / "notebooks" / "dashboards").glob("*.ipynb")}
    assert notebooks == files
    for name, record in catalog.dashboards().items():
        assert record.name == name
        assert record.title.endswith("?")
        assert record.summary.endswith(".")
        path = catalog.notebook(name)
        assert path == ROOT / "notebooks" / "dashboards" / f"{name}.ipynb"
        notebook = json.loads(path.read_text())
        source = "".join("".join(cell["source"]) for cell in notebook["cells"])
        assert f'live.show("{name}", about)' in source
        assert notebook["metadata"]["title"] == record.title
        assert (ROOT / "tests" / "dashboards" / f"test_{name}.py").is_file()


def test_one_more_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "count.py").write_text(ONE_MORE)
    monkeypatch.setattr(trustlab.dashboards, "__path__", [*trustlab.dashboards.__path__, str(tmp_path)])
    catalog.dashboards.cache_clear()
    try:
        found = catalog.dashboards()["count"]
        assert (found.title, found.summary) == ("How many?", "How many models there are, in one line.")
        with pytest.raises(NotFoundError, match=r"must have its notebook, count\.ipynb"):
            catalog.notebook("count")
    finally:
        catalog.dashboards.cache_clear()


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(NotFoundError, match=r"one of data, model, verdict; got 'verdit'\. Did you mean 'verdict'\?"):
        catalog.get("verdit")


def test_the_wheels_notebooks_are_found_where_it_puts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "__file__", str(tmp_path / "site-packages" / "trustlab" / "dashboards" / "catalog.py"))
    monkeypatch.setattr(catalog, "_recorded", list)
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path / "data"))
    with pytest.raises(NotFoundError, match="must have its notebook"):
        catalog.notebook("verdict")
    installed = tmp_path / "prefix" / "share" / "trustlab" / "notebooks" / "dashboards" / "verdict.ipynb"
    installed.parent.mkdir(parents=True)
    installed.write_text("{}")
    assert catalog.notebook("verdict") == installed
    # pyproject.toml says the same: this folder is what the wheel brings.
    shared = (ROOT / "pyproject.toml").read_text().partition("[tool.hatch.build.targets.wheel.shared-data]")[2]
    assert '"notebooks" = "share/trustlab/notebooks"' in shared
