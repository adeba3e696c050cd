"""The dataset card of a curation: what the Hugging Face hub shows, and which file is which split.

Says what was done and counted, and that the texts are not ours. Carries no path of this machine.
"""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from training.curation.stats import CurationStats

FIELDS = {
    "title": "as the shop wrote it, white space squeezed",
    "category": "of the source's file, else the shop's own",
    "price": "US dollars",
    "text": "title and scrubbed contents, cut at the end of a word: what a pricer sees",
    "prompt": "the question with `text` in it, up to the `$`",
    "completion": "the price to the nearest dollar",
    "weight": "pounds, where the details give one",
    "tokens": "of `text`, by the tokenizer named above",
    "characters": "of description, features and details before any cut",
    "source": "where the row was collected, where that is known",
    "group": "near-duplicates share it; no group lies in two splits",
}


def _front_matter(stats: CurationStats) -> list[str]:
    files = [line for name in stats.splits for line in (f"  - split: {name}", f"    path: data/{name}.parquet")]
    sizes = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"))
    size = next((name for most, name in sizes if stats.sampled < most), "10M<n<100M")
    head = ["---", "pretty_name: Products with prices", "language: en", "tags: [prices, products]", f"size_categories: [{size}]"]
    return [*head, "configs:", "- config_name: default", "  data_files:", *files, "---"]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    def line(cells: tuple[str, ...]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    return [line(head), line(("---", *("---:" for _ in head[1:]))), *map(line, rows), ""]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _rules(told: Mapping[str, Any]) -> list[str]:
    sources = ", ".join(f"`{PurePath(source).name if ':' not in source else source}`" for source in told["sources"])
    return [
        f"- Sources: {sources}",
        f"- Price {told['min_price']} to {told['max_price']} US dollars",
        f"- More than {told['min_chars']} characters of description, features and details",
        f"- More than {told['min_tokens']} tokens of `{PurePath(told['tokenizer']).name}`",
        f"- Cut at {told['max_tokens']} tokens, at the end of a word",
        f"- Near-duplicates ({told['near']}) lie in one split; sample `{told['sample']}`, seed {told['seed']}",
        "",
    ]


def card(stats: CurationStats, told: Mapping[str, Any], command: str) -> str:
    """README.md. `told`: the arguments in the run's meta.json."""
    dropped = [(rule, f"{count:,}", _share(count, stats.rows)) for rule, count in stats.dropped.items()]
    kept = ("**kept**", f"{stats.kept:,}", _share(stats.kept, stats.rows))
    lines = [
        *_front_matter(stats),
        "# Products with prices",
        "",
        f"{stats.sampled:,} products, made with `{command}` from {stats.rows:,} rows.",
        "",
        "The texts belong to the sites that they were collected from; this dataset grants no licence to them.",
        "",
        "## Splits",
        "",
        *_table(("Split", "Products"), [(name, f"{count:,}") for name, count in stats.splits.items()]),
        "## Rules",
        "",
        *_rules(told),
        *_table(("Rule", "Rows dropped", "Share of all rows"), [*dropped, kept]),
        "## Fields",
        "",
        *(f"- `{name}`: {meaning}" for name, meaning in FIELDS.items()),
        "",
    ]
    return "\n".join(lines)
