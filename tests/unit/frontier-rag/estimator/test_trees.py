"""Trees as arrays."""

import numpy as np

from frontier_rag.estimator.trees import CHUNK, Trees

INF = np.inf
# x0 <= 1 ? (x1 <= 5 ? 10 : 20) : 30, and a tree that is one leaf of 1
TREES = Trees(
    feature=np.array([0, 1, 0, 0, 0, 0], np.int16),
    threshold=np.array([1, 5, INF, INF, INF, INF], np.float32),
    left=np.array([1, 2, 2, 3, 4, 5], np.int32),
    right=np.array([4, 3, 2, 3, 4, 5], np.int32),
    value=np.array([0, 0, 10, 20, 30, 1], np.float32),
    roots=np.array([0, 5], np.int32),
    depth=2,
)


def test_a_row_ends_in_its_leaf_and_the_trees_add_up() -> None:
    rows = np.array([[1, 5], [0, 6], [2, 0]], np.float32)
    assert TREES.predict(rows).tolist() == [11, 21, 31]


def test_more_rows_than_are_walked_at_a_time_keep_their_order() -> None:
    rows = np.zeros((CHUNK * 2 + 1, 2), np.float32)
    rows[-1, 0] = 9
    answers = TREES.predict(rows)
    assert len(answers) == CHUNK * 2 + 1
    assert answers[0] == 11
    assert answers[-1] == 31


def test_no_rows_give_no_answers() -> None:
    assert TREES.predict(np.empty((0, 2), np.float32)).shape == (0,)
