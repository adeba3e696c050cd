"""Artifacts are only read whole, unchanged and of the expected format."""

import json
from pathlib import Path

import pytest

from common.artifact import is_same_content, read_artifact, write_meta
from common.errors import ArtifactError

COMMAND = "uv run python -m training.thing_train"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "weights.bin").write_bytes(b"123")
    write_meta(tmp_path, format_version=2, command=COMMAND, files=["weights.bin"], metrics={"mae": 1.5})
    return tmp_path


def test_what_was_written_is_read_back(folder: Path) -> None:
    artifact = read_artifact(folder, format_version=2, command=COMMAND)
    assert artifact.meta["metrics"] == {"mae": 1.5}
    assert artifact.path("weights.bin").read_bytes() == b"123"
    assert artifact.version


def test_a_missing_artifact_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"training\.thing_train"):
        read_artifact(tmp_path / "none", format_version=2, command=COMMAND)


def test_another_format_version_is_refused(folder: Path) -> None:
    with pytest.raises(ArtifactError, match="format version 2, this service reads 3"):
        read_artifact(folder, format_version=3, command=COMMAND)


def test_a_changed_file_is_refused(folder: Path) -> None:
    (folder / "weights.bin").write_bytes(b"124")
    with pytest.raises(ArtifactError, match="sha256"):
        read_artifact(folder, format_version=2, command=COMMAND)


def test_a_lost_file_is_refused(folder: Path) -> None:
    (folder / "weights.bin").unlink()
    with pytest.raises(ArtifactError, match="missing"):
        read_artifact(folder, format_version=2, command=COMMAND)


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"files": []}), "\x00"])
def test_a_meta_file_of_something_else_is_refused(folder: Path, content: str) -> None:
    (folder / "meta.json").write_text(content)
    with pytest.raises(ArtifactError, match=r"training\.thing_train"):
        read_artifact(folder, format_version=2, command=COMMAND)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [("2026-11-21.3fa94c", True), ("2027-01-02.3fa94c", True), ("2026-11-21.3fa94d", False), ("", False), ("None", False)],
)
def test_what_was_made_again_of_the_same_files_is_the_same_whatever_its_date(other: str, *, is_same: bool) -> None:
    assert is_same_content("2026-11-21.3fa94c", other) is is_same
