"""Makes a training set of items from raw product metadata: rules, near-duplicates, a sample, splits. The last line is JSON.

    uv run python -m training.items_curate [SOURCE ...] --out DIR [--lite] [--engine ray --address ...] [--push user/name]

A SOURCE is hf:McAuley-Lab/Amazon-Reviews-2023[:Category,...], a file (.jsonl, .gz, .xz, .zst, .parquet) or a folder of them.
The same command run again goes on where it stopped. Knows nothing of models; a tokenizer is all that it takes of one.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from common.artifact import sha256, write_meta
from common.settings import shared_data_dir
from training.command_line.arguments import Help, made_from
from training.curation.assemble import Choice
from training.curation.charts import write_charts
from training.curation.chunks import CHUNK_BYTES
from training.curation.hub import PushError, hub_token, push
from training.curation.options import Options
from training.curation.rejects import drops_table, in_order
from training.curation.sample import SAMPLES
from training.curation.settings import Rules, Settings, run_key
from training.curation.sources import AMAZON, GIB, LITE, HubLimits, SourceError
from training.curation.splits import SPLITS, Shares
from training.curation.stages import REJECTS, finish, read_all
from training.curation.stats import CurationStats
from training.curation.tokens import TokenizerError, load_tokens
from training.data.rows import PRICE_MAX
from training.data.whole_files import whole_file
from training.engines.engine import ENGINES, Workforce
from training.engines.worker import EngineError

FORMAT_VERSION, COMMAND = 1, "uv run python -m training.items_curate"
STATS = "stats.json"
TOKENIZER = "llama3-tokenizer.model"  # of the shared data
HUB_TOKENIZER = "meta-llama/Llama-3.1-8B"
MIB = 1 << 20


def _default_tokenizer() -> str:
    shared = shared_data_dir()
    path = shared / "data" / TOKENIZER if shared else None
    return str(path) if path and path.is_file() else HUB_TOKENIZER


def _add_rules(parser: argparse.ArgumentParser) -> None:
    known = Rules()
    add = parser.add_argument_group("rules").add_argument
    add("--min-price", type=float, default=known.min_price, help="dollars, included")
    add(
        "--max-price",
        type=float,
        default=known.max_price,
        help=f"dollars, included; {PRICE_MAX:g} for all that pricers are trained on",
    )
    add("--min-chars", type=int, default=known.min_chars, help="contents must have more characters")
    add("--min-tokens", type=int, default=known.min_tokens, help="title and contents must have more tokens")
    add("--max-tokens", type=int, default=known.max_tokens, help="title and contents are cut to so many")
    add(
        "--tokenizer",
        default=_default_tokenizer(),
        help="tiktoken-format file, tokenizer.json or hub repository",
    )
    add("--exclude", type=Path, nargs="+", default=[], metavar="FILE", help="drop what repeats a row of these")


def _add_choice(parser: argparse.ArgumentParser) -> None:
    known = Choice()
    add = parser.add_argument_group("sample and splits").add_argument
    add("--sample", choices=SAMPLES, default=known.sample, help="which items are taken")
    add("--size", type=int, default=known.size, help="items of the price-squared sample")
    add(
        "--near",
        choices=("drop", "group"),
        default=known.near,
        help="near-duplicates: keep one, or keep all in one split",
    )
    add("--validation-share", type=float, default=known.shares.validation, help="at most about 20,000 rows")
    add("--test-share", type=float, default=known.shares.test, help="at most about 20,000 rows")
    add("--seed", type=int, default=known.seed, help="of sample and splits")


def _add_running(parser: argparse.ArgumentParser) -> None:
    limits = HubLimits()
    add = parser.add_argument_group("running").add_argument
    add("--out", type=Path, default=Path("runs/items"), help="folder to write")
    add("--engine", choices=ENGINES, default="local", help="processes of this machine, or Ray")
    add("--workers", type=int, default=2, help="processes; 0: within this one")
    add("--address", default=None, help="of a Ray cluster (default: one is started here)")
    add("--chunk-mb", type=float, default=CHUNK_BYTES / MIB, help="MiB that a worker reads at a time")
    add("--keep-shards", action="store_true", help="keep what was read, for another sample from the same rows")
    add("--revision", default=limits.revision, help="of files from the hub")
    add("--timeout", type=float, default=limits.timeout, help="seconds that the hub may be silent")
    add("--max-file-gb", type=float, default=limits.max_bytes / GIB, help="of one file from the hub")
    add("--cache", type=Path, default=None, help="folder for files from the hub (default: the hub client's own)")
    add("--push", metavar="USER/NAME", default=None, help="push the splits to the hub, private (default: no)")
    add("--public", action="store_true", help="with --push: for all to see (default: no)")


def parse(argv: Sequence[str] | None = None) -> Options:
    """The command line; exits with a message where it cannot be meant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help=f"see above (default: hf:{AMAZON}, the eight categories)")
    parser.add_argument("--lite", action="store_true", help="the category Appliances alone")
    for add in (_add_rules, _add_choice, _add_running):
        add(parser)
    found = parser.parse_args(argv)
    if found.lite and found.sources:
        parser.error("--lite stands for a source of its own")
    default = f"hf:{AMAZON}:{','.join(LITE)}" if found.lite else f"hf:{AMAZON}"
    shares = Shares(found.validation_share, found.test_share, found.seed)
    options = made_from(
        Options,
        found,
        sources=tuple(found.sources) or (default,),
        rules=made_from(Rules, found),
        choice=made_from(Choice, found, shares=shares),
        exclude=tuple(found.exclude),
        workforce=made_from(Workforce, found),
        limits=made_from(HubLimits, found, max_bytes=int(found.max_file_gb * GIB)),
        chunk_bytes=int(found.chunk_mb * MIB),
    )
    if problem := options.problem():
        parser.error(problem)
    return options


