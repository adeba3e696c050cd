"""How well are references to other prices read from deals? The last line is one JSON object {"right", "false", "n"}.

    uv run python -m training.evaluate_references --data deals-market.jsonl.xz [--show 20]

right: the share of the n texts that state their market price from which it was read, under its kind and within a dollar; false:
texts with a reading that the text does not bear, over the same n. Asks no chat model: the rules are measured.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.command_line.arguments import Help, made_from
from training.data.rows import read_records
from training.judge.references import Reading, read_deals, references_read


@dataclass(frozen=True)
class Run:
    """The deals, and how many of those that were read wrong are printed."""

    data: Path
    show: int


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument(
        "--data", type=Path, required=True, help="deals with market_price: .jsonl, .jsonl.gz, .jsonl.xz, .jsonl.zst"
    )
    parser.add_argument("--show", type=int, default=0, help="print so many of the deals that were read wrong")
    return made_from(Run, parser.parse_args(argv))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; 1 when the file cannot be read."""
    run = parse(argv)
    try:
        readings = list(read_deals(read_records(run.data)))
    except (OSError, ValueError, KeyError) as exc:
        print(f"evaluate_references: {type(exc).__name__}: {exc}", file=sys.stderr)
        return 1
    wrong = [each for each in readings if each.is_false or (each.is_stated and not each.is_right)]
    print(*(_line(each) for each in wrong[: run.show]), sep="\n", end="\n" if run.show else "")
    print(json.dumps(references_read(readings).as_json()))
    return 0


def _line(reading: Reading) -> str:
    read = ", ".join(f"{each.kind} {each.price:,.2f} ({each.words})" for each in reading.references) or "nothing"
    wanted = f"{'/'.join(sorted(reading.kinds))} {reading.market_price:,.2f}"
    verdict, offer = "false" if reading.is_false else "missed", reading.offer
    return f"{verdict}: {offer.title[:80]} | asked {offer.price:,.2f}, {wanted}; read {read}"


if __name__ == "__main__":
    sys.exit(main())
