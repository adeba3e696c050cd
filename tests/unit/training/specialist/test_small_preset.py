"""The small preset as a whole at tiny size: teachers judge, students learn from them, the best of these is left."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs torch (make training)")
pytest.importorskip("transformers", reason="needs transformers (make training)")
pytest.importorskip("peft", reason="needs peft (make training)")

from tests.unit.training.specialist.tiny_bases import save_base, save_products
from training.specialist_train import main

# Libraries of others warn of their own future; that is not for this project's tests to fail on.
pytestmark = pytest.mark.filterwarnings("default")


def test_students_of_a_foreign_and_an_own_teacher_and_the_best_of_them(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, other, work = save_products(tmp_path / "data", fit=60, unpriced=16), tmp_path / "qwen", tmp_path / "work"
    save_base(other, "Qwen2", digits="ones", has_opening=False)
    fixed = ["--device", "cpu", "--data", str(data), "--base", str(base), "--work", str(work), "--no-export"]
    quick = ["--epochs", "2", "--student-epochs", "2", "--batch", "16", "--student-batch", "16", "--max-text-tokens", "24"]
    argv = [*fixed, *quick, "--folds", "2", "--runs", "2", "--lora", "4", "--teachers", str(other), str(base)]
    main(argv)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"tuned": str(work / "tuned")}
    note = json.loads((work / "tuned" / "tune.json").read_text())
    assert set(note["teachers"]["chosen"]) <= {other.name, base.name}
    assert set(note["teachers"]["curves"]) == {f"{name}-{fold}" for name in (other.name, base.name) for fold in range(2)}
    errors = note["students"]["errors"]
    assert set(errors) == {"student-42", "student-43", "average"}
    assert note["students"]["chosen"] == min(errors, key=lambda name: errors[name]["held"]["all"]["log_error"])
    first, second = (record["step"] for record in note["curve"])
    assert second == 2 * first
    before = {path: path.stat().st_mtime_ns for path in work.glob("labels-*/*/*.npy")}
    assert len(before) == 4 * 4
    main(argv)  # what the teachers said is kept
    assert {path: path.stat().st_mtime_ns for path in work.glob("labels-*/*/*.npy")} == before


def test_a_teachers_folder_without_a_model_is_refused_before_any_data_is_read(base: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"holds no config\.json"):
        main(["--device", "cpu", "--data", str(tmp_path / "none"), "--base", str(base), "--teachers", str(tmp_path)])


def test_without_a_model_to_teach_nobody_is_asked(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"run training\.specialist_pretrain first"):
        main(["--device", "cpu", "--data", str(tmp_path / "none"), "--base", str(tmp_path / "small"), "--teachers", "some/model"])
