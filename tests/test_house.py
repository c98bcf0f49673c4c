"""The house stands as it was drawn: layers, budgets, lightness, one file and one test per operation."""

import ast
import graphlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "trustlab"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "labextension" not in path.parts)
LAYERS = {
    "core": 0,
    "stats": 1,
    "store": 1,
    "data": 2,
    "models": 3,
    "train": 4,
    "explain": 5,
    "drift": 5,
    "checks": 6,
    "pipelines": 7,
    "fleet": 7,
    "report": 8,
    "dashboards": 9,
    "testing": 9,  # the planted faults, which a verb shows; the contract, which runs the surfaces, is no one's import
    "completion": 10,
    "verbs": 11,
    "surfaces": 12,
    "__main__": 13,
}
TOP_LEVEL = {
    "trustlab",
    "labextension",
    "notebooks",
    "kernels",
    "tests",
    "binder",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Makefile",
    "constraints.txt",
}
MODULE_LINES, FUNCTION_LINES, INDEX_LINES = 400, 40, 60
HEAVY = ("torch", "pandas", "mlflow", "matplotlib", "sklearn", "scipy", "plotly", "sqlalchemy", "papermill")
REGISTRY_HOST = re.compile(r"(pypi|pythonhosted|npmjs|yarnpkg|debian)\.(org|com|net)", re.IGNORECASE)


def layer(module: str) -> str:
    return module.split(".")[1] if "." in module else "trustlab"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("trustlab.")}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_lean_downward(path: Path) -> None:
    own = layer(name_of(path))
    if own in {"trustlab", "testing"}:
        return
    for name in imports_of(path):
        other = layer(name)
        assert other == own or LAYERS[other] < LAYERS[own], f"{own} imports {name}"


@pytest.mark.parametrize("path", [path for path in SOURCES if layer(name_of(path)) == "verbs"], ids=name_of)
def test_verbs_do_not_know_each_other(path: Path) -> None:
    """What two verbs share lies below them; types count too."""
    assert not [name for name in imports_of(path) if layer(name) == "verbs"]


def runs(node: ast.AST) -> bool:
    """Whether a statement runs: what stands under TYPE_CHECKING does not."""
    return not (isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING")


def modules_used(path: Path, known: set[str]) -> set[str]:
    found, waiting = set(), [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        waiting += [child for child in ast.iter_child_nodes(node) if runs(child)]
    return found & known


def test_no_circular_imports_not_even_lazy_ones() -> None:
    names = {name_of(path): path for path in SOURCES if path.name != "__init__.py"}
    graph = {name: modules_used(path, set(names)) - {name} for name, path in names.items()}
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_budgets(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # The body, without its docstring: in this house a signature is a declaration that surfaces derive from.
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert lines <= FUNCTION_LINES, f"{node.name} has {lines} lines"


def test_index_ts_stays_small() -> None:
    assert len((ROOT / "labextension/src/index.ts").read_text().splitlines()) <= INDEX_LINES


def test_init_files_hold_imports_only() -> None:
    for path in SOURCES:
        if path.name != "__init__.py" or path.parent == PACKAGE:
            continue
        for node in ast.parse(path.read_text()).body:
            is_doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            is_all = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
            assert is_doc or is_all or isinstance(node, ast.Import | ast.ImportFrom), f"{path}: {ast.dump(node)[:80]}"


def test_no_grab_bag_modules() -> None:
    assert not [path for path in SOURCES if path.stem in {"utils", "helpers", "common", "misc"}]


def test_the_tree_is_the_one_drawn() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    names = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL
    for folder in ("kernels", "binder", "notebooks", "labextension"):
        assert any(line.startswith(f"{folder}/") for line in tracked.stdout.splitlines()), folder


def test_no_registry_is_named() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    for line in tracked.stdout.splitlines():
        path = ROOT / line
        if path.is_file() and path.suffix in {".py", ".json", ".toml", ".txt", ".md", ".yml", ".yaml", ".ts", ""}:
            assert not REGISTRY_HOST.search(path.read_text(encoding="utf-8", errors="ignore")), line


def test_each_operation_has_one_source_and_one_test() -> None:
    from trustlab.core import registry

    for record in registry.operations().values():
        source = Path(*record.function.__module__.split("."))
        test = ROOT / "tests" / source.relative_to("trustlab").parent / f"test_{source.name}.py"
        assert test.is_file(), f"{record.id} wants {test.relative_to(ROOT)}"


def loaded_after(code: str) -> dict[str, bool]:
    script = f"{code}\nimport sys, json\nprint(json.dumps({{m: m in sys.modules for m in {HEAVY!r}}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import trustlab",
        "from trustlab.core import registry; assert len(registry.operations()) > 10",
        "from trustlab.surfaces import cli; cli.main(['--help'])",
        "from trustlab.surfaces import cli; cli.main(['audit', '--help'])",
        "from trustlab.surfaces import cli; cli.main(['operations', '--json'])",
        "import IPython.core.interactiveshell as i; i.InteractiveShell().extension_manager.load_extension('trustlab')",
    ],
)
def test_the_light_path_imports_nothing_heavy(code: str) -> None:
    loaded = loaded_after(code)
    assert not [name for name, there in loaded.items() if there]
