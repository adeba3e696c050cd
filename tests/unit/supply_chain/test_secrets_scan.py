"""A key that somebody is about to commit is found; what was looked at and is none, or what git ignores, is not."""

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("detect_secrets", reason="needs the group audit: uv sync --group audit")

from supply_chain.secrets_scan import accept, found, tracked

KEY = "AKIA" + "Q3X7LWN5TRB2ZK4M"  # in two parts, so that this file holds none


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True, timeout=30)
    (tmp_path / ".gitignore").write_text("private.py\n")
    (tmp_path / "known.py").write_text(f'key = "{KEY}"\n')
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True, timeout=30)
    accept(tmp_path)
    return tmp_path


def scanned(root: Path) -> str:
    return found(tracked(root), root, root / ".secrets.baseline")


def test_a_new_key_is_found_by_file_and_line(repository: Path) -> None:
    (repository / "new.py").write_text(f'\naws = "{KEY[::-1][:-4] + "AKIA"}"\nkey = "{KEY.replace("Q3", "Z9")}"\n')
    assert "new.py:3" in scanned(repository)


def test_what_was_accepted_is_not_told_again_also_on_another_line(repository: Path) -> None:
    assert scanned(repository) == ""
    (repository / "known.py").write_text(f'\n\n\nkey = "{KEY}"\n')
    assert scanned(repository) == ""


def test_what_git_ignores_is_not_looked_at(repository: Path) -> None:
    (repository / "private.py").write_text(f'key = "{KEY.replace("Q3", "Z9")}"\n')
    assert scanned(repository) == ""
