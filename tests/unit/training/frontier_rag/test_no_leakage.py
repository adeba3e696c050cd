"""A row never sees itself, and where its product is to be unknown none of its near-duplicates: not among the products near by
vector or by words, nor in what the linear models say of it.
"""

import numpy as np
import pytest

from frontier_rag.estimator.known_products import KnownProducts
from frontier_rag.estimator.local_estimator import DEPTH, unpack_words
from frontier_rag.names.lexical_index import LexicalIndex
from training.data.rows import Row
from training.frontier_rag import neighbours
from training.frontier_rag.models import Fitting
from training.frontier_rag.neighbours import UNKNOWN, left_out, nearest, nearest_known
from training.frontier_rag.parts import Part
from training.frontier_rag.words import fit_words, unseen_features

PAIRS = 80
ONE = Fitting(seed=1, threads=1)
ALL, NONE = np.ones(2 * PAIRS, bool), np.zeros(2 * PAIRS, bool)


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
    return Part(rows, texts, unit, np.repeat(np.arange(PAIRS), 2), np.arange(2 * PAIRS), np.ones(2 * PAIRS))


def linear_answers(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """What the linear models say of the rows: having seen them, and not."""
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    words = unpack_words(fit_words(part.texts, part.logs, part.weights, ONE))
    return words.features(part.texts), unseen_features(words, part, ONE)


def told(answers: np.ndarray, logs: np.ndarray) -> float:
    return float(np.corrcoef(answers, logs)[0, 1])


def test_neighbours_leave_out_the_row_and_its_group(part: Part) -> None:
    similarities, positions = nearest(part, part, ALL)
    assert positions.shape == (2 * PAIRS, DEPTH)
    assert (part.groups[positions] != part.groups[:, None]).all()
    assert similarities.max() < 0.9
    assert (np.diff(similarities, axis=1) <= 0).all()


def test_the_nearest_other_row_is_the_twin_where_only_the_row_itself_is_left_out(part: Part) -> None:
    _, positions = nearest(part, part, NONE)
    assert (positions[:, 0] == np.arange(2 * PAIRS) ^ 1).all()


@pytest.mark.parametrize(("chunk", "block"), [(7, 11), (500, 24), (3, 500)])
def test_the_nearest_are_the_same_however_few_are_looked_at_at_a_time(
    chunk: int, block: int, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "CHUNK", chunk)
    monkeypatch.setattr(neighbours, "BLOCK", block)
    cosines = part.vectors @ part.vectors.T
    cosines[part.groups[:, None] == part.groups] = -2.0
    similarities, positions = nearest(part, part, ALL)
    order = np.argsort(-cosines, axis=1)[:, :DEPTH]
    assert np.allclose(similarities, np.take_along_axis(cosines, order, 1), atol=1e-6)
    assert (positions == order).mean() > 0.99  # rounding may turn two that are alike


def test_linear_models_know_the_twin_only_where_they_saw_it(part: Part) -> None:
    seen, others = linear_answers(part)
    assert told(seen[:, 0], part.logs) > 0.9
    assert abs(told(others[:, 0], part.logs)) < 0.35
    assert abs(told(others[:, 5], part.logs)) < 0.35


def test_products_known_by_words_are_others_or_the_twin_but_never_the_row(part: Part) -> None:
    known = KnownProducts(LexicalIndex.build(part.texts), part.logs.astype(np.float32), float(part.logs.mean()))
    similarities, logs = nearest_known(part, known, NONE)
    twins = part.logs[np.arange(2 * PAIRS) ^ 1]
    assert logs[:, 0] == pytest.approx(twins, abs=1e-4)
    assert (similarities[:, 0] > 0.5).all()
    similarities, logs = nearest_known(part, known, ALL)
    assert not np.isclose(logs, part.logs[:, None], atol=1e-5).any()
    assert (np.diff(similarities, axis=1) <= 0).all()


def test_a_share_of_the_products_is_asked_as_if_unknown_and_twins_alike(part: Part) -> None:
    apart = left_out(part, part, 3)
    assert (apart[::2] == apart[1::2]).all()
    assert apart.mean() == pytest.approx(UNKNOWN, abs=0.2)


def test_several_processes_see_what_one_does(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    monkeypatch.setattr(neighbours, "CHUNK", 50)
    known = KnownProducts(LexicalIndex.build(part.texts), part.logs.astype(np.float32), float(part.logs.mean()))
    half = left_out(part, part, 3)
    (near, places), (same, as_well) = nearest(part, part, half), nearest(part, part, half, 2)
    assert np.allclose(near, same, atol=1e-6)  # BLAS rounds otherwise with other numbers of threads
    assert (places == as_well).mean() > 0.99
    for one, two in zip(nearest_known(part, known, half), nearest_known(part, known, half, 2), strict=True):
        assert (one == two).all()
    arrays, side_by_side = (fit_words(part.texts, part.logs, part.weights, Fitting(1, jobs)) for jobs in (1, 2))
    assert arrays.keys() == side_by_side.keys()
    assert all(np.allclose(arrays[name], side_by_side[name], atol=1e-3) for name in arrays)
