"""The estimator's file is written anew beside the former one, so that a version that is kept as a link stays what it is."""

import os
from pathlib import Path

import numpy as np

from frontier_rag.estimator.local_estimator import FILE
from training.data.parts import FILES
from training.frontier_rag.models import Fitting
from training.frontier_rag.parts import Files
from training.frontier_rag_estimator import Run, save


def test_what_is_made_anew_leaves_a_version_alone_that_is_linked(tmp_path: Path) -> None:
    for path in (*(tmp_path / "data" / name for name in FILES), tmp_path / "bundle" / "meta.json"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    run = Run(Files(tmp_path / "data", tmp_path / "bundle"), tmp_path / "estimator", Fitting(42, 1))
    save(run, {"prices": np.ones(3)}, {})
    os.link(tmp_path / "estimator" / FILE, tmp_path / "kept.npz")
    save(run, {"prices": np.zeros(3)}, {})
    with np.load(tmp_path / "kept.npz") as kept, np.load(tmp_path / "estimator" / FILE) as made:
        assert (kept["prices"].tolist(), made["prices"].tolist()) == ([1.0] * 3, [0.0] * 3)
