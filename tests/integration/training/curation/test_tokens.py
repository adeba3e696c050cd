"""Counting and cutting in tokens, and refusing tokenizers that do not suit prices."""

import json
from pathlib import Path

import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from tests.integration.training.curation.fixtures import WORDS, make_tokenizer
from training.curation.tokens import LLAMA3_PATTERN, HubTokens, TiktokenTokens, TokenizerError, load_tokens
from training.data.rows import product_text, read_rows


def as_json(folder: Path, pattern: str = LLAMA3_PATTERN) -> Path:
    """A tokenizer.json of byte-level BPE over bytes and two-digit numbers; every price up to 999 is one token."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: rank for rank, letter in enumerate(letters)}
    merges = []
    for number in [*(f"{n:02d}" for n in range(100)), *(f"{n:03d}" for n in range(1000))]:
        vocabulary[number] = len(vocabulary)
        merges.append((number[:-1], number[-1]))
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=True))
    steps = [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def test_a_text_is_cut_where_a_word_ends(tmp_path: Path) -> None:
    tokens = load_tokens(make_tokenizer(tmp_path))
    text = "lamp walnut unheardof brass kettle"
    whole = tokens.count(text)
    cuts = {limit: tokens.cut(text, limit) for limit in range(1, whole + 1)}
    starts = {" ".join(text.split()[:count]) for count in range(6)}
    assert {cut.text for cut in cuts.values()} <= starts
    assert all(cut.tokens <= limit and cut.whole == whole and tokens.count(cut.text) == cut.tokens for limit, cut in cuts.items())
    assert cuts[whole].text == text


@pytest.mark.parametrize("text", ["", "lamp", "één größer 日本語 kettle \U0001f3b9 lamp"])
def test_any_text_can_be_cut_anywhere(tmp_path: Path, text: str) -> None:
    tokens = load_tokens(make_tokenizer(tmp_path))
    for limit in range(1, tokens.count(text) + 2):
        cut = tokens.cut(text, limit)
        assert text.startswith(cut.text)
        assert tokens.count(cut.text) == cut.tokens <= limit


def test_a_tokenizer_that_parts_prices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match=r"500 of the prices 0\.\.999 are not one token each, the first is 500"):
        load_tokens(make_tokenizer(tmp_path, prices=500))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.model", b"not base64!\n", "a.model:1"),
        ("a.model", b"YQ== 0\n", "single bytes"),
        ("a.json", b"{}", "no tokenizer.json"),
        ("a.json", b"\xff", "no tokenizer.json"),
    ],
)
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TokenizerError, match=words):
        load_tokens(path)


def test_a_hub_tokenizer_of_byte_level_bpe_runs_in_tiktoken(tmp_path: Path) -> None:
    path = as_json(tmp_path)
    tokens, slow = load_tokens(path), HubTokens(Tokenizer.from_file(str(path)))
    assert isinstance(tokens, TiktokenTokens)
    text = "A lamp for $129, 12-inch, größer 日本 " + " ".join(WORDS[:20])
    assert [tokens.cut(text, limit) for limit in range(1, 60)] == [slow.cut(text, limit) for limit in range(1, 60)]


def test_other_hub_tokenizers_are_taken_as_they_are(tmp_path: Path) -> None:
    path = as_json(tmp_path)
    found = json.loads(path.read_text())
    found["normalizer"] = {"type": "Lowercase"}
    path.write_text(json.dumps(found))
    tokens = load_tokens(path)
    assert isinstance(tokens, HubTokens)
    assert tokens.cut("LAMP 999 and", 6).text == "LAMP 999"


def test_every_dollar_is_one_token_of_llama_3_and_cuts_of_real_texts_keep_whole_words(shared_data: Path) -> None:
    tokens = load_tokens(shared_data / "data" / "llama3-tokenizer.model")
    assert all(tokens.count(str(price)) == 1 for price in range(1000))
    rows = list(read_rows(shared_data / "data" / "products-dev.jsonl.xz"))[:300]
    for text in map(product_text, rows):
        cut = tokens.cut(text, 60)
        assert text.startswith(cut.text)
        assert len(cut.text) == len(text) or text[len(cut.text)].isspace()
        assert tokens.count(cut.text) == cut.tokens <= 60
