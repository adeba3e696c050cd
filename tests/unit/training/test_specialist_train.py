"""Arguments of specialist_train become its runs: what is published, what meta.json keeps, who gets which. Needs no torch."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from training.specialist.adapter.run import AdapterRun
from training.specialist.adapter.run import settings_of as adapter_settings
from training.specialist.small.run import SmallRun, labels_folder
from training.specialist.small.run import settings_of as small_settings
from training.specialist_train import main, parse

# What runs of earlier code wrote; --resume compares with it, and kept labels are found by it.
ADAPTER = json.loads(
    Path(__file__).with_name("specialist").joinpath("adapter", "run_of_earlier_code.json").read_text(encoding="utf-8")
) | {"highest_price": 999}  # what a run is taken to have that does not say
SMALL: dict[str, Any] = {
    "preset": "small",
    "data": None,
    "limit": None,
    "epochs": 4,
    "batch": 64,
    "lr": 0.001,
    "weight_decay": 0.05,
    "lora": 32,
    "max_text_tokens": 288,
    "seed": 42,
    "device": "cpu",
    "balance": 0.4,
    "balance_rest": 0.2,
    "sigma": 0.2,
    "crps": 1.0,
    "auxiliary": 0.15,
    "token_dropout": 0.05,
    "at_a_time": 1,
    "teachers": None,
    "causal_lr": 0.0002,
    "encoder_lr": 5e-05,
    "folds": 4,
    "unpriced": 90000,
    "runs": 4,
    "trust": 0.5,
    "unpriced_share": 2.0,
    "student_epochs": 8,
    "student_batch": 128,
    "student_lr": 0.0003,
    "student_lora": 0,
    "export": True,
}


def small(*argv: str) -> SmallRun:
    run = parse(["--device", "cpu", *argv])
    assert isinstance(run, SmallRun)
    return run


def adapter(*argv: str) -> AdapterRun:
    run = parse(["--preset", "seed", "--device", "cpu", *argv])
    assert isinstance(run, AdapterRun)
    return run


def test_the_defaults_of_the_seed_preset_are_the_published_recipe() -> None:
    published = {
        "base": "meta-llama/Llama-3.1-8B",
        "quantization": "nf4",
        "lora": 32,
        "lora_alpha": 0,  # twice the rank
        "dropout": 0.1,
        "targets": ["attention"],
        "epochs": 1,
        "lr": 1e-4,
        "schedule": "cosine",
        "warmup": 0.03,
        "weight_decay": 0.001,
        "max_grad_norm": 0.3,
        "optimizer": "paged_adamw_32bit",
        "max_length": 182,
    }
    settings = adapter_settings(adapter())
    assert {name: settings[name] for name in published} == published


def test_what_is_kept_of_an_adapters_run_has_the_keys_and_values_of_runs_begun_by_earlier_code() -> None:
    assert json.loads(json.dumps(adapter_settings(adapter()))) == ADAPTER
    given = ["--data", "d", "--limit", "3", "--targets", "q_proj", "down_proj", "--resume", "--report-to", "wandb"]
    more = {"data": "d", "limit": 3, "targets": ["q_proj", "down_proj"], "resume": True, "report_to": "wandb"}
    assert json.loads(json.dumps(adapter_settings(adapter(*given)))) == ADAPTER | more
    assert list(adapter_settings(adapter())) == sorted(ADAPTER)


def test_what_is_kept_of_a_small_run_has_the_keys_and_values_of_runs_begun_by_earlier_code() -> None:
    assert small_settings(small()) == SMALL
    given = ["--data", "d", "--teachers", "a", "b", "--export-only", "--no-export", "--student-lora", "4", "--limit", "7"]
    without_folders = {name: value for name, value in SMALL.items() if name not in {"data", "teachers"}}
    assert small_settings(small(*given)) == without_folders | {"limit": 7, "student_lora": 4, "export": False}


def test_labels_of_an_earlier_run_are_found_by_data_and_tuning_alone() -> None:
    hashes = {"products-train.jsonl.xz": "ef83"}
    found = labels_folder(small("--work", "w"), hashes)
    assert found == Path("w/labels-e32db096")
    assert labels_folder(small("--work", "w", "--student-epochs", "3", "--runs", "1", "--trust", "0.1"), hashes) == found
    assert labels_folder(small("--work", "w", "--folds", "3"), hashes) != found
    assert labels_folder(small("--work", "w"), {}) != found


def test_students_are_tuned_as_teachers_are_but_for_what_is_given_of_their_own() -> None:
    run = small("--epochs", "2", "--sigma", "0.3", "--student-epochs", "5", "--student-batch", "7", "--student-lr", "0.5")
    teachers, students = asdict(run.teaching.tuning), asdict(run.distilling.tuning)
    assert (teachers["epochs"], students["epochs"]) == (2, 5)
    assert students == teachers | {"epochs": 5, "batch": 7, "lr": 0.5, "lora": 0}
    assert students["sigma"] == 0.3


def test_teachers_that_are_not_named_are_those_beside_the_base_and_the_base(tmp_path: Path) -> None:
    for name in ("teacher-2", "teacher-1", "small"):
        (tmp_path / name).mkdir()
    run = small("--base", str(tmp_path / "small"))
    assert [base.name for base in run.bases] == ["teacher-1", "teacher-2", "small"]
    assert small("--base", str(tmp_path / "small"), "--teachers", "somebody/model").bases == [Path("somebody/model")]


def test_an_argument_of_the_other_preset_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--preset", "seed", "--student-epochs", "3"])
    assert "unrecognized arguments: --student-epochs 3" in capsys.readouterr().err


def test_what_a_run_cannot_begin_with_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(SystemExit, match="--hub-name: pushing needs HF_TOKEN"):
        main(["--preset", "seed", "--hub-name", "you/name", "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()
