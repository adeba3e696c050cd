"""The layout that lets a newcomer guess where things are, and the direction in which imports may point."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = tuple(sorted(path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml")))
MODULES = {name: name.replace("-", "_") for name in SERVICES}
ROLES = ("__main__.py", "app.py", "service.py", "settings.py")
FRAMEWORKS = {"fastapi", "starlette", "uvicorn", "pydantic_settings", "prometheus_client"}
HEAVY = {
    "onnxruntime",
    "chromadb",
    "openai",
    "apprise",
    "redis",
    "sqlalchemy",
    "feedparser",
    "torch",
    "transformers",
    "peft",
    "aiohttp",
    "openpyxl",
}
# Of common: adapters, with what their extra brings.
EXTRAS = {
    "database.py": {"sqlalchemy"},
    "migration.py": {"sqlalchemy"},
    "parquet_table.py": {"pyarrow"},
    "redis_store.py": {"redis"},
    "xlsx_table.py": {"openpyxl"},
    "zstd.py": {"zstandard"},
}
# A library that shows what a file is for, and the only names that such a file may have.
NAMED_BY = {
    "pydantic_settings": ("settings.py",),
    "sqlalchemy": ("schema.py", "*_store.py", "migrations/versions/v*.py"),
    "prometheus_client": ("metrics.py",),
}
# Services of one shape: what is asked of them below.
SHAPED = ("scanner", "notifier", "dashboard")  # services with routes of their own
CREATE_APP = "fakes: Fakes | None=None, settings: Settings | None=None"
LARGEST_FOLDER = 22  # modules: about as many as a reader can look over


def source(name: str) -> Path:
    return ROOT / "services" / name / "src" / MODULES[name]


def import_roots() -> list[Path]:
    """Folders from which our code is imported."""
    return [ROOT, ROOT / "src", ROOT / "common" / "src", ROOT / "clients" / "python" / "src", *(source(n).parent for n in SERVICES)]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Dotted names that a file imports, wherever in it, but for what only type checkers read."""
    skipped = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    for_types = {id(inner) for node in skipped for inner in ast.walk(node)}
    for node in ast.walk(tree_of(path)):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_names(path: Path) -> set[str]:
    """The last part of each name that a file imports."""
    return {name.rpartition(".")[2] for name in imported(path)}


def imports(path: Path) -> set[str]:
    """Top-level packages that a file imports."""
    return {name.partition(".")[0] for name in imported(path)}


def python_files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found, f"no Python files in {folder}"
    return found


def our_modules() -> dict[str, Path]:
    """Every module of ours but tests, by its dotted name."""
    folders = [ROOT / "training", ROOT / "bench", ROOT / "src", ROOT / "common" / "src", ROOT / "clients" / "python" / "src"]
    found: dict[str, Path] = {}
    for path in [path for folder in [*folders, *map(source, SERVICES)] for path in python_files(folder)]:
        base = max((root for root in import_roots() if root in path.parents), key=lambda root: len(root.parts))
        parts = path.relative_to(base).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def test_no_folder_is_larger_than_a_reader_can_look_over() -> None:
    sizes: dict[Path, int] = {}
    for path in our_modules().values():
        if path.name != "__init__.py" and path.parent != ROOT / "bench":  # benches are a row of commands
            sizes[path.parent] = sizes.get(path.parent, 0) + 1
    assert {str(folder.relative_to(ROOT)): n for folder, n in sizes.items() if n > LARGEST_FOLDER} == {}


def test_every_room_says_what_it_is_for() -> None:
    rooms = [path for name, path in our_modules().items() if path.name == "__init__.py" and "." in name]
    assert [str(path) for path in rooms if not ast.get_docstring(tree_of(path))] == []


def test_modules_import_each_other_in_one_direction_only() -> None:
    modules = our_modules()
    arrows = {name: {other for other in imported(path) if other in modules and other != name} for name, path in modules.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for other in sorted(arrows[name]):
                visit(other, (*trail, name))
            done.add(name)

    for name in sorted(modules):
        visit(name, ())


@pytest.mark.parametrize("name", SERVICES)
def test_the_same_role_has_the_same_file_name_in_every_service(name: str) -> None:
    assert [role for role in ROLES if not (source(name) / role).is_file()] == []


@pytest.mark.parametrize("library", NAMED_BY)
def test_a_file_with_a_role_bears_its_name(library: str) -> None:
    users = [path for name in SERVICES for path in python_files(source(name)) if library in imports(path)]
    assert users
    assert [str(path) for path in users if not any(path.match(pattern) for pattern in NAMED_BY[library])] == []


def named_in(path: Path, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree_of(path)))


@pytest.mark.parametrize("name", SHAPED)
def test_routes_and_what_they_take_and_give_have_files_of_their_own(name: str) -> None:
    """A room with doors of its own has them in its own routes.py, and what passes through them in the schemas.py beside that."""
    routers = [path for path in python_files(source(name)) if named_in(path, "APIRouter")]
    assert source(name) / "routes.py" in routers
    assert {path.name for path in routers} == {"routes.py"}
    for router in routers:
        classes = [node for node in tree_of(router).body if isinstance(node, ast.ClassDef)]
        assert [each.name for each in classes if "BaseModel" in map(ast.unparse, each.bases)] == []
        if name != "dashboard" or router.parent == source(name):  # rooms of pages take forms and give HTML
            assert "BaseModel" in imported_names(router.parent / "schemas.py")


