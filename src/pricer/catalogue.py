"""`pricer price`: one description, or a whole file of them, through POST /price/batch of a running system."""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
from rich.progress import Progress

_CHUNK = 50  # descriptions a request
_FIELDS = ("description", "title", "category")


class PricingFailedError(RuntimeError):
    """The service could not be asked or refused; the message is for a person."""


def price_text(url: str, description: str) -> dict[str, Any]:
    """The answer of POST /price for one description."""
    return _post(f"{url}/price", {"description": description})


def price_file(url: str, source: Path, target: Path) -> int:
    """Price every row of a CSV or JSON Lines file with a `description` column; returns the number of rows that failed."""
    rows = list(_read(source))
    failed = 0
    priced: list[dict[str, Any]] = []
    with Progress(disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("pricing", total=len(rows))
        for chunk in _chunks(rows):
            items = [{name: row[name] for name in _FIELDS if row.get(name)} for row in chunk]
            for row, result in zip(chunk, _post(f"{url}/price/batch", {"items": items})["results"], strict=True):
                error = result.get("error")
                failed += bool(error)
                answer = {name: result.get(name) for name in ("price", "low", "high")}
                priced.append({**row, **answer, "error": error["detail"] if error else ""})
            progress.advance(task, len(chunk))
    _write(target, priced)
    return failed


def _chunks(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def _read(source: Path) -> Iterator[dict[str, Any]]:
    with source.open(encoding="utf-8", newline="") as file:
        if source.suffix == ".csv":
            yield from csv.DictReader(file)
        else:
            yield from (json.loads(line) for line in file if line.strip())


def _write(target: Path, rows: list[dict[str, Any]]) -> None:
    temporary = target.with_name(f"{target.name}.part")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        if target.suffix == ".csv":
            writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [])
            writer.writeheader()
            writer.writerows(rows)
        else:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    temporary.replace(target)


def _post(url: str, body: object) -> dict[str, Any]:
    try:
        answer = httpx2.post(url, json=body, timeout=60, trust_env=False)
        content = answer.json()
    except httpx2.HTTPError as exc:
        raise PricingFailedError(f"{url} does not answer ({exc or type(exc).__name__}); is it running? make run") from exc
    except ValueError as exc:
        raise PricingFailedError(f"{url} answered something that is not JSON") from exc
    if answer.status_code != 200 or not isinstance(content, dict):
        raise PricingFailedError(
            f"{url}: {content.get('detail', answer.status_code) if isinstance(content, dict) else answer.status_code}"
        )
    return content
