"""`pricer price`: one description, or a whole file of them, through a running system and pricing-client.

Priced rows are kept in OUT.part, one JSON line each, until all are there: the same command goes on where it stopped, whatever
stopped it. A row that cannot be used gets an error and costs nothing else.
"""

import argparse
import contextlib
import csv
import json
import os
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
from rich.progress import Progress

from common.environment.certificates import trusted_at
from common.product_files.columns import kept_names
from common.product_files.reading import count, kind_of, read
from common.product_files.record import Record, Unreadable, whole
from common.product_files.request import request_from
from pricer.arguments import address, seconds
from pricer.asking import own_key
from pricer.failures import HOW_TO_START, PricingFailedError, UsageError
from pricer.printing import print_json
from pricer.progress import bar
from pricing_client import ConnectionFailedError, Price, PricingClient, PricingError, UnauthorizedError
from pricing_client.models import FIELDS

TRIES = 3  # somebody who waits at the terminal is told
_ANSWER = ("price", "low", "high", "error")


def add_arguments(parser: argparse.ArgumentParser, url: str) -> None:
    """Those of `pricer price`."""
    add = parser.add_argument
    add("description", nargs="?", help="the product's description")
    add("--title", help="with a description: the product's title")
    add("--category", help="with a description: the product's category")
    add(
        "--file",
        type=Path,
        metavar="FILE",
        help="rows with title and description: .csv, .jsonl (also .gz, .xz, .zst), .parquet, .xlsx",
    )
    add("--out", type=Path, metavar="OUT", help="where the rows go with price, low, high and error: .csv, .jsonl or .xlsx")
    add("--url", type=address, default=url, help="a service that speaks the pricing API (default: %(default)s)")
    add("--size", type=int, default=50, help="with --file: rows of a request, 1 to 1000 (default: %(default)s)")
    add("--concurrency", type=int, default=4, help="with --file: requests at once (default: %(default)s)")
    add("--timeout", type=seconds, default=120.0, help="seconds for a request with all its tries (default: %(default)s)")


