"""A file or folder is there whole or as it was before."""

from pathlib import Path

import pytest

from training.data.whole_files import whole_file, whole_folder


class CutShortError(Exception):
    """Stands for whatever ends a run."""


def cut_short(path: Path) -> None:
    path.write_text("ha")
    raise CutShortError


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    with whole_file(path) as part:
        part.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["table.md"]


def test_a_file_that_could_not_be_finished_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    path.write_text("old")
    with pytest.raises(CutShortError), whole_file(path) as part:
        cut_short(part)
    assert path.read_text() == "old"


def test_a_folder_replaces_the_one_before_with_all_that_was_in_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "artifact"
    for content in ("one", "two"):
        with whole_folder(path) as part:
            assert list(part.iterdir()) == []
            (part / content).write_text(content)
    assert [each.name for each in path.iterdir()] == ["two"]
    assert [each.name for each in path.parent.iterdir()] == ["artifact"]


def test_a_folder_that_could_not_be_finished_leaves_the_one_before_and_its_rest_is_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "artifact"
    with whole_folder(path) as part:
        (part / "one").touch()
    with pytest.raises(CutShortError), whole_folder(path) as part:
        cut_short(part / "half")
    assert [each.name for each in path.iterdir()] == ["one"]
    with whole_folder(path) as part:
        assert list(part.iterdir()) == []
