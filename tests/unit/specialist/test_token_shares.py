"""From listed next tokens to prices: both published forms, nothing made up, nothing broken taken for a price."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import UnavailableError
from specialist.readout import distribution
from specialist.token_shares import following_rows, listed_tokens, price_row


def listed(**shares: float) -> list[tuple[str, float]]:
    return [(token, math.log(share)) for token, share in shares.items()]


def choice(tokens: list[tuple[str, float]], index: int = 0) -> dict[str, object]:
    return {"index": index, "text": "1", "finish_reason": "length", "logprobs": {"top_logprobs": [dict(tokens)]}}


def test_listed_prices_are_scaled_to_one() -> None:
    row = price_row(listed(**{"10": 0.5, "250": 0.4, "The": 0.05}), 0.9)
    assert distribution(row)[[10, 250]] == pytest.approx([0.5 / 0.9, 0.4 / 0.9], rel=1e-5)
    assert distribution(row).sum() == pytest.approx(1.0)
    assert np.isfinite(row).all()


def test_the_same_number_with_and_without_a_space_counts_together() -> None:
    shares = distribution(price_row(listed(**{"12": 0.4, " 12": 0.3, "\u012012": 0.2, "\u258113": 0.1}), 0.9))
    assert shares[[12, 13]] == pytest.approx([0.9, 0.1], rel=1e-5)


@pytest.mark.parametrize("token", ["007", "1000", "12.", "1,2", "-5", "½", "١٢", "²", "", "1 2", "+3", "0x1"])
def test_what_is_no_price_of_0_to_999_does_not_count(token: str) -> None:
    with pytest.raises(UnavailableError, match="only 0%"):
        price_row([(token, math.log(0.99))], 0.5)


def test_too_little_on_listed_prices_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(UnavailableError, match=r"only 60% .* 90% are needed.*--max-logprobs"):
        price_row(listed(**{"10": 0.5, "11": 0.1, "The": 0.3}), 0.9)


def test_a_tokenizer_that_splits_numbers_is_told_by_its_digits() -> None:
    with pytest.raises(UnavailableError, match="splits numbers"):
        price_row([(str(digit), math.log(0.1)) for digit in range(10)], 0.9)
    cheap = [(str(digit), math.log(0.099)) for digit in range(10)] + [("10", math.log(0.01))]
    assert distribution(price_row(cheap, 0.9))[5] == pytest.approx(0.099, rel=1e-5)


def test_behind_an_opening_the_end_and_ten_digits_count() -> None:
    ends = listed(**{".": 0.5, ".00": 0.1, "9": 0.3, "99": 0.05, ",": 0.05})
    rows = distribution(following_rows([ends, listed(**{"5": 0.96})], np.array([0.6, 0.4]), 0.9))
    assert rows[0, [0, 10]] == pytest.approx([0.6 / 0.9, 0.3 / 0.9], rel=1e-5)
    assert rows[1, 6] == pytest.approx(1.0)
    assert rows.sum(-1) == pytest.approx(1.0)


def test_openings_behind_which_nothing_is_listed_are_an_error_only_where_they_are_likely() -> None:
    both = [listed(**{".": 1.0}), listed(**{"The": 1.0})]
    rows = distribution(following_rows(both, np.array([0.99, 0.01]), 0.9))
    assert rows[:, 0] == pytest.approx(1.0)
    with pytest.raises(UnavailableError, match=r"only 50% .* a fourth digit behind openings.*--max-logprobs"):
        following_rows(both, np.array([0.5, 0.5]), 0.9)


@given(st.dictionaries(st.integers(0, 999).map(str), st.floats(1e-6, 1.0), min_size=1, max_size=50))
def test_shares_of_prices_keep_their_proportions(weights: dict[str, float]) -> None:
    total = sum(weights.values())
    if set(weights) == set("0123456789"):
        return
    shares = distribution(price_row(listed(**{token: weight / total for token, weight in weights.items()}), 0.9))
    for token, weight in weights.items():
        assert shares[int(token)] == pytest.approx(weight / total, rel=1e-3, abs=1e-9)


def test_answers_are_put_in_the_order_of_the_prompts() -> None:
    answer = {"choices": [choice([("2", -0.1)], 1), choice([("1", -0.1)], 0)]}
    assert listed_tokens(answer, 2) == [[("1", -0.1)], [("2", -0.1)]]


def test_the_form_of_llama_cpp_is_read_too() -> None:
    content = [{"token": "5", "logprob": -0.1, "top_logprobs": [{"id": 1, "token": "5", "bytes": [53], "logprob": -0.1}]}]
    assert listed_tokens({"choices": [{"index": 0, "logprobs": {"content": content}}]}, 1) == [[("5", -0.1)]]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "something else than a completion"),
        ([], "something else than a completion"),
        ({"choices": None}, "something else than a completion"),
        ({"choices": [1]}, "something else than a completion"),
        ({"choices": []}, "0 choices for 1 prompts"),
        ({"choices": [choice([("1", -1.0)]), choice([("1", -1.0)])]}, "2 choices for 1 prompts"),
        ({"choices": [choice([("1", -1.0)], 7)]}, "1 choices for 1 prompts"),
        ({"choices": [{"index": [], "logprobs": None}]}, "1 choices for 1 prompts"),
        ({"choices": [{"index": 0, "text": "12", "logprobs": None}]}, "no log probabilities"),
        ({"choices": [{"index": 0, "logprobs": {"top_logprobs": []}}]}, "no log probabilities"),
        ({"choices": [{"index": 0, "logprobs": {"top_logprobs": [None]}}]}, "no log probabilities"),
        ({"choices": [choice([("1", "much")])]}, "are no numbers"),  # type: ignore[list-item]
        ({"choices": [choice([("1", math.nan)])]}, "are no numbers"),
        ({"choices": [choice([("1", 3.0)])]}, "are no numbers"),
        ({"choices": [choice([("1", True)])]}, "are no numbers"),
        ({"choices": [{"index": 0, "logprobs": {"content": [{"top_logprobs": [{"token": 1, "logprob": -1}]}]}}]}, "are no numbers"),
    ],
)
def test_anything_else_is_an_error_that_says_what_is_wrong(answer: object, why: str) -> None:
    with pytest.raises(UnavailableError, match=why):
        listed_tokens(answer, 1)
