"""Families count alike where the level is put right."""

import numpy as np
import pytest

from training.data.rows import Row
from training.ensemble.held import evened


def test_families_count_alike_and_only_listings_keep_their_weights() -> None:
    rows = [Row(title=str(i), extra={"family": "named"} if i > 1 else {}) for i in range(6)]
    found = evened(rows, np.array([1.0, 3.0, 9.0, 1.0, 1.0, 1.0]))
    assert found == pytest.approx([0.75, 2.25, 0.75, 0.75, 0.75, 0.75])
