"""Networks as arrays."""

import io

import numpy as np
import pytest

from frontier_rag.estimator.network import REACH, Network


def single(*shape: int) -> np.ndarray:
    return np.zeros((1, *shape), np.float32)


def absolute_difference() -> Network:
    """|x0 - x1| of features centred on 10 and scaled by 2, plus 3."""
    first, second, last = single(2, 2), single(2, 1), single(1, 1)
    first[0] = [[1, -1], [-1, 1]]
    second[0], last[0] = [[1], [1]], [[1]]
    centre, scale = np.full(2, 10, np.float32), np.full(2, 2, np.float32)
    return Network(centre, scale, first, single(1, 2), second, single(1, 1), last, single(1, 1) + np.float32(3))


def test_layers_and_scale_work_as_written() -> None:
    rows = np.array([[10, 10], [14, 10], [10, 16]], np.float32)
    assert absolute_difference().predict(rows).tolist() == [3, 5, 6]


def test_a_feature_far_outside_counts_as_much_as_one_at_the_reach() -> None:
    rows = np.array([[1e9, 10], [10 + 2 * REACH, 10]], np.float32)
    assert absolute_difference().predict(rows).tolist() == [3 + REACH, 3 + REACH]


def test_the_answer_is_the_mean_of_all_networks() -> None:
    one = absolute_difference()
    layers = [np.concatenate([each, each]) for each in (one.first, one.first_bias, one.second, one.second_bias, one.last)]
    both = Network(one.centre, one.scale, *layers, np.concatenate([one.last_bias, one.last_bias + np.float32(2)]))
    assert both.predict(np.array([[10, 10]], np.float32)).tolist() == [4]


def test_no_rows_give_no_answers() -> None:
    assert absolute_difference().predict(np.empty((0, 2), np.float32)).shape == (0,)


def test_it_survives_being_stored_without_pickle() -> None:
    file = io.BytesIO()
    np.savez(file, **absolute_difference().arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        restored = Network.from_arrays(stored)
    rows = np.array([[12, 9]], np.float32)
    assert restored.predict(rows) == pytest.approx(absolute_difference().predict(rows))
