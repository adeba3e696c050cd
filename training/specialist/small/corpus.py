"""The text that the small specialist and its teachers are pre-trained on: one tokenizer, and all texts as one row of token ids."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from specialist.prompt import ANSWER, PRICES, QUESTION
from training.data.parts import corpus_texts, data_hashes, load_market

END = "<|end|>"
# Llama 3's pattern: digits in groups of up to three, so that every price from 0 to 999 can be one token.
PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
FEWEST = 100  # times that the prices are repeated beside a few texts
ENCODED = 10_000  # texts whose encodings, some 20 KB each, are held at a time
Ids = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Corpus:
    """All texts, shuffled, each followed by END, as one row of ids [tokens]."""

    tokenizer: Tokenizer
    ids: Ids


def train_tokenizer(texts: list[str], vocab: int) -> Tokenizer:
    """Byte-level BPE in which each of 0..999 is one token (ValueError when one is not, however often they are repeated)."""
    repeats = max(FEWEST, len(texts) // 50)
    while True:
        tokenizer = _trained([*texts, *[" ".join(map(str, range(PRICES)))] * repeats, *[QUESTION + ANSWER] * 50], vocab)
        try:
            price_ids(tokenizer)
        except ValueError:  # more words than a small vocabulary holds are more frequent in many texts than a price
            if repeats >= len(texts):
                raise
            repeats = min(8 * repeats, len(texts))
        else:
            return tokenizer


def _trained(texts: list[str], vocab: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(PATTERN), behavior="isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab, special_tokens=[END], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def price_ids(tokenizer: Tokenizer) -> list[int]:
    """Token of each whole dollar 0..999; ValueError names the first that is no single token."""
    ids = [tokenizer.encode(str(dollars)).ids for dollars in range(PRICES)]
    for dollars, found in enumerate(ids):
        if len(found) != 1:
            raise ValueError(f"the tokenizer splits {dollars} into {len(found)} tokens")
    return [found[0] for found in ids]


def make_corpus(texts: list[str], vocab: int, seed: int) -> Corpus:
    """Tokenizer and shuffled ids of the texts."""
    tokenizer = train_tokenizer(texts, vocab)
    end = tokenizer.token_to_id(END)
    order = np.random.default_rng(seed).permutation(len(texts))
    parts = [np.zeros(0, np.uint16)]
    for start in range(0, len(order), ENCODED):
        encoded = tokenizer.encode_batch([texts[i] for i in order[start : start + ENCODED]])
        parts.append(np.concatenate([np.array([*one.ids, end], np.uint16) for one in encoded]))
    return Corpus(tokenizer, np.concatenate(parts))


def kept_corpus(data: Path, out: Path, *, limit: int | None, vocab: int, seed: int) -> Corpus:
    """The corpus of the folder `data`; kept in `out` and taken from there while data and arguments are the same."""
    key = {"data": data_hashes(data), "limit": limit, "vocab": vocab, "seed": seed}
    mark, ids, tokenizer = out / "corpus.json", out / "corpus.npy", out / "tokenizer.json"
    if mark.is_file() and json.loads(mark.read_text()) == key:
        return Corpus(Tokenizer.from_file(str(tokenizer)), np.load(ids))
    corpus = make_corpus(corpus_texts(data, load_market(data, limit), limit), vocab, seed)
    out.mkdir(parents=True, exist_ok=True)
    mark.unlink(missing_ok=True)
    corpus.tokenizer.save(str(tokenizer))
    np.save(ids, corpus.ids)
    mark.write_text(json.dumps(key))
    return corpus