def price(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    _check(arguments)
    tries = None if arguments.file else TRIES  # a file's rows outlast an outage
    with client_of(arguments.url, arguments.timeout, tries) as client:
        return _price_file(client, arguments) if arguments.file else _price_one(client, arguments)


def _check(arguments: argparse.Namespace) -> None:
    source, target = arguments.file, arguments.out
    if source and arguments.description:
        raise UsageError("give a description or --file, not both")
    if not source and (not arguments.description or target):
        raise UsageError("give a description, or --file and --out")
    if source and not target:
        raise UsageError("--file needs --out")
    if source and (target.suffix not in (".csv", ".jsonl", ".xlsx") or target.resolve() == source.resolve()):
        raise UsageError(f"{target}: OUT is .csv, .jsonl or .xlsx, and not IN; training.price_catalogue writes Parquet")


@contextlib.contextmanager
def client_of(url: str, timeout: float, tries: int | None = TRIES) -> Iterator[PricingClient]:
    """A client of the service, whose errors become PricingFailedError."""
    transport = httpx.HTTPTransport(verify=trusted_at(url), trust_env=False)  # authorities of one's own count, proxies do not
    with PricingClient(url, api_key=own_key(), timeout=timeout, max_tries=tries, transport=transport) as client:
        try:
            yield client
        except ConnectionFailedError as exc:
            raise PricingFailedError(f"{url} does not answer ({exc}); is it running? {HOW_TO_START}") from exc
        except UnauthorizedError as exc:
            raise PricingFailedError(f"{url} wants a key: put it into PRICER_API_KEY") from exc
        except PricingError as exc:
            raise PricingFailedError(f"{url}: {exc}") from exc


def _price_one(client: PricingClient, arguments: argparse.Namespace) -> int:
    given = {name: getattr(arguments, name) for name in FIELDS}
    answer = client.price(given)
    if arguments.json:
        print(answer.model_dump_json(indent=2))
        return 0
    print(f"${answer.price:,.2f}  (80 % interval ${answer.low:,.2f} to ${answer.high:,.2f}; {answer.model})")
    for estimate in answer.estimates:
        print(f"  {estimate.pricer:<14} ${estimate.price:>9,.2f}  (${estimate.low:,.2f} to ${estimate.high:,.2f})")
    if not answer.known:
        print("  nothing like this is known: a guess from the words alone")
    if answer.degraded:
        print(f"  without {', '.join(answer.degraded)}")
    return 0


def _price_file(client: PricingClient, arguments: argparse.Namespace) -> int:
    source, target = arguments.file, arguments.out
    kind_of(source)
    part = target.with_name(f"{target.name}.part")
    client.is_ready()  # nothing at the address is said at once; what is not ready yet is waited for
    done = _kept(part, source)
    if done:
        print(f"going on after {done} rows", file=sys.stderr)
    try:
        with part.open("a", encoding="utf-8") as file, bar(quiet=arguments.json) as progress:
            task = progress.add_task(source.name, total=_count(progress, source), completed=done)
            for row in _priced(client, arguments, done):
                file.write(json.dumps(row) + "\n")
                file.flush()
                progress.advance(task)
    except KeyboardInterrupt:
        print(f"stopped; what was priced is in {part}, and the same command goes on from there", file=sys.stderr)
        raise
    rows, failed = _write(part, target)
    part.unlink()
    if arguments.json:
        print_json({"out": str(target), "rows": rows, "failed": failed})
    if failed:
        print(f"{failed} row(s) could not be priced; their column `error` says why", file=sys.stderr)
    return 1 if failed else 0


def _count(progress: Progress, source: Path) -> int | None:
    return None if progress.disable else count(source)


def _priced(client: PricingClient, arguments: argparse.Namespace, done: int) -> Iterator[Record]:
    """What is written for each row after the first `done`. Memory holds the rows under way alone."""
    under_way: deque[tuple[Record | Unreadable, str]] = deque()  # with why it cannot be used

    def items() -> Iterator[Record]:
        for number, row in enumerate(read(arguments.file)):
            if number >= done:
                item = _item_of(row)
                under_way.append((row, item.reason if isinstance(item, Unreadable) else ""))
                yield {} if isinstance(item, Unreadable) else item

    results = client.price_many(items(), size=arguments.size, concurrency=arguments.concurrency)
    with contextlib.closing(results):
        for result in results:
            row, why = under_way.popleft()
            told = why or (result.error.detail if result.error else "")
            yield {"row": _plain(row)} | _answer(result.price) | {"error": told}


def _item_of(row: Record | Unreadable) -> Record | Unreadable:
    """What is asked for a row, or why it cannot be used: nothing is asked then, which the service refuses in its place."""
    if isinstance(row, Unreadable):
        return row
    if isinstance(row.get("description"), str) and "features" not in row:
        return row
    request = request_from(row)  # the texts of Amazon-Reviews-2023 metadata
    return request if isinstance(request, Unreadable) else request.model_dump(exclude_none=True)


def _answer(found: Price | None) -> Record:
    return {name: getattr(found, name) if found else None for name in ("price", "low", "high")}


def _plain(row: Record | Unreadable) -> Record:
    """The row as it can stand in any file: without halves of characters, and with nothing in the place of what is no number."""
    if isinstance(row, Unreadable):
        return {}
    text = whole(json.dumps(row, default=str, ensure_ascii=False))
    return dict(json.loads(text, parse_constant=lambda _: None))


def _kept(part: Path, source: Path) -> int:
    """How many rows of `source` an earlier run has priced into `part`; a line that it could not finish is cut off.

    PricingFailedError where `part` is of another file: nobody's work is thrown away unasked.
    """
    if not part.exists():
        return 0
    source_rows, done, whole = read(source), 0, 0
    with part.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            row = next(source_rows, None)
            if row is None or _row_of(line) != _plain(row):
                raise PricingFailedError(f"{part} holds row {done + 1} of another file: move it away, or finish that run")
            done, whole = done + 1, whole + len(line)
    os.truncate(part, whole)
    return done


def _row_of(line: bytes) -> object:
    try:
        return _plain(json.loads(line)["row"])
    except (ValueError, KeyError, TypeError):
        return None


def _write(part: Path, target: Path) -> tuple[int, int]:
    """All rows with their own columns and ours, under a temporary name first; how many there are, and how many have an error."""
    temporary = target.with_name(f"{target.name}.tmp")
    if target.suffix == ".xlsx":
        _write_workbook(part, temporary)
    else:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            _write_text(part, file, is_table=target.suffix == ".csv")
    temporary.replace(target)
    failed = [bool(row["error"]) for row in _results(part)]
    return len(failed), sum(failed)


def _write_text(part: Path, file: IO[str], *, is_table: bool) -> None:
    if is_table:
        table = csv.DictWriter(file, _columns(part))
        table.writeheader()
        table.writerows(_results(part))
        return
    for row in _results(part):
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_workbook(part: Path, target: Path) -> None:
    from common.product_files import xlsx_table

    columns = _columns(part)
    with target.open("wb") as file:
        xlsx_table.write(file, columns, ([row.get(name) for name in columns] for row in _results(part)))


def _columns(part: Path) -> list[str]:
    return list(dict.fromkeys(name for row in _results(part) for name in row))


def _results(part: Path) -> Iterator[Record]:
    with part.open(encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            row = _plain(found["row"])
            kept = {new: row[name] for name, new in kept_names(row, _ANSWER).items()}
            yield {**kept, **{name: found[name] for name in _ANSWER}}
