"""What a curation is told, as one value: sources, rules, choice, and how it runs. Knows nothing of how a run goes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.curation.assemble import Choice
from training.curation.settings import Rules
from training.curation.sources import HubLimits, SourceError, hub_file, resolve
from training.engines.engine import Workforce


@dataclass(frozen=True)
class Options:
    """What a run is told. `push`: user/name at the hub, `public` there or private; `chunk_bytes`: what a worker reads at a time."""

    sources: tuple[str, ...]
    out: Path
    tokenizer: str
    rules: Rules
    choice: Choice
    exclude: tuple[Path, ...]
    workforce: Workforce
    limits: HubLimits
    chunk_bytes: int
    keep_shards: bool
    push: str | None
    public: bool

    def files(self) -> list[Path]:
        """The files of all sources; SourceError tells what cannot be read."""
        missing = [path for path in self.exclude if not path.is_file()]
        if missing:
            raise SourceError(f"{missing[0]} (--exclude) does not exist")
        return [path.absolute() for path in resolve(self.sources, self.limits)]  # a link of the hub's cache keeps its name

    def tokenizer_file(self) -> Path:
        """The tokenizer's file, from the hub where its name is that of a repository."""
        path = Path(self.tokenizer).expanduser()
        if path.is_file():
            return path.resolve()
        if self.tokenizer.count("/") == 1 and path.suffix not in (".json", ".model"):
            return hub_file(self.tokenizer, "tokenizer.json", self.limits, repo_type="model")
        raise SourceError(f"{path} (--tokenizer) does not exist")

    def told(self) -> dict[str, Any]:
        """For meta.json."""
        choice, rules = self.choice, self.rules
        return {
            "sources": list(self.sources),
            "tokenizer": self.tokenizer,
            "exclude": [str(path) for path in self.exclude],
            "min_price": rules.min_price,
            "max_price": rules.max_price,
            "min_chars": rules.min_chars,
            "min_tokens": rules.min_tokens,
            "max_tokens": rules.max_tokens,
            "sample": choice.sample,
            "size": choice.size,
            "near": choice.near,
            "seed": choice.seed,
            "validation_share": choice.shares.validation,
            "test_share": choice.shares.test,
            "engine": self.workforce.engine,
            "workers": self.workforce.workers,
        }

    def problem(self) -> str | None:
        """Why the options cannot be used together, or None."""
        rules, shares = self.rules, self.choice.shares
        is_possible = {
            "--workers must not be negative": self.workforce.workers >= 0,
            "--min-tokens must be less than --max-tokens": 0 <= rules.min_tokens < rules.max_tokens,
            "--min-price must not exceed --max-price": 0 <= rules.min_price <= rules.max_price,
            "--validation-share and --test-share must leave rows to train on": min(shares.validation, shares.test) >= 0
            and shares.validation + shares.test < 1,
            "--size, --chunk-mb, --timeout and --max-file-gb must be positive": min(
                self.choice.size, self.chunk_bytes, self.limits.timeout, self.limits.max_bytes
            )
            > 0,
            "--push expects USER/NAME": self.push is None or self.push.count("/") == 1,
        }
        return next((problem for problem, is_met in is_possible.items() if not is_met), None)
