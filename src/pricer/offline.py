"""Commands that ask no service: `pricer extract`, `pricer api-key`, `pricer password`."""

import argparse
import contextlib
import getpass
import json
import sys
from pathlib import Path

from common.product_files import json_lines
from common.product_files.packed import open_packed
from common.product_files.record import Unreadable, whole
from pricer.commands import Commands
from pricer.failures import PricingFailedError, UsageError
from pricer.printing import print_json, remark


def add_commands(commands: Commands) -> None:
    """All of them."""
    read = commands.add("extract", extract, "read prices off deals by rule: JSON Lines with title and text, in and out")
    read.add_argument("file", metavar="FILE", help="a file, or - for standard input")
    key = commands.add("api-key", api_key, "make a key for a caller, and the line that admits it")
    key.add_argument("name", help="of the caller, for logs and metrics: letters, digits, _ . and -")
    key.add_argument("--limit", default="", help="prices it may ask for, as PRICES/SECONDS: 600/60 (default: API_RATE_LIMIT)")
    commands.add("password", password, "hash a password for the dashboard: typed at the terminal, or read from standard input")


def extract(arguments: argparse.Namespace) -> int:
    """Read each line and say what the rules read; the exit code."""
    from scanner.prices.rule_extractor import extract

    with contextlib.nullcontext(sys.stdin.buffer) if arguments.file == "-" else open_packed(Path(arguments.file)) as file:
        for number, row in json_lines.read(file):
            if isinstance(row, Unreadable):
                raise PricingFailedError(f"line {number}: {row.reason}")
            found = extract(str(row.get("title") or ""), str(row.get("text") or ""))
            facts = {"price": found.price, "list_price": found.list_price, "kind": found.kind, "condition": found.condition}
            print(whole(json.dumps({**row, **facts}, ensure_ascii=False)))
    return 0


def api_key(arguments: argparse.Namespace) -> int:
    """Make one; the exit code."""
    from common.http.api_keys import hashed_entry, new_key

    key = new_key()
    try:
        entry = hashed_entry(arguments.name, key, arguments.limit)
    except ValueError as exc:
        raise UsageError(str(exc)) from exc
    if arguments.json:
        print_json({"key": key, "entry": entry})
        return 0
    remark("For the caller, as X-API-Key (it is shown this once):")
    print(key)
    remark("For the services, into the file at API_KEYS_FILE or into API_KEYS:")
    print(entry)
    return 0


def password(arguments: argparse.Namespace) -> int:
    """Hash one; the exit code."""
    from dashboard.access.password import PasswordHash

    hashed = PasswordHash.of(_typed_twice() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n"))
    if arguments.json:
        print_json({"DASHBOARD_PASSWORD": str(hashed)})
        return 0
    remark("For the dashboard, in its environment or .env; whoever is signed in has to sign in again after its next start:")
    print(f"DASHBOARD_PASSWORD={hashed}")
    return 0


def _typed_twice() -> str:
    typed = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != typed:
        raise ValueError("the two are not the same")
    return typed
