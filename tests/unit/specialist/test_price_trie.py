"""The tree of prices, without a model."""

import numpy as np

from specialist.price_trie import branches, price_trie

END = 99
DIGITS = [[int(digit) for digit in str(price)] for price in range(1000)]


def test_only_numbers_that_others_begin_with_are_asked_for_what_follows() -> None:
    trie = price_trie(DIGITS, END)
    assert len(trie.tokens) == 1 + 9 + 90  # the prompt's end, 1..9 and 10..99: no price begins with 0 but 0 itself
    assert trie.columns == [*range(10), END]


def test_nodes_come_in_depth_first_order_with_the_end_of_their_subtree() -> None:
    trie = price_trie([[1], [1, 5], [1, 5, 2], [2]], END)
    assert list(trie.tokens) == [-1, 1, 5]
    assert list(trie.depths) == [0, 1, 2]
    assert list(trie.ends) == [3, 3, 3]
    trie = price_trie(DIGITS, END)
    for node, (token, end) in enumerate(zip(trie.tokens, trie.ends, strict=True)):
        assert end == (100 if node == 0 else node + 11 if trie.depths[node] == 1 else node + 1), token


def test_a_price_is_the_product_along_its_path_and_an_end_where_it_may_go_on() -> None:
    draw = np.random.default_rng(5)
    trie = price_trie(DIGITS, END)
    asked = np.log(draw.dirichlet(np.ones(len(trie.columns)), (2, len(trie.tokens))))
    found = np.exp(trie.log_probabilities(asked))
    assert found.shape == (2, 1000)
    chances = np.exp(asked)
    one, twelve = 1, next(n for n in range(len(trie.tokens)) if trie.depths[n] == 2 and trie.tokens[n] == 2)
    np.testing.assert_allclose(found[:, 0], chances[:, 0, 0])
    np.testing.assert_allclose(found[:, 1], chances[:, 0, 1] * chances[:, one, 10])
    np.testing.assert_allclose(found[:, 12], chances[:, 0, 1] * chances[:, one, 2] * chances[:, twelve, 10])
    np.testing.assert_allclose(found[:, 123], chances[:, 0, 1] * chances[:, one, 2] * chances[:, twelve, 3])


def test_whole_numbers_need_the_prompts_end_alone() -> None:
    trie = price_trie([[2 * price + 1] for price in range(1000)], END - 1)
    assert list(trie.tokens) == [-1]
    asked = np.arange(1001.0)[None, None]
    column = {token: index for index, token in enumerate(trie.columns)}
    assert trie.log_probabilities(asked)[0].tolist() == [column[2 * price + 1] for price in range(1000)]


def test_branches_share_nothing_but_the_root() -> None:
    tree = branches([[1, 2], [1, 3]])
    assert (list(tree.tokens), list(tree.depths), list(tree.ends)) == ([-1, 1, 2, 1, 3], [0, 1, 2, 1, 2], [5, 3, 3, 5, 5])
