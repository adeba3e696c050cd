"""Counts and cuts texts in tokens of a model's own tokenizer, through tiktoken wherever the vocabulary allows it.

Of Rust tokenizers tiktoken was nearly four times as fast as tokenizers on these texts (bench/curate_libraries.py), so a
tokenizer.json of byte-level BPE is read into tiktoken too. Knows nothing of products; where files come from is the caller's matter.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

PRICES = 1000  # 0..999 dollars, each of which must be one token, so that a price is one class
# Splits text before BPE; part of the Llama 3 tokenizer but not of its file. Source: tokenizer.py of meta-llama/llama3.
LLAMA3_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_PROBES = (
    "How much does this cost?\n\nPrice is $129.00",
    "Größe: 12,5 x 3cm (2-Pack) 【neu】 don't",
    '日本語  \U0001f3b9 3/8" USB3.0\n',
)


class TokenizerError(ValueError):
    """The tokenizer cannot be read, or does not suit prices."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A text of at most `limit` tokens that ends at a word's end; `tokens` it has, of `whole` before the cut."""

    text: str
    tokens: int
    whole: int


class Tokens(Protocol):
    """A tokenizer."""

    def count(self, text: str) -> int:
        """Tokens of a text, without special ones."""
        ...

    def cut(self, text: str, limit: int) -> Cut:
        """The text's first `limit` tokens, without the beginning of a word that goes on behind them."""
        ...


class TiktokenTokens:
    """Byte-level BPE in tiktoken."""

    def __init__(self, ranks: dict[bytes, int], pattern: str) -> None:
        import tiktoken

        self.encoding = tiktoken.Encoding("curation", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        self._opens_word = bytearray(max(ranks.values()) + 1)
        for token, rank in ranks.items():
            self._opens_word[rank] = token[:1].isspace()

    def count(self, text: str) -> int:
        """See Tokens."""
        return len(self.encoding.encode_ordinary(text))

    def cut(self, text: str, limit: int) -> Cut:
        """See Tokens."""
        ids = self.encoding.encode_ordinary(text)
        whole = len(ids)
        if whole <= limit:
            return Cut(text, whole, whole)
        end = limit  # the first token left out must open a word
        while end and not self._opens_word[ids[end]]:
            end -= 1
        return Cut(self.encoding.decode_bytes(ids[:end]).decode(), end, whole)


class HubTokens:
    """Any tokenizer that the tokenizers library reads: slower, for vocabularies that tiktoken cannot hold."""

    def __init__(self, tokenizer: Any) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._encode = tokenizer.encode

    def count(self, text: str) -> int:
        """See Tokens."""
        return len(self._encode(text, add_special_tokens=False).ids)

    def cut(self, text: str, limit: int) -> Cut:
        """See Tokens."""
        found = self._encode(text, add_special_tokens=False)
        whole = len(found.ids)
        if whole <= limit:
            return Cut(text, whole, whole)
        end = limit
        while end and not self._opens_word(text, found.offsets[end - 1][1], found.offsets[end][0]):
            end -= 1
        return Cut(text[: found.offsets[end][0]].rstrip(), end, whole)

    @staticmethod
    def _opens_word(text: str, before: int, at: int) -> bool:
        """Whether a token opens a word. Its offset may leave out the space that it begins with; `before`: the last one's end."""
        return text[at : at + 1].isspace() or (before < at and text[at - 1].isspace())


def tiktoken_ranks(path: Path) -> dict[bytes, int]:
    """The tokens of a tiktoken-format file with their ids; TokenizerError names a line that is none."""
    ranks = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                token, rank = line.split()
                ranks[base64.b64decode(token, validate=True)] = int(rank)
            except (ValueError, binascii.Error) as exc:
                raise TokenizerError(f"{path}:{number}: not a line of a tiktoken file (base64 token, rank)") from exc
    return ranks


def _byte_of_letter() -> dict[str, int]:
    """The letters that stand for bytes in a tokenizer.json, as GPT-2 chose them: printable bytes stand for themselves."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + i): byte for i, byte in enumerate(hidden)}


def _pattern_of(pre_tokenizer: dict[str, Any]) -> str | None:
    steps = pre_tokenizer.get("pretokenizers") or [pre_tokenizer]
    patterns = [
        step["pattern"].get("Regex") for step in steps if step.get("type") == "Split" and step.get("behavior") == "Isolated"
    ]
    is_known = [step.get("type") for step in steps] == ["Split", "ByteLevel"]
    return patterns[0] if is_known and patterns else None


def _as_tiktoken(found: dict[str, Any]) -> TiktokenTokens | None:
    """A tokenizer.json in tiktoken, where it is byte-level BPE whose ids follow the order of its merges."""
    model, pattern = found.get("model") or {}, _pattern_of(found.get("pre_tokenizer") or {})
    if model.get("type") != "BPE" or found.get("normalizer") or pattern is None:
        return None
    letters = _byte_of_letter()
    try:
        ranks = {bytes(letters[letter] for letter in token): rank for token, rank in model["vocab"].items()}
    except KeyError:
        return None
    return TiktokenTokens(ranks, pattern) if len({*ranks} & {bytes([b]) for b in range(256)}) == 256 else None


def _from_json(path: Path) -> Tokens:
    from tokenizers import Tokenizer

    try:
        slow = Tokenizer.from_file(str(path))
        fast = _as_tiktoken(json.loads(path.read_text(encoding="utf-8")))
    except Exception as exc:  # the Rust side raises plain Exception for every damage
        raise TokenizerError(f"{path} is no tokenizer.json: {exc}") from exc
    if fast and all(fast.encoding.encode_ordinary(text) == slow.encode(text, add_special_tokens=False).ids for text in _PROBES):
        return fast
    return HubTokens(slow)


def load_tokens(path: Path) -> Tokens:
    """The tokenizer of a tokenizer.json, or of a tiktoken-format file with Llama 3's pattern. TokenizerError says what is wrong."""
    if path.suffix == ".json":
        tokens = _from_json(path)
    else:
        ranks = tiktoken_ranks(path)
        if not all(bytes([byte]) in ranks for byte in range(256)):
            raise TokenizerError(f"{path} lacks tokens for single bytes")
        tokens = TiktokenTokens(ranks, LLAMA3_PATTERN)
    split = [price for price in range(PRICES) if tokens.count(str(price)) != 1]
    if split:
        raise TokenizerError(f"{path}: {len(split)} of the prices 0..{PRICES - 1} are not one token each, the first is {split[0]}")
    return tokens
