"""The layout that lets a newcomer guess where things are, and the direction in which imports may point."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("specialist", "frontier-rag", "random-forest", "ensemble", "scanner", "notifier", "dashboard")
MODULES = {name: name.replace("-", "_") for name in SERVICES}
ROLES = ("__main__.py", "app.py", "service.py", "settings.py")
HEAVY = {
    "onnxruntime",
    "chromadb",
    "openai",
    "apprise",
    "redis",
    "sqlalchemy",
    "feedparser",
    "bs4",
    "torch",
    "transformers",
    "peft",
    "aiohttp",
}

EXTRAS = {"database.py": {"sqlalchemy"}, "redis_store.py": {"redis"}}  # of common: adapters, with what their extra brings


def source(name: str) -> Path:
    return ROOT / "services" / name / "src" / MODULES[name]


def imports(path: Path) -> Iterator[str]:
    """Top-level packages that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def python_files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found, f"no Python files in {folder}"
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_the_same_role_has_the_same_file_name_in_every_service(name: str) -> None:
    assert [role for role in ROLES if not (source(name) / role).is_file()] == []


def test_common_imports_no_service_and_no_machine_learning() -> None:
    forbidden = {*MODULES.values(), "training", "pricer", "numpy", *HEAVY}
    for path in python_files(ROOT / "common" / "src"):
        allowed = EXTRAS.get(path.name, set())  # who asks for no database has none
        assert (forbidden - allowed).isdisjoint(imports(path)), path


@pytest.mark.parametrize("adapter", EXTRAS)
def test_of_common_only_the_adapter_of_an_extra_imports_it_with_itself(adapter: str) -> None:
    for path in python_files(ROOT / "common" / "src"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        at_import = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        assert f"common.{adapter.removesuffix('.py')}" not in [node.module for node in at_import], path


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_imports_neither_another_service_nor_training(name: str) -> None:
    forbidden = {*MODULES.values(), "training", "pricer"} - {MODULES[name]}
    for path in python_files(source(name)):
        assert forbidden.isdisjoint(imports(path)), path


@pytest.mark.parametrize("name", SERVICES)
def test_the_use_case_knows_neither_fastapi_nor_a_client_library(name: str) -> None:
    assert {"fastapi", "os", *HEAVY}.isdisjoint(imports(source(name) / "service.py"))


@pytest.mark.parametrize("library", sorted(HEAVY - {"torch", "transformers", "peft"}))
def test_a_heavy_library_has_one_adapter_in_each_service(library: str) -> None:
    stores = {"sqlalchemy"}  # a schema and the queries over it are two files
    for name in SERVICES:
        users = [path.name for path in python_files(source(name)) if library in imports(path)]
        assert len(users) <= (4 if library in stores else 1), f"{name}: {library} is imported by {users}"


@pytest.mark.parametrize("name", SERVICES)
def test_torch_and_its_family_are_known_to_the_gpu_backend_alone(name: str) -> None:
    family = {"torch", "transformers", "peft", "bitsandbytes"}
    users = [path for path in python_files(source(name)) if not family.isdisjoint(imports(path))]
    assert {path.parent for path in users} <= {source("specialist") / "cuda"}, users


@pytest.mark.parametrize("name", SERVICES)
def test_artifacts_are_inert(name: str) -> None:
    for path in python_files(source(name)):
        assert {"pickle", "joblib", "dill", "cloudpickle"}.isdisjoint(imports(path)), path
