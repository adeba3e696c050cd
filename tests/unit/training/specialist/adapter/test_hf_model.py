"""A transformers model asked for the thousand prices: the tree of split numbers gives what asking number by number gives."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (make training)")
pytest.importorskip("transformers", reason="needs transformers (make training)")
pytest.importorskip("peft", reason="needs peft (make training)")

from specialist.fourth_digit import FOUR_DIGITS, choose, go_on  # noqa: E402 (after the skips)
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses  # noqa: E402
from specialist.price_tokens import end_of_price, price_sequences  # noqa: E402
from tests.unit.training.specialist.tiny_bases import save_base  # noqa: E402
from training.specialist.adapter.base import load_model, load_tokenizer  # noqa: E402
from training.specialist.adapter.examples import PromptTokens, check_length  # noqa: E402
from training.specialist.adapter.hf_model import HfPriceModel  # noqa: E402
from training.specialist.errors import LengthError  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")  # libraries of others warn of their own future
TEXTS = ["small lamp", "A large kettle that boils water. " * 6, "drill"]


def loaded(folder: Path, batch: int = 2, classes: PriceClasses = WHOLE_DOLLARS) -> HfPriceModel:
    tokens = PromptTokens.of(load_tokenizer(str(folder)), 64)
    return HfPriceModel(load_model(str(folder), "none", "cpu").eval(), tokens, batch, classes)


def log_probabilities(model: Any, ids: list[int]) -> Any:
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].log_softmax(-1)


def scored_one_by_one(priced: HfPriceModel, text: str, dollars: list[int]) -> list[float]:
    """By the definition: the product over a price's tokens, and over the end of a price that others begin with."""
    prompt = priced.tokens.encoder.ids(text)
    sequences = price_sequences(priced.tokens.encoder.encode)
    end = end_of_price(priced.tokens.encoder.encode)
    starts = {tuple(ids[:length]) for ids in sequences for length in range(len(ids))}
    scores = []
    for price in dollars:
        ids = [*sequences[price], *([end] if tuple(sequences[price]) in starts else [])]
        found = log_probabilities(priced.model, [*prompt, *ids])
        scores.append(sum(float(found[len(prompt) - 1 + at, token]) for at, token in enumerate(ids)))
    return scores


@pytest.mark.parametrize("kind", ["Qwen2", "Gemma2", "Phi3"])
def test_split_numbers_are_scored_by_their_tokens_in_one_pass(kind: str, tmp_path: Path) -> None:
    priced = loaded(save_base(tmp_path, kind, digits="ones", has_opening=kind == "Gemma2"))
    found, dollars = priced.logits(TEXTS), [0, 2, 9, 10, 25, 99, 100, 257, 990, 999]
    for row, text in zip(found, TEXTS, strict=True):
        assert row[dollars] == pytest.approx(np.array(scored_one_by_one(priced, text, dollars)), abs=2e-3)


def test_whole_numbers_are_read_off_the_last_position(tmp_path: Path) -> None:
    priced = loaded(save_base(tmp_path, "Llama"))
    for row, text in zip(priced.logits(TEXTS), TEXTS, strict=True):
        with torch.no_grad():
            alone = priced.model(torch.tensor([priced.tokens.encoder.ids(text)])).logits[0, -1, priced.price_ids]
        assert row == pytest.approx(alone.numpy(), abs=1e-4)


@pytest.mark.parametrize(("kind", "digits"), [("Llama", "threes"), ("Qwen2", "ones")])
def test_prices_past_999_are_those_of_a_forward_pass_for_each_opening(kind: str, digits: str, tmp_path: Path) -> None:
    folder = save_base(tmp_path, kind, digits=digits)
    short, long = loaded(folder), loaded(folder, classes=FOUR_DIGITS)
    for priced in (short, long):
        make_digits_likely(priced)
    first, found = short.logits(TEXTS), long.logits(TEXTS)
    rows, dollars = choose(first)
    assert rows.tolist() == [0, 1, 2]
    answers = np.stack([[following(long, text, each) for each in row] for text, row in zip(TEXTS, dollars.tolist(), strict=True)])
    wanted = go_on(first, rows, dollars, answers)
    likely = wanted > -30
    assert found[likely] == pytest.approx(wanted[likely], abs=5e-3)
    assert np.exp(found.astype(np.float64)).sum(-1) == pytest.approx(1.0, abs=1e-4)


def make_digits_likely(priced: HfPriceModel) -> None:
    """A random base hardly ever writes three digits where each is a token; with this head it writes little else than 1 to 9."""
    if priced.trie is None:
        return
    weight = priced.model.get_output_embeddings().weight.data
    digits = torch.tensor(priced.price_ids[1:10])
    kept = weight[digits] * 60.0
    weight.zero_()
    weight[digits] = kept


def following(priced: HfPriceModel, text: str, opening: int) -> Any:
    """Logits of the end and of ten digits behind an opening, by a text of its own."""
    assert priced.fourth is not None
    ids = [*priced.tokens.encoder.ids(text), *priced.fourth.openings[opening - 100]]
    with torch.no_grad():
        return priced.model(torch.tensor([ids])).logits[0, -1, priced.fourth.following].numpy()


def test_what_a_base_learns_to_write_ends_at_the_highest_price(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(str(save_base(tmp_path, "Llama")))
    short, long = PromptTokens.of(tokenizer, 64), PromptTokens.of(tokenizer, 64, 9999)
    told = {price: tokenizer.decode(long.completion(price)) for price in (25.4, 1299.0, 20_000.0)}
    assert told == {25.4: "25.00<|end|>", 1299.0: "1299.00<|end|>", 20_000.0: "9999.00<|end|>"}
    assert tokenizer.decode(short.completion(1299.0)) == "999.00<|end|>"
    assert long.longest == short.longest + 1


def test_prompts_open_with_what_the_tokenizer_itself_writes(tmp_path: Path) -> None:
    opened = PromptTokens.of(load_tokenizer(str(save_base(tmp_path / "a", "Llama"))), 64)
    bare = PromptTokens.of(load_tokenizer(str(save_base(tmp_path / "b", "Llama", has_opening=False))), 64)
    assert opened.encoder.question == [0, *bare.encoder.question]


def test_a_price_that_would_be_cut_off_is_refused_with_the_length_that_it_needs(tmp_path: Path) -> None:
    tokens = PromptTokens.of(load_tokenizer(str(save_base(tmp_path, "Llama"))), 64)
    check_length(tokens, tokens.longest)
    with pytest.raises(LengthError, match=f"--max-length {tokens.longest}, or --max-text-tokens 60"):
        check_length(tokens, tokens.longest - 4)


def test_a_bare_tokenizer_takes_its_end_from_the_base(tmp_path: Path) -> None:
    save_base(tmp_path, "Llama")
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        (tmp_path / name).unlink(missing_ok=True)
    tokenizer = load_tokenizer(str(tmp_path))
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (1, 1)
