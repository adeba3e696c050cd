"""bench.stand_in_vectors: vectors of length one, near each other where texts share their words, and none made twice."""

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from bench.stand_in_vectors import fill, vectors_of
from training.data.parts import AUXILIARY, DEV, TRAIN
from training.frontier_rag.vector_cache import VectorCache

pytest.importorskip("scipy", reason="needs scipy (make training)")
TEXTS = [f"Desk lamp of brass number {n % 10}, with a shade of linen and a cable of {n % 10} metres" for n in range(20)]


def test_texts_that_share_words_lie_near_each_other_and_alike_ones_in_one_place() -> None:
    vectors = vectors_of([*TEXTS, "Garden hose, green, reinforced", "Garden hose, black, reinforced"], 1)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[10] == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[20] + 0.3


def test_what_the_cache_holds_is_not_made_again(tmp_path: Path) -> None:
    for name, word in ((TRAIN, "train"), (DEV, "dev"), (AUXILIARY, "more")):
        rows = [{"title": f"{word} {text}", "description": ["Of brass."], "price": 20.0} for text in TEXTS[:10]]
        with lzma.open(tmp_path / name, "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    cache = VectorCache(tmp_path / "vectors", "one")
    assert fill(tmp_path, cache, 1) > 0
    assert cache.has(f"dev {TEXTS[3]}\nOf brass.")
    assert fill(tmp_path, cache, 1) == 0