@pytest.mark.parametrize("name", SERVICES)
def test_an_application_is_made_in_one_form(name: str) -> None:
    top = {node.name: node for node in tree_of(source(name) / "app.py").body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    create_app, fakes = top["create_app"], top["Fakes"]
    assert isinstance(create_app, ast.FunctionDef)
    assert create_app.returns is not None
    assert (ast.unparse(create_app.args), ast.unparse(create_app.returns)) == (CREATE_APP, "FastAPI")
    assert [ast.unparse(each) for each in fakes.decorator_list] == ["dataclass(frozen=True)"]
    fields = [node for node in fakes.body if isinstance(node, ast.AnnAssign)]
    assert fields
    assert [ast.unparse(each) for each in fields if each.value is None or ast.unparse(each.value) != "None"] == []


def test_the_top_of_training_holds_its_commands_and_nothing_else() -> None:
    for path in sorted((ROOT / "training").glob("*.py")):
        if path.name != "__init__.py":
            functions = {node.name for node in tree_of(path).body if isinstance(node, ast.FunctionDef)}
            assert "main" in functions, f"{path} is no command"
            assert '__name__ == "__main__"' in path.read_text(encoding="utf-8"), f"{path} cannot be run"


def test_below_a_command_of_training_nothing_knows_of_a_command_line() -> None:
    """A command makes a run's dataclass of its arguments; a package that is run with -m has its command in __main__.py."""
    rooms = [path for path in python_files(ROOT / "training") if path.parent != ROOT / "training" and path.name != "__main__.py"]
    below = [path for path in rooms if path.parent.name != "command_line"]
    assert [str(path.relative_to(ROOT)) for path in below if "argparse" in path.read_text(encoding="utf-8")] == []


def test_types_are_not_lost_in_a_bag_of_arguments() -> None:
    commands = [path for path in (ROOT / "training").glob("*.py") if not path.name.startswith("specialist_")]
    assert [path.name for path in commands if "Namespace" in path.read_text(encoding="utf-8")] == []


def test_common_imports_no_service_and_no_machine_learning() -> None:
    forbidden = {*MODULES.values(), "training", "pricer", "numpy", *HEAVY}.union(*EXTRAS.values())
    for path in python_files(ROOT / "common" / "src"):
        allowed = EXTRAS.get(path.name, set())  # who asks for no database has none
        assert (forbidden - allowed).isdisjoint(imports(path)), path


@pytest.mark.parametrize("adapter", EXTRAS)
def test_of_common_only_the_adapter_of_an_extra_imports_it_with_itself(adapter: str) -> None:
    name = adapter.removesuffix(".py")
    for path in python_files(ROOT / "common" / "src"):
        at_import = [node for node in tree_of(path).body if isinstance(node, ast.ImportFrom) and node.module]
        modules = [f"{node.module}.{alias.name}" for node in at_import for alias in node.names]
        assert not any(name in module.split(".") for module in modules if module.startswith("common.")), path


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_imports_neither_another_service_nor_training(name: str) -> None:
    forbidden = {*MODULES.values(), "training", "pricer"} - {MODULES[name]}
    for path in python_files(source(name)):
        assert forbidden.isdisjoint(imports(path)), path


@pytest.mark.parametrize("path", [*(source(name) / "service.py" for name in SERVICES), source("scanner") / "policy.py"])
def test_use_case_and_policy_know_neither_a_framework_nor_a_client_library(path: Path) -> None:
    assert {"os", *FRAMEWORKS, *HEAVY}.isdisjoint(imports(path))


def reached_at_import(path: Path) -> set[str]:
    """Libraries that importing this file brings in through our own modules, but for what only functions import."""
    modules, seen, libraries = our_modules(), set[str](), set[str]()
    waiting = [path]
    while waiting:
        for node in tree_of(waiting.pop()).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            libraries |= {name.partition(".")[0] for name in names}
            waiting += [modules[name] for name in names if name in modules and name not in seen]
            seen |= set(names)
    return libraries


@pytest.mark.parametrize("name", SERVICES)
def test_a_use_case_brings_no_framework_in_by_what_it_imports_either(name: str) -> None:
    assert {"fastapi", "starlette", "uvicorn", "pydantic_settings"}.isdisjoint(reached_at_import(source(name) / "service.py"))


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_starts_with_what_it_may_not_need(name: str) -> None:
    late = {"onnxruntime", "chromadb", "openai", "apprise", "torch", "transformers", "peft"}
    assert late.isdisjoint(reached_at_import(source(name) / "app.py"))


def test_what_every_service_serves_knows_nothing_of_prices() -> None:
    for path in python_files(ROOT / "common" / "src" / "common" / "http"):
        assert not [name for name in imported(path) if name.startswith("common.pricing")], path


@pytest.mark.parametrize("library", sorted(HEAVY - {"torch", "transformers", "peft", "sqlalchemy"}))
def test_a_heavy_library_has_one_adapter_in_each_service(library: str) -> None:
    for name in SERVICES:
        users = [path.name for path in python_files(source(name)) if library in imports(path)]
        assert len(users) <= 1, f"{name}: {library} is imported by {users}"


@pytest.mark.parametrize("name", SERVICES)
def test_torch_and_its_family_are_known_to_the_gpu_backend_alone(name: str) -> None:
    family = {"torch", "transformers", "peft", "bitsandbytes"}
    users = [path for path in python_files(source(name)) if not family.isdisjoint(imports(path))]
    assert {path.parent for path in users} <= {source("specialist") / "cuda"}, users


@pytest.mark.parametrize("name", SERVICES)
def test_artifacts_are_inert(name: str) -> None:
    for path in python_files(source(name)):
        assert {"pickle", "joblib", "dill", "cloudpickle"}.isdisjoint(imports(path)), path
