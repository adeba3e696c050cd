"""`pricer scan`: start a scan, wait for it, and list what it found."""

import time
from typing import Any

import httpx2

from pricer.price import PricingFailedError, own_key

_LONGEST = 600.0  # seconds


def scan(url: str) -> int:
    """Scan all feeds now; 0 when the scan ended, 1 when it failed or took too long."""
    key = own_key()
    headers = {"X-API-Key": key} if key else {}
    try:
        with httpx2.Client(base_url=url, headers=headers, timeout=30, trust_env=False) as http:
            identifier = http.post("/scan").raise_for_status().json()["scan"]
            result = _wait(http, identifier)
            _print_scan(result)
            for item in http.get("/opportunities", params={"limit": "10"}).raise_for_status().json()["items"]:
                deal = item["deal"]
                print(f"${deal['price']:>9,.2f}  worth ${item['estimate']:>9,.2f}  {deal['title']}  {deal['url']}")
    except (httpx2.HTTPError, ValueError, KeyError) as exc:
        raise PricingFailedError(f"the scanner at {url} could not be asked: {exc!r}") from exc
    return 0 if result.get("state") == "done" else 1


def _wait(http: httpx2.Client, identifier: str) -> dict[str, Any]:
    until = time.monotonic() + _LONGEST
    while True:
        result: dict[str, Any] = http.get(f"/scans/{identifier}").raise_for_status().json()
        if result.get("state") != "running" or time.monotonic() > until:
            return result
        time.sleep(0.5)


def _print_scan(result: dict[str, Any]) -> None:
    print(f"scan {result.get('id')}: {result.get('state')}")
    for feed in result.get("feeds", []):
        print("  " + "  ".join(f"{name}: {value}" for name, value in feed.items() if value is not None))
