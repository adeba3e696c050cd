"""What a curation is told, as one value that travels to every worker and names the run's shards."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from training.data.rows import PRICE_MIN, PUBLISHED_PRICE_MAX

FORMAT_VERSION = 3  # of shards: a change of any rule must change it, so that shards of the older rules are not taken up
CHARACTERS_PER_TOKEN = 8  # contents are cut at this many characters for each token of the limit, before tokens are counted


@dataclass(frozen=True)
class Rules:
    """The limits of an item: prices in USD (both ends included), more than min_chars, more than min_tokens, at most max_tokens."""

    min_price: float = PRICE_MIN
    max_price: float = PUBLISHED_PRICE_MAX
    min_chars: int = 300
    min_tokens: int = 150
    max_tokens: int = 160

    @property
    def max_chars(self) -> int:
        """Characters of contents that are looked at."""
        return CHARACTERS_PER_TOKEN * self.max_tokens


@dataclass(frozen=True)
class Settings:
    """All that a worker needs: where the tokenizer, the rows to exclude and the shards lie, and the rules."""

    tokenizer: Path
    shards: Path
    rules: Rules = field(default_factory=Rules)
    exclude: tuple[Path, ...] = ()


def facts_of(paths: list[Path]) -> list[tuple[str, int, int]]:
    """Path, size and time of the last change: what tells, without reading them, whether inputs are still the same."""
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]


def run_key(rules: Rules, tokenizer: Path, exclude: list[Path], sources: list[Path], chunk_bytes: int) -> str:
    """Names the shards: equal only where the same rules read the same inputs in the same chunks."""
    told = [FORMAT_VERSION, chunk_bytes, asdict(rules), facts_of([tokenizer]), facts_of(exclude), facts_of(sources)]
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=8).hexdigest()
