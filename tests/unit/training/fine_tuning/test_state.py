"""What was paid for is kept, and never mixed up with a run of other settings."""

import json
from pathlib import Path

import pytest

from training.fine_tuning.state import NAME, State, StateError, fingerprint_of, forget, kept_job, load


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    state = State("f", training_file="file-1", job="ftjob-1")
    state.save(tmp_path)
    assert load(tmp_path, "f") == state
    assert [each.name for each in tmp_path.iterdir()] == [NAME]


def test_a_first_run_starts_with_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "f") == State("f")


def test_a_state_of_other_settings_is_refused_and_names_its_job(tmp_path: Path) -> None:
    State("f", job="ftjob-1").save(tmp_path)
    with pytest.raises(StateError, match=r"other settings.*ftjob-1.*--again"):
        load(tmp_path, "g")


@pytest.mark.parametrize("content", ["", "[]", '{"fingerprint": "f", "surprise": 1}', '{"job": "x"}'])
def test_a_damaged_state_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(StateError, match="cannot be read"):
        load(tmp_path, "f")


def test_every_setting_is_part_of_the_fingerprint() -> None:
    settings: dict[str, object] = {"model": "m", "seed": 42, "files": ["a", "b"]}
    assert fingerprint_of(settings) == fingerprint_of(json.loads(json.dumps(settings)))
    assert fingerprint_of(settings) != fingerprint_of({**settings, "seed": 43})


def test_the_kept_job_is_found_by_its_folder_alone_and_forgotten_when_told(tmp_path: Path) -> None:
    State("f", job="ftjob-1").save(tmp_path)
    assert kept_job(tmp_path) == "ftjob-1"
    forget(tmp_path)
    forget(tmp_path)
    with pytest.raises(StateError, match="--job ID"):
        kept_job(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"job": ""}', '{"job": null}'])
def test_a_folder_without_a_job_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(StateError, match="knows of no job"):
        kept_job(tmp_path)
