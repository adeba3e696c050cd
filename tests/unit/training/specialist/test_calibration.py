"""The specialist's interval: its tails are chosen and its levels fitted on held-out rows."""

import numpy as np

from specialist.readout import distribution, read_prices
from tests.unit.training.specialist.price_logits import blurred
from training.data.rows import Row
from training.specialist.calibration import CANDIDATES, fit_calibration, fit_levels


def leaning(count: int, lean: float) -> tuple[np.ndarray, list[Row]]:
    """Logits of a model that is too sure and whose estimates reach only `lean` of the way from the middle; true prices as rows."""
    rng = np.random.default_rng(0)
    middle = np.log(60)
    truth = rng.uniform(np.log(5), np.log(900), count)
    centres = np.exp(middle + lean * (truth - middle) + rng.normal(0, 0.4, count))
    words = rng.integers(10**9, size=count)
    return blurred(centres, width=0.35), [
        Row(f"thing {word}", price=float(np.exp(t))) for word, t in zip(words, truth, strict=True)
    ]


def covered(logits: np.ndarray, rows: list[Row], calibration: object) -> float:
    read = read_prices(logits, calibration)
    return float(np.mean([one.low <= (row.price or 0) <= one.high for one, row in zip(read, rows, strict=True)]))


def test_a_model_that_is_too_sure_gets_an_interval_that_holds_four_fifths() -> None:
    logits, rows = leaning(3000, 0.9)
    calibration = fit_calibration(distribution(logits[:1500]), rows[:1500])
    assert 0.76 < covered(logits[1500:], rows[1500:], calibration) < 0.88


def test_the_tails_are_those_of_the_candidates_that_cover_the_worst_bands() -> None:
    logits, rows = leaning(1500, 0.7)
    probabilities, truth = distribution(logits), np.array([row.price or 0.0 for row in rows])

    def worst(calibration: object) -> float:
        edges = np.digitize(truth, [25, 50, 100, 200, 400])
        return min(
            covered(logits[edges == e], [row for row, at in zip(rows, edges, strict=True) if at == e], calibration)
            for e in range(6)
        )

    found = worst(fit_calibration(probabilities, rows))
    assert found >= max(worst(fit_levels(probabilities, truth, "median", tails)) for tails in CANDIDATES) - 0.05
