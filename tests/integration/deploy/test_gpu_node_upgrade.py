"""install.sh run again, after `git pull` or with another name, and from where it does not run at all."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from tests.integration.deploy.manifests import ROOT

FOLDER = ROOT / "deploy" / "gpu-node"
SCRIPT = (FOLDER / "install.sh").read_text(encoding="utf-8")
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


def test_under_another_name_the_node_answers_to_both_and_keeps_what_else_was_set(tmp_path: Path) -> None:
    told = os.environ | {"ETC": str(tmp_path), "ONLY_SETTINGS": "1"}
    file = tmp_path / "pricing-specialist" / "specialist.env"
    for name in ("old.example.com", "new.example.com:8443", "new.example.com:8443"):
        subprocess.run(["bash", str(FOLDER / "install.sh"), name], env=told, capture_output=True, timeout=60, check=True)
        if name.startswith("old"):
            before = file.read_text().splitlines()
    after = file.read_text().splitlines()
    assert sorted(set(before) - set(after)) == ["ALLOWED_HOSTS=old.example.com"]
    assert sorted(set(after) - set(before)) == ["ALLOWED_HOSTS=old.example.com,new.example.com"]
    assert len(after) == len(before)
    assert file.stat().st_mode & 0o077 == 0


def test_a_checkout_that_the_unit_would_not_see_is_refused() -> None:
    assert "ProtectHome=yes" in (FOLDER / "pricing-specialist.service").read_text(encoding="utf-8")
    home = Path.home().resolve()
    if home.parts[1:2] not in (("home",), ("root",)) or not os.access(home, os.W_OK):
        pytest.skip("needs a home folder below /home or /root that can be written")
    with tempfile.TemporaryDirectory(dir=home) as checkout:
        script = Path(checkout) / "deploy" / "gpu-node" / "install.sh"
        shutil.copytree(FOLDER, script.parent)
        done = subprocess.run(["bash", str(script), "gpu-node"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "clone into /opt/pricing-agent" in done.stderr
