"""The command line of training.items_curate, checked, as one value. Knows nothing of how a run goes."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.settings import shared_data_dir
from training.curation.assemble import Choice
from training.curation.chunks import CHUNK_BYTES
from training.curation.sample import SAMPLES
from training.curation.settings import Rules
from training.curation.sources import AMAZON, LITE, HubLimits, SourceError, hub_file, resolve
from training.curation.splits import Shares
from training.engines.engine import ENGINES

TOKENIZER = "llama3-tokenizer.model"  # of the shared data
HUB_TOKENIZER = "meta-llama/Llama-3.1-8B"


@dataclass(frozen=True)
class Options:
    """What a run is told."""

    sources: tuple[str, ...]
    out: Path
    tokenizer: str
    rules: Rules
    choice: Choice
    exclude: tuple[Path, ...]
    engine: str
    workers: int
    address: str | None
    limits: HubLimits
    push: str | None
    public: bool
    keep_shards: bool
    chunk_bytes: int = CHUNK_BYTES

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
            "engine": self.engine,
            "workers": self.workers,
        }


def _default_tokenizer() -> str:
    shared = shared_data_dir()
    path = shared / "data" / TOKENIZER if shared else None
    return str(path) if path and path.is_file() else HUB_TOKENIZER


def _add_rules(parser: argparse.ArgumentParser) -> None:
    known = Rules()
    add = parser.add_argument_group("rules").add_argument
    add("--min-price", type=float, default=known.min_price, help="dollars, included (default: %(default)s)")
    add("--max-price", type=float, default=known.max_price, help="dollars, included (default: %(default)s)")
    add("--min-chars", type=int, default=known.min_chars, help="contents must have more characters (default: %(default)s)")
    add("--min-tokens", type=int, default=known.min_tokens, help="title and contents must have more tokens (default: %(default)s)")
    add("--max-tokens", type=int, default=known.max_tokens, help="title and contents are cut to so many (default: %(default)s)")
    add(
        "--tokenizer",
        default=_default_tokenizer(),
        help="tiktoken-format file, tokenizer.json or hub repository (default: %(default)s)",
    )
    add("--exclude", type=Path, nargs="+", default=[], metavar="FILE", help="drop what repeats a row of these (default: none)")


def _add_choice(parser: argparse.ArgumentParser) -> None:
    known = Choice()
    add = parser.add_argument_group("sample and splits").add_argument
    add("--sample", choices=SAMPLES, default=known.sample, help="which items are taken (default: %(default)s)")
    add("--size", type=int, default=known.size, help="items of the price-squared sample (default: %(default)s)")
    add(
        "--near",
        choices=("drop", "group"),
        default=known.near,
        help="near-duplicates: keep one, or keep all in one split (default: %(default)s)",
    )
    add("--validation-share", type=float, default=known.shares.validation, help="at most about 20,000 rows (default: %(default)s)")
    add("--test-share", type=float, default=known.shares.test, help="at most about 20,000 rows (default: %(default)s)")
    add("--seed", type=int, default=known.seed, help="of sample and splits (default: %(default)s)")


def _add_running(parser: argparse.ArgumentParser) -> None:
    limits = HubLimits()
    add = parser.add_argument_group("running").add_argument
    add("--out", type=Path, default=Path("runs/items"), help="folder to write (default: %(default)s)")
    add("--engine", choices=ENGINES, default="local", help="processes of this machine, or Ray (default: %(default)s)")
    add("--workers", type=int, default=2, help="processes; 0: within this one (default: %(default)s)")
    add("--address", default=None, help="of a Ray cluster (default: one is started here)")
    add("--chunk-mb", type=float, default=CHUNK_BYTES / (1 << 20), help="MiB that a worker reads at a time (default: %(default)s)")
    add("--keep-shards", action="store_true", help="keep what was read, for another sample from the same rows (default: no)")
    add("--revision", default=limits.revision, help="of files from the hub (default: %(default)s)")
    add("--timeout", type=float, default=limits.timeout, help="seconds that the hub may be silent (default: %(default)s)")
    add("--max-file-gb", type=float, default=limits.max_bytes / (1 << 30), help="of one file from the hub (default: %(default)s)")
    add("--cache", type=Path, default=None, help="folder for files from the hub (default: the hub client's own)")
    add("--push", metavar="USER/NAME", default=None, help="push the splits to the hub, private (default: no)")
    add("--public", action="store_true", help="with --push: for all to see (default: no)")


def _problem(args: argparse.Namespace) -> str | None:
    """Why the arguments cannot be used together, or None."""
    is_possible = {
        "--workers must not be negative": args.workers >= 0,
        "--min-tokens must be less than --max-tokens": 0 <= args.min_tokens < args.max_tokens,
        "--min-price must not exceed --max-price": 0 <= args.min_price <= args.max_price,
        "--validation-share and --test-share must leave rows to train on": min(args.validation_share, args.test_share) >= 0
        and args.validation_share + args.test_share < 1,
        "--size, --chunk-mb, --timeout and --max-file-gb must be positive": min(
            args.size, args.chunk_mb, args.timeout, args.max_file_gb
        )
        > 0,
        "--push expects USER/NAME": args.push is None or args.push.count("/") == 1,
        "--lite stands for a source of its own": not (args.lite and args.sources),
    }
    return next((problem for problem, is_met in is_possible.items() if not is_met), None)


def parse(argv: Sequence[str] | None, description: str) -> Options:
    """The options; exits with a message where they are wrong."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help=f"see above (default: hf:{AMAZON}, the eight categories)")
    parser.add_argument("--lite", action="store_true", help="the category Appliances alone (default: no)")
    for add in (_add_rules, _add_choice, _add_running):
        add(parser)
    args = parser.parse_args(argv)
    problem = _problem(args)
    if problem:
        parser.error(problem)
    default = f"hf:{AMAZON}:{','.join(LITE)}" if args.lite else f"hf:{AMAZON}"
    return Options(
        sources=tuple(args.sources) or (default,),
        out=args.out,
        tokenizer=args.tokenizer,
        rules=Rules(args.min_price, args.max_price, args.min_chars, args.min_tokens, args.max_tokens),
        choice=Choice(args.sample, args.size, args.seed, Shares(args.validation_share, args.test_share, args.seed), args.near),
        exclude=tuple(args.exclude),
        engine=args.engine,
        workers=args.workers,
        address=args.address,
        limits=HubLimits(args.revision, int(args.max_file_gb * (1 << 30)), args.timeout, args.cache),
        push=args.push,
        public=args.public,
        keep_shards=args.keep_shards,
        chunk_bytes=int(args.chunk_mb * (1 << 20)),
    )
