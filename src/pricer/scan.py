"""`pricer scan`: start a scan, wait for it, and list what it found."""

import argparse
import asyncio
import time
from typing import Any

from common.client import ServiceClient
from pricer.asking import ask, items_of, object_of
from pricer.failures import FAILED, PricingFailedError
from pricer.listing import of_opportunity
from pricer.printing import plain, print_json
from pricer.progress import waiting

_LONGEST = 600.0  # seconds
_ASKED, _SHOWN = 100, 10  # opportunities: what is too good to be believed saves the most, and is shown last


def scan(arguments: argparse.Namespace) -> int:
    """Scan all feeds now; 0 when the scan ended, 1 when it failed or took too long."""
    with waiting("scanning the feeds", quiet=arguments.json):
        result, found = ask("scanner", arguments, _scan)
    if arguments.json:
        print_json({"scan": result, "opportunities": found})
    else:
        _print_scan(result)
        print("\n".join(lines_of(found)[:_SHOWN]))
    return 0 if result.get("state") == "done" else FAILED


async def _scan(client: ServiceClient) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    identifier = object_of(await client.post("/scan")).get("scan")
    result = await _wait(client, str(identifier))
    return result, items_of(await client.get("/opportunities", limit=str(_ASKED)))


def lines_of(opportunities: list[dict[str, Any]]) -> list[str]:
    """A line for each, with why it is not pushed; those to be looked at before they are believed behind the others."""
    try:
        listed = [of_opportunity(item) for item in opportunities]
    except (KeyError, TypeError) as exc:
        raise PricingFailedError("something else than a deal came back; is the scanner of another version?") from exc
    return [each.line for each in sorted(listed, key=lambda each: each.is_in_review)]


async def _wait(client: ServiceClient, identifier: str) -> dict[str, Any]:
    until = time.monotonic() + _LONGEST
    while True:
        result = object_of(await client.get(f"/scans/{identifier}"))
        if result.get("state") != "running" or time.monotonic() > until:
            return result
        await asyncio.sleep(0.5)


def _print_scan(result: dict[str, Any]) -> None:
    print(f"scan {result.get('id')}: {result.get('state')}")
    for feed in result.get("feeds", []):
        print("  " + "  ".join(f"{name}: {plain(str(value))}" for name, value in feed.items() if value is not None))
