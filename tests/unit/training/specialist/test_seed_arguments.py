"""The seed preset's arguments and folders, without torch: what is published, what a resumed run must share, where memory goes."""

import argparse
import json
from pathlib import Path

import pytest

from training.specialist.adapter.preset import DEFAULTS, add_arguments, check_report, note_settings, out_of_memory, take_folder


def arguments(out: Path, **given: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parser.set_defaults(**DEFAULTS, seed=42, limit=None, balance=0.4, balance_rest=0.2)
    args = parser.parse_args([])
    vars(args).update(out=out, **given)
    return args


def test_the_defaults_are_the_published_recipe(tmp_path: Path) -> None:
    args = arguments(tmp_path)
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
    assert {name: getattr(args, name) for name in published} == published


def test_a_resumed_run_may_change_what_it_writes_but_not_what_it_computes(tmp_path: Path) -> None:
    work = take_folder(arguments(tmp_path))
    note_settings(arguments(tmp_path), work)
    (work / "checkpoint-5").mkdir()
    assert take_folder(arguments(tmp_path, resume=True, save_steps=7, report_to="tensorboard")) == work
    with pytest.raises(SystemExit, match=r"had --lr 0.0001 \(now 0.001\), --seed 42 \(now 1\)"):
        take_folder(arguments(tmp_path, resume=True, lr=1e-3, seed=1))
    with pytest.raises(SystemExit, match="give --resume to go on"):
        take_folder(arguments(tmp_path))
    assert json.loads((work / "run.json").read_text())["lr"] == 1e-4


def test_resuming_where_there_is_nothing_starts_anew(tmp_path: Path) -> None:
    assert take_folder(arguments(tmp_path, resume=True)).is_dir()


def test_too_little_memory_names_the_arguments_to_lower(tmp_path: Path) -> None:
    told = out_of_memory(arguments(tmp_path, batch=64, quantization="none"))
    assert "--batch 32 --accumulate 2, or --gradient-checkpointing, or --quantization nf4, or --eval-batch 8" in told
    assert "shorter --max-text-tokens" in out_of_memory(arguments(tmp_path, batch=1, eval_batch=1, gradient_checkpointing=True))


def test_a_package_that_draws_curves_is_looked_for_before_the_training() -> None:
    check_report("none")
    with pytest.raises(SystemExit, match="the package not_there_at_all is not installed"):
        check_report("not_there_at_all")
