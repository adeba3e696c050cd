"""How prompts lie in a row of tokens, without a model."""

from itertools import pairwise

import numpy as np
import pytest

from specialist.cuda.packing import Shape, fill, pack, pack_tree, shape_of, shapes
from specialist.price_trie import price_trie

SHAPE = Shape(tokens=64, prompts=4, prefix=3)


def parts(prompts: list[list[int]], shape: Shape = SHAPE) -> dict[str, np.ndarray]:
    packed, found, at = pack(prompts, shape), {}, 0
    for name, size in shape.fields.items():
        found[name] = packed[at : at + size]
        at += size
    assert at == len(packed)
    return found


def test_prompts_lie_behind_one_another_and_are_read_at_their_ends() -> None:
    row = parts([[5, 6], [7, 8, 9], [4]])
    assert row["ids"][:7].tolist() == [5, 6, 7, 8, 9, 4, 0]
    assert row["positions"][:6].tolist() == [3, 4, 3, 4, 5, 3]
    assert row["last"].tolist() == [1, 4, 5, 0]


def test_places_for_prompts_that_are_not_there_are_empty() -> None:
    queries, keys = parts([[5, 6], [7, 8, 9], [4]])["starts"].reshape(2, -1).tolist()
    assert queries == [0, 2, 5, 6, 6, 6, 6, 6]
    assert keys == [0, 5, 11, 15, 15, 15, 15, 15]


def test_each_prompt_finds_the_keys_of_the_prefix_and_its_own() -> None:
    rows = parts([[5, 6], [7, 8, 9], [4]])["key_rows"]
    assert rows[:15].tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 5, 6, 7, 0, 1, 2, 8]


def test_a_row_may_be_full() -> None:
    row = parts([[1] * 16] * 4)
    assert row["last"].tolist() == [15, 31, 47, 63]
    assert row["key_rows"].max() == SHAPE.prefix + 63


def test_what_may_follow_a_prompt_sees_the_prefix_the_prompt_and_itself_alone() -> None:
    prompts, behind = [[5, 6], [7]], [[[50, 51], [60, 61]], [[70, 71], [80, 81]]]
    shape = shape_of(prompts, behind, 3)
    assert (shape.tokens, shape.prompts, shape.again) == (64, 8, 8)
    packed, parts, at = pack(prompts, shape, behind), {}, 0
    for name, size in shape.fields.items():
        parts[name], at = packed[at : at + size], at + size
    assert parts["ids"][:11].tolist() == [5, 6, 50, 51, 60, 61, 7, 70, 71, 80, 81]
    assert parts["positions"][:11].tolist() == [3, 4, 5, 6, 5, 6, 3, 4, 5, 4, 5]
    assert parts["last"][:6].tolist() == [1, 3, 5, 6, 8, 10]
    queries, keys = parts["starts"].reshape(2, -1).tolist()
    assert queries[:7] == [0, 2, 4, 6, 7, 9, 11]
    seen = [parts["key_rows"][first:last].tolist() for first, last in pairwise(keys)]
    head = [0, 1, 2]
    assert seen[:3] == [[*head, 3, 4], [*head, 3, 4, 5, 6], [*head, 3, 4, 7, 8]]
    assert seen[3:6] == [[*head, 9], [*head, 9, 10, 11], [*head, 9, 12, 13]]


def test_every_part_of_a_row_begins_at_a_multiple_of_sixteen_bytes() -> None:
    for shape in shapes(4000, 305, 12):
        assert all(size % 4 == 0 for size in shape.fields.values()), shape


@pytest.mark.parametrize(("budget", "longest"), [(4096, 180), (100, 305), (4000, 180), (16384, 180)])
def test_the_last_row_holds_the_budget_and_the_longest_prompt(budget: int, longest: int) -> None:
    found = shapes(budget, longest, 12)
    assert [shape.tokens for shape in found] == sorted({shape.tokens for shape in found})
    assert 0 <= found[-1].tokens - max(budget, longest) < 64
    assert len(found) < 24


def test_rows_are_filled_in_order_up_to_their_tokens_and_their_places() -> None:
    assert fill([10, 20, 30, 40, 5], 60, 9) == [[0, 1, 2], [3, 4]]
    assert fill([1, 1, 1, 1, 1], 60, 2) == [[0, 1], [2, 3], [4]]
    assert fill([100, 1], 60, 9) == [[0], [1]]
    assert fill([], 60, 9) == []


def test_in_a_tree_row_a_token_sees_its_prompt_and_its_ancestors_alone() -> None:
    trie = price_trie([[1], [1, 5], [1, 5, 2], [2], [2, 7]], 9)  # nodes: the end, 1, 15, 2
    row = pack_tree([[40, 41], [42]], [trie, trie], 16)
    assert row.ids[:9].tolist() == [40, 41, 1, 5, 2, 42, 1, 5, 2]
    assert row.positions[:9].tolist() == [0, 1, 2, 3, 2, 0, 1, 2, 1]
    assert row.nodes.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    place = np.arange(16)
    seen = (place[None] <= place[:, None]) & (place[:, None] < row.reach[None])
    sees = [np.flatnonzero(each).tolist() for each in seen]
    assert sees[:9] == [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 4], [5], [5, 6], [5, 6, 7], [5, 8]]
    assert sees[9:] == [[place] for place in range(9, 16)]