def _write_stats(out: Path, stats: CurationStats) -> None:
    with whole_file(out / STATS) as part:
        part.write_text(json.dumps(stats.to_json()) + "\n", encoding="utf-8")


def curate(options: Options, console: Console) -> dict[str, Any]:
    """The whole run; the summary that is printed last. SourceError, TokenizerError or EngineError say what is wrong."""
    start = time.perf_counter()
    options.out.mkdir(parents=True, exist_ok=True)
    sources, tokenizer = options.files(), options.tokenizer_file()
    load_tokens(tokenizer)  # so that a wrong one is told at once, not by a worker
    key = run_key(options.rules, tokenizer, list(options.exclude), sources, options.chunk_bytes)
    settings = Settings(tokenizer, options.out / f".shards-{key}", options.rules, tuple(options.exclude))
    settings.shards.mkdir(exist_ok=True)
    (options.out / "meta.json").unlink(missing_ok=True)  # until this run is done the folder is not complete
    reading = read_all(options, sources, settings, console)
    finish(options, reading, console)
    reading.stats.dropped = in_order(reading.stats.dropped)
    _write_stats(options.out, reading.stats)
    console.print(drops_table(reading.stats))
    page = write_charts(options.out, reading.stats)
    summary = reading.summary(time.perf_counter() - start)
    files = [STATS, REJECTS, *(f"{name}.parquet" for name in SPLITS), page.name, *(path.name for path in options.out.glob("*.png"))]
    inputs = {str(path): sha256(path) for path in (*sources, tokenizer, *options.exclude)}
    write_meta(
        options.out, format_version=FORMAT_VERSION, command=COMMAND, files=files, arguments=options.told(), inputs=inputs, **summary
    )
    if not options.keep_shards:
        shutil.rmtree(settings.shards)
    return summary


def main(argv: Sequence[str] | None = None) -> None:
    """Curate, push where that is wanted, and print the summary."""
    options = parse(argv)
    console = Console(stderr=True)
    try:
        if options.push:
            hub_token()  # told before the work, not after it
        summary = curate(options, console)
        if options.push:
            summary["pushed"] = push(options.out, options.push, is_private=not options.public)
    except (SourceError, TokenizerError, EngineError, PushError, OSError) as exc:
        sys.exit(f"items_curate: {exc}")
    except ModuleNotFoundError as exc:
        sys.exit(f"items_curate: {exc.name} is not installed; add what curation needs with: uv sync --inexact --extra curation")
    except KeyboardInterrupt:
        sys.exit("items_curate: stopped; the same command goes on from here")
    print(json.dumps({**summary, "out": str(options.out)}))


if __name__ == "__main__":
    main()
