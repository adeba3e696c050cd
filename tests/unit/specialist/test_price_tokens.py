"""How tokenizers write prices, on small tokenizers of our own: one token a number, one a digit, and awkward ones."""

from collections.abc import Callable, Sequence

import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from specialist.price_tokens import end_of_price, fourth_digit, is_one_token, opening_ids, price_sequences, split_prices

Encode = Callable[[str], Sequence[int]]
WORDS = ("<unk>", "\n\n", "Price", "is", "$", ".", "00", "a")


def encoder(*, digits: str) -> Encode:
    """Words, white space apart; numbers whole, or digit by digit."""
    words = dict.fromkeys([*WORDS, *map(str, range(1000 if digits == "whole" else 10))])
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
    number = pre_tokenizers.Split(Regex(r"\d" if digits == "single" else r"\d{1,3}"), behavior="isolated")
    pieces = [pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation(), number]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(pieces)
    return lambda text: tokenizer.encode(text).ids


def with_opening_space(digits: str) -> Encode:
    """As SentencePiece does it: every text begins with a token for a space that is not there."""
    inner = encoder(digits=digits)
    return lambda text: [5000, *inner(text)]


def test_numbers_kept_whole_are_one_token_each() -> None:
    sequences = price_sequences(encoder(digits="whole"))
    assert len(sequences) == 1000
    assert is_one_token(sequences)
    assert not split_prices(sequences)


def test_a_tokenizer_of_digits_splits_all_from_ten_on() -> None:
    sequences = price_sequences(encoder(digits="single"))
    assert not is_one_token(sequences)
    assert split_prices(sequences) == list(range(10, 1000))
    assert sequences[257] == [*sequences[2], *sequences[5], *sequences[7]]


def test_a_space_that_opens_every_text_is_no_part_of_the_price() -> None:
    assert is_one_token(price_sequences(with_opening_space("whole")))
    assert price_sequences(with_opening_space("whole")) == price_sequences(encoder(digits="whole"))


def test_a_tokenizer_that_joins_dollar_sign_and_digit_is_refused() -> None:
    inner = encoder(digits="whole")

    def joined(text: str) -> list[int]:
        return [*inner(text.rstrip("0123456789$")), 9000 + hash(text) % 97]

    with pytest.raises(ValueError, match=r'joins the "\$" and the number in "\$0"'):
        price_sequences(joined)


def test_prices_that_share_a_token_are_not_told_apart() -> None:
    unknown = [[1]] * 1000
    assert not is_one_token(unknown)


def test_the_end_of_a_price_is_the_point_before_the_cents() -> None:
    for digits in ("whole", "single"):
        assert end_of_price(encoder(digits=digits)) == WORDS.index(".")


@pytest.mark.parametrize(("digits", "length"), [("whole", 1), ("single", 3)])
def test_a_price_of_four_digits_is_the_first_three_and_a_digit(digits: str, length: int) -> None:
    encode = encoder(digits=digits)
    sequences = price_sequences(encode)
    found = fourth_digit(encode, sequences)
    assert found.length == length
    assert found.following == [WORDS.index("."), *(sequences[digit][0] for digit in range(10))]
    assert [*found.openings[129 - 100], found.following[1 + 9]] == price_sequences(encode, prices=range(1299, 1300))[0]


def test_a_tokenizer_that_groups_digits_from_the_right_is_refused_past_999() -> None:
    inner = encoder(digits="whole")

    def from_the_right(text: str) -> list[int]:
        before, _, number = text.rpartition("$")
        groups = f"{int(number):,}".replace(",", " ") if number.isdigit() else number
        return list(inner(f"{before}${groups}"))

    sequences = price_sequences(from_the_right)
    with pytest.raises(ValueError, match='does not write "\\$1299" as 129 and a 9'):
        fourth_digit(from_the_right, sequences)


def test_cents_that_join_the_number_are_refused() -> None:
    inner = encoder(digits="whole")

    def joined(text: str) -> Sequence[int]:
        return [*inner(text.removesuffix("5.00").removesuffix("9.00")), 77] if text.endswith(".00") else inner(text)

    with pytest.raises(ValueError, match="joins the number and the cents"):
        end_of_price(joined)


def test_only_special_tokens_that_the_tokenizer_writes_open_a_prompt() -> None:
    plain = encoder(digits="whole")
    assert opening_ids(lambda text: [1, *plain(text)], plain) == [1]
    assert opening_ids(lambda text: [1, *plain(text), 2], plain) == [1]
    assert opening_ids(plain, plain) == []
