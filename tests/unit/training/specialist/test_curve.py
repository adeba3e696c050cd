"""The loss curve: what is taken from a run's records, drawn, kept and drawn again."""

import json
from pathlib import Path

import pytest

from training.specialist.adapter.card import adapter_card
from training.specialist.curve.__main__ import main
from training.specialist.curve.drawing import read_curve, running_mean, series

RECORDS = [
    {"step": 0, "eval_loss": 3.0},
    {"step": 0, "eval_mae": 90.0},
    {"step": 1, "loss": 2.9, "learning_rate": 1e-4},
    {"step": 2, "loss": 2.5},
    {"step": 2, "loss": 2.4},
    {"step": 2, "eval_loss": 2.6},
    {"step": 2, "eval_mae": 60.0},
    {"train_runtime": 3.0},
]


def test_a_step_logged_again_by_a_resumed_run_counts_once() -> None:
    assert series(RECORDS, "loss") == ([1.0, 2.0], [2.9, 2.4])
    assert series(RECORDS, "eval_mae") == ([0.0, 2.0], [90.0, 60.0])


def test_the_running_mean_has_fewer_values_at_its_ends() -> None:
    assert running_mean([1.0, 2.0, 3.0, 4.0], 3) == [1.5, 2.0, 3.0, 3.5]


def test_a_curve_is_drawn_kept_and_drawn_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib (the extra curation)")
    from training.specialist.curve.drawing import write_curve

    write_curve(RECORDS, tmp_path / "loss.png", "A run")
    assert read_curve(tmp_path / "loss.json") == (RECORDS, "A run", "nats a token")
    main([str(tmp_path / "loss.json"), "--out", str(tmp_path / "again.png")])
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "loss.png").read_bytes()
    assert json.loads(capsys.readouterr().out)["records"] == len(RECORDS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.png", "loss.json", "loss.png"]


def test_records_of_the_pre_training_are_drawn_without_dollars(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib (the extra curation)")
    from training.specialist.curve.drawing import figure

    (tmp_path / "pretrain.json").write_text(json.dumps({"curve": [{"step": step, "loss": 9 - step / 50} for step in range(200)]}))
    records, title, unit = read_curve(tmp_path / "pretrain.json")
    drawn = figure(records, title, unit)
    assert len(drawn.axes) == 1
    assert len(drawn.axes[0].lines) == 2  # each record, and their running mean
    assert len(figure(RECORDS, "A run").axes) == 2


def test_several_runs_stand_side_by_side(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib (the extra curation)")
    from training.specialist.curve.drawing import figure_of

    runs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        runs.append(tmp_path / name / "pretrain.json")
        runs[-1].write_text(json.dumps({"curve": [{"step": 0, "loss": 2.0}, {"step": 1, "loss": 1.0}]}))
    main([*map(str, runs), "--out", str(tmp_path / "both.png"), "--title", "the first"])
    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")
    drawn = figure_of([read_curve(run) for run in runs])
    assert [axes.get_title("left") for axes in drawn.axes] == ["one", "two"]


def test_a_file_without_records_is_told(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(SystemExit, match="holds no records"):
        main([str(tmp_path / "other.json"), "--out", str(tmp_path / "x.png")])
    (tmp_path / "empty.json").write_text('{"records": []}')
    with pytest.raises(SystemExit, match="no record of a loss"):
        main([str(tmp_path / "empty.json"), "--out", str(tmp_path / "x.png")])
    assert not (tmp_path / "x.png").exists()


def test_the_card_names_a_base_on_the_hub_and_no_folder_of_this_machine(tmp_path: Path) -> None:
    figures = {"n": 10, "mae": 45.6, "rmsle": 0.7, "coverage80": 0.8}
    meta = {
        "base": "meta-llama/Llama-3.1-8B",
        "is_one_token": True,
        "classes": {"dollars": 1000},
        "quantization": "nf4",
        "metrics": {"held": {"all": figures}, "dev": {"seed": figures, "$<25": figures}},
        "arguments": {"lora": 32, "out": "/somewhere"},
        "training": {"steps": 3, "seconds": 12.0, "trainable": 27_262_976},
        "rows": {"fit": 1000},
        "processes": 2,
    }
    told = adapter_card(meta)
    assert "base_model: meta-llama/Llama-3.1-8B\n" in told
    assert "| products-dev, seed | 10 | 45.6 | 0.700 | 80% |" in told
    assert "$<25" not in told
    assert "/somewhere" not in told
    folder = adapter_card(meta | {"base": str(tmp_path)})
    assert "base_model" not in folder
    assert str(tmp_path) not in folder
    assert tmp_path.name in folder
