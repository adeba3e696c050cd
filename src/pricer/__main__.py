"""The command `pricer`: run the system, price, extract, scan, and see what is missing."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pricer.catalogue import PricingFailedError, price_file, price_text
from pricer.doctor import doctor
from pricer.scan import scan
from pricer.system import services


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line and do what it says; the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.do(arguments))
    except (PricingFailedError, OSError, ValueError) as exc:
        print(f"pricer: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pricer", description="Product Pricing Agent")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="start every service as a local process, until Ctrl-C")
    run.set_defaults(do=lambda _: _run())
    price = commands.add_parser("price", help="say what a product should cost")
    price.add_argument("description", nargs="?", help="the product's description")
    price.add_argument("--file", type=Path, help="CSV or JSON Lines with a column `description` (title and category optional)")
    price.add_argument("--out", type=Path, help="where the priced rows go, CSV or JSON Lines by its suffix")
    price.add_argument("--url", default=_front_door(), help="a service that speaks the pricing API (default: %(default)s)")
    price.set_defaults(do=_price)
    extract = commands.add_parser("extract", help="read prices off deals by rule: JSON Lines with title and text in and out")
    extract.add_argument("file", help="a file, or - for standard input")
    extract.set_defaults(do=_extract)
    scan_parser = commands.add_parser("scan", help="scan the feeds now and wait for the result")
    scan_parser.set_defaults(do=lambda _: scan(_url("scanner")))
    commands.add_parser("doctor", help="what is running, what is missing, what to do").set_defaults(do=lambda _: doctor())
    return parser


def _url(name: str) -> str:
    return next(service.url for service in services() if service.name == name)


def _front_door() -> str:
    return _url("ensemble")


def _run() -> int:
    from pricer.run import run

    return run()


def _price(arguments: argparse.Namespace) -> int:
    if arguments.file:
        if not arguments.out:
            raise PricingFailedError("--file needs --out")
        failed = price_file(arguments.url, arguments.file, arguments.out)
        if failed:
            print(f"{failed} row(s) could not be priced; their column `error` says why", file=sys.stderr)
        return 1 if failed else 0
    if not arguments.description:
        raise PricingFailedError("give a description, or --file and --out")
    answer = price_text(arguments.url, arguments.description)
    print(f"${answer['price']:,.2f}  (80 % interval ${answer['low']:,.2f} to ${answer['high']:,.2f}; {answer['model']})")
    for estimate in answer["estimates"]:
        print(f"  {estimate['pricer']:<14} ${estimate['price']:>9,.2f}  (${estimate['low']:,.2f} to ${estimate['high']:,.2f})")
    return 0


def _extract(arguments: argparse.Namespace) -> int:
    from scanner.extract import extract

    source: Iterable[str] = sys.stdin if arguments.file == "-" else Path(arguments.file).read_text(encoding="utf-8").splitlines()
    for row in _rows(source):
        found = extract(str(row.get("title") or ""), str(row.get("text") or ""))
        facts = {"price": found.price, "list_price": found.list_price, "kind": found.kind, "condition": found.condition}
        print(json.dumps({**row, **facts}, ensure_ascii=False))
    return 0


def _rows(lines: Iterable[str]) -> Iterator[dict[str, object]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as exc:
            raise PricingFailedError(f"line {number} is not JSON: {exc}") from exc
        if not isinstance(row, dict):
            raise PricingFailedError(f"line {number} is not a JSON object")
        yield row


if __name__ == "__main__":
    sys.exit(main())
