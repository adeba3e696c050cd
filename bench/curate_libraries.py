"""Compares the libraries that curation could use, on real rows and one core: JSON readers, tokenizers, MinHash. Last line JSON.

    uv run python -m bench.curate_libraries        (datasketch is compared where it is installed)

Why curation takes the ones it takes is said in docs/decisions.md with these figures.
"""

import argparse
import base64
import json
import os
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from common.product_files.packed import open_packed
from common.product_files.product_text import words_of
from common.settings import shared_data_dir
from training.curation.fingerprints import MINHASHES, SEED, bands_of
from training.curation.tokens import LLAMA3_PATTERN, TiktokenTokens
from training.data.rows import product_text, row_of
from training.data.shingles import Hashes, all_shingles

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def per_second(work: Callable[[], object], rows: int) -> float:
    """Rows a second of the better of two runs."""
    best = 0.0
    for _ in range(2):
        start = time.perf_counter()
        work()
        best = max(best, rows / (time.perf_counter() - start))
    return round(best, 1)


def _letters() -> dict[int, str]:
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {byte: chr(byte) for byte in shown} | {byte: chr(256 + i) for i, byte in enumerate(hidden)}


def in_tokenizers(ranks: dict[bytes, int]) -> Any:
    """The same BPE in Hugging Face's tokenizers: merges are all pairs that make a token, in the order of its rank."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    letters = _letters()
    name = {token: "".join(letters[byte] for byte in token) for token in ranks}
    merges = []
    for token, rank in ranks.items():
        halves = [(token[:at], token[at:]) for at in range(1, len(token))]
        known = sorted((ranks[a], ranks[b], a, b) for a, b in halves if a in ranks and b in ranks)
        merges += [(rank, name[a], name[b]) for _, _, a, b in known]
    merges.sort(key=lambda merge: merge[0])
    vocabulary = {name[token]: rank for token, rank in ranks.items()}
    tokenizer = Tokenizer(models.BPE(vocabulary, [(a, b) for _, a, b in merges], ignore_merges=True))
    steps = [
        pre_tokenizers.Split(Regex(LLAMA3_PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    return tokenizer


def compare_json(lines: Sequence[bytes]) -> dict[str, float]:
    """The standard library and orjson."""
    import orjson

    readers: dict[str, Callable[[bytes], Any]] = {"json": json.loads, "orjson": orjson.loads}
    return {name: per_second(lambda read=read: [read(line) for line in lines], len(lines)) for name, read in readers.items()}  # type: ignore[misc]


def compare_tokenizers(texts: Sequence[str], path: Path) -> dict[str, Any]:
    """tiktoken and tokenizers with the same vocabulary; `same` counts texts of equal ids."""
    ranks = {
        base64.b64decode(token): int(rank) for token, rank in (line.split() for line in path.read_bytes().splitlines() if line)
    }
    fast, slow = TiktokenTokens(ranks, LLAMA3_PATTERN).encoding, in_tokenizers(ranks)
    same = sum(fast.encode_ordinary(text) == slow.encode(text).ids for text in texts[:500])
    return {
        "same_of_500": same,
        "tiktoken": per_second(lambda: [fast.encode_ordinary(text) for text in texts], len(texts)),
        "tokenizers": per_second(lambda: slow.encode_batch_fast(list(texts)), len(texts)),
    }


def compare_minhash(found: Sequence[Hashes]) -> dict[str, float]:
    """rensa and, where it is installed, datasketch: as many MinHashes of the same shingles."""
    figures = {"rensa": per_second(lambda: bands_of(found), len(found))}
    try:
        from datasketch import MinHash
    except ImportError:
        return figures
    few = found[:1000]

    def sketch() -> list[Any]:
        made = []
        for values in few:
            each = MinHash(num_perm=MINHASHES, seed=SEED, hashfunc=int)
            each.update_batch((values & 0xFFFFFFFF).tolist())
            made.append(each)
        return made

    return {**figures, "datasketch": per_second(sketch, len(few))}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000, help="of products-train (default: %(default)s)")
    arguments = parser.parse_args()
    shared = shared_data_dir()
    if shared is None:
        parser.error("no shared data here: set PRICER_DATA")
    with open_packed(shared / "data" / "products-train.jsonl.xz") as file:
        lines = list(islice(file, arguments.rows))
    texts = [product_text(row_of(json.loads(line))) for line in lines]
    figures = {
        "json": compare_json(lines),
        "tokenizer": compare_tokenizers([text[:1280] for text in texts], shared / "data" / "llama3-tokenizer.model"),
        "minhash": compare_minhash(all_shingles([words_of(text)[:200] for text in texts])),
    }
    for what, row in figures.items():
        print(f"{what:<10} {row}")
    print(json.dumps({"bench": "curate_libraries", "rows": len(lines), "unit": "rows/s on one core", **figures}))


if __name__ == "__main__":
    main()
