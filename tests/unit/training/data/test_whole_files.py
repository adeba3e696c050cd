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
            (part / "meta.json").touch()
    assert sorted(each.name for each in path.iterdir()) == ["meta.json", "two"]
    assert [each.name for each in path.parent.iterdir()] == ["artifact"]


def test_a_folder_that_could_not_be_finished_leaves_the_one_before_and_its_rest_is_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "artifact"
    with whole_folder(path) as part:
        (part / "meta.json").touch()
    with pytest.raises(CutShortError), whole_folder(path) as part:
        cut_short(part / "half")
    assert [each.name for each in path.iterdir()] == ["meta.json"]
    with whole_folder(path) as part:
        assert list(part.iterdir()) == []


def test_a_folder_that_is_no_artifact_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "runs" / "kept").mkdir(parents=True)
    with pytest.raises(SystemExit, match="is no artifact"), whole_folder(tmp_path / "runs"):
        pass
    assert [each.name for each in (tmp_path / "runs").iterdir()] == ["kept"]
    assert [each.name for each in tmp_path.iterdir()] == ["runs"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    with whole_folder(tmp_path / "made") as part:
        (part / "one").touch()
    assert [each.name for each in (tmp_path / "made").iterdir()] == ["one"]
