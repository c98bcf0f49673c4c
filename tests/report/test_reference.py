"""The README's tables are those of the registry."""

from pathlib import Path

from trustlab.core import registry
from trustlab.report.reference import filled, tables

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_is_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == filled(text), "run: python -m trustlab.report.reference README.md"


def test_every_operation_is_in_a_table() -> None:
    both = "\n".join(tables().values())
    for record in registry.operations().values():
        assert f"`{' '.join(record.words)}`" in both


def test_bars_in_a_cell_are_escaped() -> None:
    assert filled("<!-- verbs -->\nold\n<!-- /verbs -->").count("<!-- verbs -->") == 1
