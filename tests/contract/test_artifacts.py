"""The bundled artifacts are few, small, whole, and say where they come from."""

import json
from pathlib import Path

import pytest

from common.artifact import sha256

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
METAS = sorted(ARTIFACTS.rglob("meta.json"))
LIMIT = 120_000_000  # bytes in all


def test_every_pricer_and_the_map_have_their_artifact() -> None:
    folders = {str(path.parent.relative_to(ARTIFACTS)) for path in METAS}
    assert folders == {
        "embedder",
        "ensemble",
        "evaluation",
        "judge",
        "frontier-rag",
        "frontier-rag/catalogue",
        "frontier-rag/estimator",
        "product-map",
        "random-forest",
        "specialist",
    }


def test_all_together_stay_below_the_limit() -> None:
    sizes = {path: path.stat().st_size for meta in METAS for path in meta.parent.iterdir() if path.is_file()}
    assert sum(sizes.values()) < LIMIT


@pytest.mark.parametrize("meta", METAS, ids=lambda path: str(path.parent.relative_to(ARTIFACTS)))
def test_an_artifact_is_whole_and_says_how_it_was_made(meta: Path) -> None:
    facts = json.loads(meta.read_text(encoding="utf-8"))
    assert {"name", "format_version", "version", "command", "created", "files", "data", "metrics"} <= set(facts)
    for name, digest in facts["files"].items():
        assert sha256(meta.parent / name) == digest, name
    assert all(len(digest) == 64 for digest in facts["data"].values())


@pytest.mark.parametrize("path", [path for path in ARTIFACTS.rglob("*") if path.is_file()], ids=lambda path: path.name)
def test_nothing_bundled_can_run_code(path: Path) -> None:
    assert path.suffix in {".json", ".npy", ".npz", ".onnx", ".png", ".xz"}
