"""The products that teachers and students share: priced rows in their parts and folds, and texts without price."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.data.folds import folds_of
from training.data.parts import Parts, data_folder, load_market, unpriced_texts
from training.data.rows import product_text
from training.specialist.small.run import SmallRun


@dataclass(frozen=True)
class Products:
    """`folds` [n]: one for each fitted row; `unpriced`: texts that repeat nothing of dev or held-out rows."""

    parts: Parts
    folds: npt.NDArray[np.int64]
    unpriced: list[str]

    def texts(self, name: str, fold: int) -> list[str]:
        """Of the fitted rows in `fold` ("fold"), of all held-out ones or of products-dev ("held", "dev"), or "unpriced" ones."""
        left_out = [row for row, its in zip(self.parts.fit, self.folds, strict=True) if its == fold]
        rows = {"fold": left_out, "held": self.parts.held, "dev": self.parts.dev}
        return self.unpriced if name == "unpriced" else [product_text(row) for row in rows[name]]


def read_products(run: SmallRun) -> Products:
    """Of the run's data folder; of the texts without price as many are drawn as the teachers label."""
    folder, teaching = data_folder(run.data), run.teaching
    parts = load_market(folder, run.limit)
    texts = unpriced_texts(folder, parts, run.limit)
    chosen = np.random.default_rng(run.seed).permutation(len(texts))[: teaching.unpriced]
    return Products(parts, folds_of(parts.fit, teaching.folds), [texts[i] for i in chosen])
