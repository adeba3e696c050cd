"""Opens a tokenizer by whatever names it: a tokenizer.json, a tiktoken file such as Llama 3's, a folder, a name on the hub.

Gives a function from text to token ids without special tokens. Knows nothing of prices.
"""

from pathlib import Path
from typing import Any

from specialist.prompt import Encode
from training.curation.tokens import LLAMA3_PATTERN, TiktokenTokens, TokenizerError, tiktoken_ranks
from training.data.hub import FETCH_DEADLINE, FetchError, fetch_files

HELD = ("tokenizer.json", "tokenizer.model")  # in the order in which they are looked for


def open_tokenizer(name: str, deadline: float = FETCH_DEADLINE) -> Encode:
    """`name`: a file, a folder or, where there is neither, a name on the hub. TokenizerError says what is wrong."""
    path = Path(name)
    if path.is_dir():
        return _of_file(_held(path, {each.name: each for each in path.iterdir()}))
    if path.is_file():
        return _of_file(path)
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise TokenizerError(f"there is no file or folder {name}")
    try:
        return _of_file(_held(path, fetch_files(name, HELD, deadline=deadline)))
    except FetchError as exc:
        raise TokenizerError(str(exc)) from exc


def _held(where: Path, files: dict[str, Path]) -> Path:
    for name in HELD:
        if name in files:
            return files[name]
    raise TokenizerError(f"{where} holds neither {' nor '.join(HELD)}")


def _of_file(path: Path) -> Encode:
    return _of_json(path) if path.suffix == ".json" else _of_tiktoken(path)


def _of_json(path: Path) -> Encode:
    from tokenizers import Tokenizer

    try:
        tokenizer: Any = Tokenizer.from_file(str(path))
    except Exception as exc:
        raise TokenizerError(f"{path} is no tokenizer.json: {exc}") from exc
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def _of_tiktoken(path: Path) -> Encode:
    try:
        ranks = tiktoken_ranks(path)
    except (TokenizerError, UnicodeDecodeError) as exc:
        raise TokenizerError(f"{exc}; of a SentencePiece model give the tokenizer.json beside it") from exc
    if not all(bytes([byte]) in ranks for byte in range(256)):
        raise TokenizerError(f"{path} lacks tokens for single bytes: it is no tiktoken file")
    return TiktokenTokens(ranks, LLAMA3_PATTERN).encoding.encode_ordinary
