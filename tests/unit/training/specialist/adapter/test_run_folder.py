"""The folder of the seed preset's run, without torch: what a resumed run must share, what is noted, where memory goes."""

import json
from pathlib import Path

import pytest

from training.specialist.adapter.checks import check_report, out_of_memory
from training.specialist.adapter.run import AdapterRun
from training.specialist.adapter.run_folder import note_settings, spread_over, take_folder
from training.specialist.errors import RunError
from training.specialist_train import parse


def told(out: Path, *argv: str) -> AdapterRun:
    run = parse(["--preset", "seed", "--out", str(out), *argv])
    assert isinstance(run, AdapterRun)
    return run


def test_a_resumed_run_may_change_what_it_writes_but_not_what_it_computes(tmp_path: Path) -> None:
    work = take_folder(told(tmp_path))
    note_settings(told(tmp_path), work)
    (work / "checkpoint-5").mkdir()
    assert take_folder(told(tmp_path, "--resume", "--save-steps", "7", "--report-to", "tensorboard")) == work
    with pytest.raises(RunError, match=r"had --lr 0.0001 \(now 0.001\), --seed 42 \(now 1\)"):
        take_folder(told(tmp_path, "--resume", "--lr", "1e-3", "--seed", "1"))
    with pytest.raises(RunError, match="give --resume to go on"):
        take_folder(told(tmp_path))
    assert json.loads((work / "run.json").read_text())["lr"] == 1e-4


def test_a_run_begun_by_earlier_code_is_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    former = Path(__file__).with_name("run_of_earlier_code.json").read_text()
    (tmp_path / "run" / "run.json").write_text(former)
    assert take_folder(told(tmp_path, "--resume")) == tmp_path / "run"
    with pytest.raises(RunError, match=r"had --targets \['attention'\] \(now \['q_proj'\]\)"):
        take_folder(told(tmp_path, "--resume", "--targets", "q_proj"))
    with pytest.raises(RunError, match=r"had --highest-price 999 \(now 9999\)"):
        take_folder(told(tmp_path, "--resume", "--highest-price", "9999"))


def begun(out: Path, processes: int, *argv: str) -> Path:
    """The folder of a run that was stopped after its first checkpoint."""
    run = told(out, *argv)
    work = take_folder(run)
    note_settings(run, work, processes)
    (work / "checkpoint-5").mkdir()
    (work / "checkpoint-5" / "trainer_state.json").write_text('{"global_step": 5}')
    return work


@pytest.mark.parametrize(("begun_with", "accumulate", "now", "batches"), [(2, 1, 1, 2), (1, 2, 2, 1), (4, 3, 6, 2), (2, 2, 2, 2)])
def test_a_step_keeps_its_rows_on_another_number_of_processes(
    begun_with: int, accumulate: int, now: int, batches: int, tmp_path: Path
) -> None:
    argv = ("--accumulate", str(accumulate))
    work = begun(tmp_path, begun_with, *argv)
    resumed = told(tmp_path, *argv, "--resume")
    assert take_folder(resumed) == work
    for _ in range(2):  # a run that is stopped again is still the one that was begun
        assert spread_over(resumed, work, now).steps.accumulate == batches
        note_settings(resumed, work, now)
    assert json.loads((work / "run.json").read_text())["processes"] == begun_with


def test_processes_that_cannot_share_a_steps_rows_are_refused_with_the_numbers_that_can(tmp_path: Path) -> None:
    work = begun(tmp_path, 4, "--accumulate", "3")
    words = (
        r"has 4 x 12 rows \(4 processes with --accumulate 3\), which 8 processes cannot share evenly; these can: 1, 2, 3, 4, 6, 12"
    )
    with pytest.raises(RunError, match=words):
        spread_over(told(tmp_path, "--accumulate", "3", "--resume"), work, 8)


def test_a_run_without_a_checkpoint_starts_anew_with_as_many_processes_as_there_are(tmp_path: Path) -> None:
    work = take_folder(told(tmp_path))
    note_settings(told(tmp_path), work, 2)
    resumed = told(tmp_path, "--resume")
    assert spread_over(resumed, work, 3).steps.accumulate == 1
    note_settings(resumed, work, 3)
    assert json.loads((work / "run.json").read_text())["processes"] == 3


def test_of_a_run_begun_by_earlier_code_the_number_of_processes_is_taken_as_the_same(tmp_path: Path) -> None:
    work = begun(tmp_path, 1)
    former = json.loads((work / "run.json").read_text())
    del former["processes"]
    (work / "run.json").write_text(json.dumps(former))
    assert spread_over(told(tmp_path, "--resume"), work, 2).steps.accumulate == 1


def test_resuming_where_there_is_nothing_starts_anew(tmp_path: Path) -> None:
    assert take_folder(told(tmp_path, "--resume")).is_dir()


def test_too_little_memory_names_the_arguments_to_lower(tmp_path: Path) -> None:
    words = out_of_memory(told(tmp_path, "--batch", "64", "--quantization", "none"))
    assert "--batch 32 --accumulate 2, or --gradient-checkpointing, or --quantization nf4, or --eval-batch 8" in words
    least = told(tmp_path, "--batch", "1", "--eval-batch", "1", "--gradient-checkpointing")
    assert "shorter --max-text-tokens" in out_of_memory(least)


def test_a_package_that_draws_curves_is_looked_for_before_the_training() -> None:
    check_report("none")
    with pytest.raises(RunError, match="the package not_there_at_all is not installed"):
        check_report("not_there_at_all")
