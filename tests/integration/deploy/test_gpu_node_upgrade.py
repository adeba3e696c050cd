"""install.sh run again, after `git pull`: what is installed is what the sources say now."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.integration.deploy.manifests import ROOT

SCRIPT = (ROOT / "deploy" / "gpu-node" / "install.sh").read_text(encoding="utf-8")
MANIFEST = """
[project]
name = "{name}"
version = "1"
requires-python = ">=3.11"
dependencies = [{needs}]
[project.optional-dependencies]
gpu = []
[tool.uv.sources]
common = {{ workspace = true }}
[build-system]
requires = []
build-backend = "build_backend"
backend-path = ["."]
"""
# As little as makes a wheel, so that nothing is fetched.
BACKEND = """
import zipfile
from pathlib import Path

def build_wheel(folder, config_settings=None, metadata_directory=None):
    wheel, info = "{name}-1-py3-none-any.whl", "{name}-1.dist-info/"
    with zipfile.ZipFile(Path(folder) / wheel, "w") as file:
        file.write("src/{name}/__init__.py", "{name}/__init__.py")
        file.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n")
        file.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        file.writestr(info + "RECORD", "")
    return wheel
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A workspace with the members that the specialist is made of, of a line each, and uv where install.sh puts it."""
    found = shutil.which("uv")
    if not found:
        pytest.skip("needs uv: pip install uv")
    (tmp_path / ".uv" / "bin").mkdir(parents=True)
    (tmp_path / ".uv" / "bin" / "uv").symlink_to(found)
    (tmp_path / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["common", "specialist"]\n')
    for name in ("common", "specialist"):
        (tmp_path / name / "src" / name).mkdir(parents=True)
        (tmp_path / name / "src" / name / "__init__.py").write_text("version = 'old'\n")
        (tmp_path / name / "build_backend.py").write_text(BACKEND.format(name=name))
        (tmp_path / name / "pyproject.toml").write_text(
            MANIFEST.format(name=name, needs='"common"' if name == "specialist" else "")
        )
    return tmp_path


def test_installing_again_takes_the_sources_as_they_are_now(checkout: Path) -> None:
    (command,) = re.findall(r'"\$project/\.uv/bin/uv" sync.*\n.*\n', SCRIPT)
    told = os.environ | {
        "project": str(checkout),
        "UV_OFFLINE": "1",
        "UV_CACHE_DIR": str(checkout / "cache"),
        "UV_PYTHON": sys.executable,
    }
    told.pop("VIRTUAL_ENV", None)
    subprocess.run([shutil.which("uv") or "", "lock", "--quiet"], cwd=checkout, env=told, timeout=60, check=True)
    subprocess.run(["bash", "-ec", command], env=told, timeout=60, check=True)
    for path in checkout.glob("*/src/*/__init__.py"):
        path.write_text("version = 'new'\n")
    subprocess.run(["bash", "-ec", command], env=told, timeout=60, check=True)
    installed_ones = sorted((checkout / ".venv").glob("lib/*/site-packages/*/__init__.py"))
    assert [(path.parent.name, path.read_text()) for path in installed_ones] == [
        ("common", "version = 'new'\n"),
        ("specialist", "version = 'new'\n"),
    ]


def test_all_that_is_ours_in_the_specialist_is_made_anew() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    ours = {each["name"]: each for each in lock["package"] if "editable" in each["source"]}
    found, waiting = set[str](), ["specialist"]
    while waiting:
        name = waiting.pop()
        if name in ours and name not in found:
            found.add(name)
            waiting += [each["name"] for each in ours[name].get("dependencies", ())]
    assert set(re.findall(r"--reinstall-package (\S+)", SCRIPT)) == found
