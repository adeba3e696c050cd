"""A row never sees itself or its near-duplicates: not among its neighbours, nor in what any model says of it."""

import numpy as np
import pytest

from frontier_rag.estimator.local_estimator import DEPTH, unpack_words
from training.data.rows import Row
from training.frontier_rag.models import Fitting, unseen
from training.frontier_rag.neighbours import features_of, nearest
from training.frontier_rag.parts import Part
from training.frontier_rag.words import fit_words, unseen_features

PAIRS = 80
FITTING = Fitting(seed=1, threads=1)


@pytest.fixture(scope="module")
def part() -> Part:
    """Pairs of near-duplicates whose random price only the other of the pair could tell."""
    rng = np.random.default_rng(5)
    rows, vectors = [], []
    for pair in range(PAIRS):
        price, vector = float(rng.uniform(5, 900)), rng.normal(size=384)
        for twin in range(2):
            rows.append(Row(f"Lamp code{pair}x code{pair}y", (f"unit{pair} of part{pair}, batch {twin}",), price=price))
            vectors.append(vector + rng.normal(0, 0.001, 384))
    unit = np.array(vectors, np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    texts = [f"{row.title}\n{row.description[0]}" for row in rows]
    return Part(rows, texts, unit, np.repeat(np.arange(PAIRS), 2))


def linear_answers(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """What the linear models say of the rows: having seen them, and not."""
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    words = unpack_words(fit_words(part.texts, part.logs, 1))
    return words.features(part.texts), unseen_features(words, part.texts, part.logs, part.groups, 1)


def told(answers: np.ndarray, logs: np.ndarray) -> float:
    return float(np.corrcoef(answers, logs)[0, 1])


def test_neighbours_leave_out_the_row_and_its_group(part: Part) -> None:
    similarities, positions = nearest(part, part, "group")
    assert positions.shape == (2 * PAIRS, DEPTH)
    assert (part.groups[positions] != part.groups[:, None]).all()
    assert similarities.max() < 0.9
    assert (np.diff(similarities, axis=1) <= 0).all()


def test_the_nearest_other_row_is_the_twin_where_only_the_row_itself_is_left_out(part: Part) -> None:
    _, positions = nearest(part, part, "self")
    assert (positions[:, 0] == np.arange(2 * PAIRS) ^ 1).all()


def test_linear_models_know_the_twin_only_where_they_saw_it(part: Part) -> None:
    seen, others = linear_answers(part)
    assert told(seen[:, 0], part.logs) > 0.9
    assert abs(told(others[:, 0], part.logs)) < 0.35
    assert abs(told(others[:, 5], part.logs)) < 0.35


def test_what_calibrates_the_intervals_knows_nothing_of_the_twin(part: Part) -> None:
    pytest.importorskip("lightgbm", reason="needs lightgbm (make training)")
    _, words = linear_answers(part)
    features = features_of(part, part, words, "group")
    raw = unseen(part, features, FITTING)
    assert raw.price.shape == part.logs.shape
    assert abs(told(raw.price, part.logs)) < 0.35
    leaky = features_of(part, part, words, "self")
    assert told(leaky[:, 0], part.logs) > 0.9  # the twin's price would have told it
