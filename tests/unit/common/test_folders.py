"""Where the trained artifacts are looked for, and where what a run makes is kept."""

import sys
from pathlib import Path

import pytest

from common.settings import artifacts_dir, var_dir


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of `common` in a repository."""
    for name in ("ARTIFACTS_DIR", "VAR_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    package = tmp_path / "project" / "common" / "src" / "common"
    package.mkdir(parents=True)
    return package


def test_in_a_repository_both_are_its_own(package: Path, tmp_path: Path) -> None:
    assert (artifacts_dir(package), var_dir(package)) == (tmp_path / "project" / "artifacts", tmp_path / "project" / "var")


def test_a_wheel_has_the_artifacts_in_it_and_keeps_data_with_the_user(package: Path, tmp_path: Path) -> None:
    (package / "artifacts").mkdir()
    assert artifacts_dir(package) == package / "artifacts"
    assert var_dir(package).name == "product-pricing-agent"
    if sys.platform == "linux":
        assert var_dir(package) == tmp_path / "data" / "product-pricing-agent"


def test_what_the_environment_names_goes_first(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "artifacts").mkdir()
    monkeypatch.setenv("ARTIFACTS_DIR", "/mine")
    monkeypatch.setenv("VAR_DIR", "/own")
    assert (artifacts_dir(package), var_dir(package)) == (Path("/mine"), Path("/own"))
