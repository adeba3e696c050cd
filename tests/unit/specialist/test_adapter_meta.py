"""What an adapter's folder says of it, and what is said where it is damaged, foreign or incomplete."""

import json
from pathlib import Path
from typing import Any

import pytest

from common.artifact import write_meta
from common.errors import ArtifactError
from specialist.adapter_meta import COMMAND, FORMAT_VERSION, TEXT_TOKENS, calibration_of, read_adapter
from specialist.readout import UNCALIBRATED

CALIBRATION = {"estimator": "midmean", "prices": [10.0, 100.0], "low_levels": [0.1, 0.2], "high_levels": [0.9, 0.8]}


def adapter(folder: Path, *, format_version: int = FORMAT_VERSION, **facts: object) -> Path:
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    facts = {"calibration": CALIBRATION, "max_text_tokens": 170, "base": "meta-llama/Llama-3.1-8B", **facts}
    facts = {name: value for name, value in facts.items() if value is not None}
    write_meta(folder, format_version=format_version, command=COMMAND, files=["adapter_model.safetensors"], **facts)
    return folder


def test_a_finished_adapter_brings_its_calibration_and_its_cut(tmp_path: Path) -> None:
    found = read_adapter(str(adapter(tmp_path)), "meta-llama/Llama-3.1-8B")
    assert found.calibration.estimator == "midmean"
    assert found.max_text_tokens == 170
    assert found.version.startswith("20")


@pytest.mark.parametrize(("classes", "highest"), [(None, 999), ({"dollars": 1000}, 999), ({"dollars": 10_000}, 9999)])
def test_an_adapter_says_how_far_its_prices_go(classes: object, highest: int, tmp_path: Path) -> None:
    found = read_adapter(str(adapter(tmp_path, classes=classes)))
    assert found.classes.edges[-1] == highest + 0.5


@pytest.mark.parametrize("classes", [{"dollars": 2000}, {"lowest": 0.4, "highest": 12_000.0, "count": 1000}, {"dollars": "many"}])
def test_classes_that_tokens_cannot_say_are_refused(classes: object, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"classes.*make it with"):
        read_adapter(str(adapter(tmp_path, classes=classes)))


@pytest.mark.parametrize("name", ["", "somebody/adapter-on-the-hub"])
def test_an_adapter_of_which_nothing_is_known_is_uncalibrated(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = read_adapter(name)
    assert (found.calibration, found.max_text_tokens, found.version) == (UNCALIBRATED, TEXT_TOKENS, "")
    assert "uncalibrated" in capsys.readouterr().out


def test_an_adapter_of_another_base_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read_adapter(str(adapter(tmp_path)), "/models/Llama-3.1-8B")
    assert "another_base" not in capsys.readouterr().out
    read_adapter(str(tmp_path), "Qwen/Qwen3-8B")
    assert "another_base" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"is no folder; make it with: .*specialist_train --preset seed"):
        read_adapter(str(tmp_path / "none"))


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    (adapter(tmp_path) / "adapter_model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ArtifactError, match=r"sha256 differs\); make it with: .*--preset seed"):
        read_adapter(str(tmp_path))


def test_another_format_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=f"format version 9, this service reads {FORMAT_VERSION}"):
        read_adapter(str(adapter(tmp_path, format_version=9)))


def test_a_missing_calibration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="lacks 'calibration'"):
        read_adapter(str(adapter(tmp_path, calibration=None)))


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        "median",
        {**CALIBRATION, "estimator": "mode"},
        {**CALIBRATION, "prices": []},
        {**CALIBRATION, "prices": [100.0, 10.0]},
        {**CALIBRATION, "prices": ["ten", "hundred"]},
        {**CALIBRATION, "low_levels": [0.1]},
        {**CALIBRATION, "high_levels": [0.9, 1.7]},
        {**CALIBRATION, "low_levels": [0.1, float("nan")]},
        {name: [] for name in CALIBRATION},
    ],
)
def test_a_calibration_that_makes_no_sense_is_refused(wrong: Any) -> None:
    with pytest.raises(ArtifactError, match=r"(lacks|no usable calibration).*make it with: retrain"):
        calibration_of({"calibration": wrong}, Path("folder"), "retrain")


def test_a_calibration_without_a_part_names_it() -> None:
    incomplete = {name: value for name, value in CALIBRATION.items() if name != "high_levels"}
    with pytest.raises(ArtifactError, match="lacks 'high_levels'"):
        calibration_of({"calibration": incomplete}, Path("folder"), "retrain")


def test_a_calibration_survives_json() -> None:
    assert calibration_of(json.loads(json.dumps({"calibration": CALIBRATION})), Path("folder"), "retrain").estimator == "midmean"
