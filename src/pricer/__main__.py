"""The command `pricer`: run the system, price, judge, extract, scan, serve models, and see what is missing."""

import argparse
import contextlib
import getpass
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from common.product_files import json_lines
from common.product_files.packed import open_packed
from common.product_files.record import Unreadable
from pricer import judge
from pricer.doctor import doctor
from pricer.mcp_server import command as mcp_command
from pricer.price import PricingFailedError, add_arguments, price
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
    price_parser = commands.add_parser("price", help="say what a product should cost")
    add_arguments(price_parser, _url("ensemble"))
    price_parser.set_defaults(do=price)
    judge_parser = commands.add_parser("judge", help="say what an offer is really worth, and on what evidence")
    judge.add_arguments(judge_parser, _url("ensemble"))
    judge_parser.set_defaults(do=judge.judge)
    extract = commands.add_parser("extract", help="read prices off deals by rule: JSON Lines with title and text in and out")
    extract.add_argument("file", help="a file, or - for standard input")
    extract.set_defaults(do=_extract)
    key = commands.add_parser("api-key", help="make a key for a caller, and the line that admits it")
    key.add_argument("name", help="of the caller, for logs and metrics: letters, digits, _ . and -")
    key.add_argument("--limit", default="", help="prices it may ask for, as PRICES/SECONDS: 600/60 (default: API_RATE_LIMIT)")
    key.set_defaults(do=_api_key)
    password = commands.add_parser(
        "password", help="hash a password for the dashboard: typed at the terminal, or read from standard input"
    )
    password.set_defaults(do=lambda _: _password())
    scan_parser = commands.add_parser("scan", help="scan the feeds now and wait for the result")
    scan_parser.set_defaults(do=lambda _: scan(_url("scanner")))
    mcp_parser = commands.add_parser("mcp", help="let a model price, judge, find and watch: a server of the Model Context Protocol")
    mcp_command.add_arguments(mcp_parser, _url("ensemble"), _url("scanner"))
    mcp_parser.set_defaults(do=mcp_command.serve)
    commands.add_parser("doctor", help="what is running, what is missing, what to do").set_defaults(do=lambda _: doctor())
    return parser


def _url(name: str) -> str:
    return next(service.url for service in services() if service.name == name)


def _run() -> int:
    from pricer.run import run

    return run()


def _api_key(arguments: argparse.Namespace) -> int:
    from common.http.api_keys import hashed_entry, new_key

    key = new_key()
    entry = hashed_entry(arguments.name, key, arguments.limit)
    print("For the caller, as X-API-Key (it is shown this once):", file=sys.stderr)
    print(key)
    print("For the services, into the file at API_KEYS_FILE or into API_KEYS:", file=sys.stderr)
    print(entry)
    return 0


def _password() -> int:
    from dashboard.access.password import PasswordHash

    hashed = PasswordHash.of(_typed_twice() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n"))
    print(
        "For the dashboard, in its environment or .env; whoever is signed in has to sign in again after its next start:",
        file=sys.stderr,
    )
    print(f"DASHBOARD_PASSWORD={hashed}")
    return 0


def _typed_twice() -> str:
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise ValueError("the two are not the same")
    return password


def _extract(arguments: argparse.Namespace) -> int:
    from scanner.prices.rule_extractor import extract

    with contextlib.nullcontext(sys.stdin.buffer) if arguments.file == "-" else open_packed(Path(arguments.file)) as file:
        for number, row in json_lines.read(file):
            if isinstance(row, Unreadable):
                raise PricingFailedError(f"line {number}: {row.reason}")
            found = extract(str(row.get("title") or ""), str(row.get("text") or ""))
            facts = {"price": found.price, "list_price": found.list_price, "kind": found.kind, "condition": found.condition}
            print(json.dumps({**row, **facts}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
