"""Descriptions of a wanted length in tokens, for benchmarks whose cost is a matter of tokens."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from bench.descriptions import descriptions


def of_length(tokenizer: Tokenizer, tokens: int, count: int = 256) -> list[str]:
    """`count` different texts of `tokens` tokens each (one more or less): products put together and cut."""
    source, found = [" ".join(text.split()) for text in descriptions(2 * count)], []
    for start in range(count):
        words = itertools.cycle(source[start:] + source[:start])
        text = next(words)
        while len(encoded := tokenizer.encode(text, add_special_tokens=False)) < tokens:
            text = f"{text} {next(words)}"
        found.append(text[: encoded.offsets[tokens - 1][1]])
    return found


def write(folder: Path, name: str, texts: Sequence[str]) -> Path:
    """The texts as a JSON list in `folder`."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(list(texts)), encoding="utf-8")
    return path
