"""The folder of the seed preset's run, without torch: what a resumed run must share, what is noted, where memory goes."""

import json
from pathlib import Path

import pytest

from training.specialist.adapter.checks import check_report, out_of_memory
from training.specialist.adapter.run import AdapterRun
from training.specialist.adapter.run_folder import note_settings, take_folder
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
