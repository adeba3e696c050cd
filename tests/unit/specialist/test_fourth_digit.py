"""Prices of four digits from the shares of their first three and from what follows those, without a model."""

import numpy as np
import pytest

from specialist.fourth_digit import ASKED, FOUR_DIGITS, LEAST, OPENINGS, between, choose, go_on, is_long
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import UNCALIBRATED, read_prices
from tests.unit.training.specialist.price_logits import blurred

NONE = np.empty(0, np.int64), np.empty((0, ASKED), np.int64), np.empty((0, ASKED, 11))
SPLITS = np.log([0.2, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.75], where=np.arange(11) % 10 < 2, out=np.full(11, -50.0))


def spread(centre: float, width: float = 0.3) -> np.ndarray:
    return blurred(np.array([centre]), width)


def test_cheap_goods_are_not_asked_and_keep_their_shares() -> None:
    first = np.concatenate((spread(12.0), spread(40.0)))
    rows, _ = choose(first)
    assert rows.tolist() == []
    found = np.exp(go_on(first, *NONE).astype(np.float64))
    shares = np.exp(first) / np.exp(first).sum(-1, keepdims=True)
    np.testing.assert_allclose(found[:, :1000], shares, atol=1e-6)
    assert found[:, 1000:].max() < 1e-30


def test_whether_a_row_is_asked_is_told_by_the_share_of_its_openings() -> None:
    first = np.full((2, 1000), -50.0)
    first[:, 20] = 0.0
    first[:, 129] = np.log([LEAST * 0.9, LEAST * 1.2])
    assert choose(first)[0].tolist() == [1]


def test_the_likeliest_openings_are_asked_in_ascending_order() -> None:
    first = np.full((1, 1000), -9.0)
    wanted = sorted([999, 100, *range(150, 150 + 10 * (ASKED - 2), 10)])
    first[0, wanted] = 0.0
    first[0, 20] = 1.0
    assert choose(first)[1].tolist() == [wanted]


def test_an_asked_opening_is_split_exactly_as_its_answer_says() -> None:
    first = spread(150.0)
    rows, dollars = choose(first)
    answers = np.random.default_rng(3).normal(size=(1, ASKED, 11))
    found = np.exp(go_on(first, rows, dollars, answers).astype(np.float64))[0]
    whole = np.exp(first[0]) / np.exp(first[0]).sum()
    for place, answer in zip(dollars[0].tolist(), answers[0], strict=True):
        parts = whole[place] * np.exp(answer) / np.exp(answer).sum()
        np.testing.assert_allclose(found[[place, *range(10 * place, 10 * place + 10)]], parts, rtol=1e-4)
    assert found.sum() == pytest.approx(1.0, abs=1e-5)
    for place in OPENINGS:
        assert found[place] + found[10 * place : 10 * place + 10].sum() == pytest.approx(whole[place], rel=1e-4)


def test_openings_between_the_asked_ones_are_read_from_their_neighbours() -> None:
    places = np.arange(200, 200 + 10 * ASKED, 10)
    shares = np.zeros((ASKED, 11))
    shares[:, 0], shares[:, 10] = np.linspace(0.0, 1.0, ASKED), np.linspace(1.0, 0.0, ASKED)
    found = between(places, shares)
    np.testing.assert_allclose(found[places - 100], shares)
    np.testing.assert_allclose(found[[0, 99, 899]], shares[[0, 0, -1]])
    half = np.log(205 / 200) / np.log(210 / 200)
    np.testing.assert_allclose(found[105], shares[0] * (1 - half) + shares[1] * half)
    np.testing.assert_allclose(found.sum(-1), 1.0)


def test_a_price_past_999_dollars_is_read_as_such() -> None:
    first = spread(130.0, 0.1)
    rows, dollars = choose(first)
    answers = np.broadcast_to(SPLITS, (1, ASKED, 11))
    (read,) = read_prices(go_on(first, rows, dollars, answers), UNCALIBRATED, FOUR_DIGITS)
    assert 1200 < read.price < 1400
    assert read.low < 200
    assert read.high > 1300


def test_prices_by_tokens_are_whole_dollars_to_999_or_9999() -> None:
    assert (is_long(WHOLE_DOLLARS), is_long(FOUR_DIGITS)) == (False, True)
    for other in (PriceClasses.dollars(2000), PriceClasses.log_spaced(0.4, 12_000.0, 1000)):
        with pytest.raises(ValueError, match="1000 or 10000 of them"):
            is_long(other)
