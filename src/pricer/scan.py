"""`pricer scan`: start a scan, wait for it, and list what it found."""

import time
from typing import Any

import httpx2

from pricer.price import PricingFailedError, own_key

_LONGEST = 600.0  # seconds
_ASKED, _SHOWN = 100, 10  # opportunities: what is too good to be believed saves the most, and is shown last


def scan(url: str) -> int:
    """Scan all feeds now; 0 when the scan ended, 1 when it failed or took too long."""
    key = own_key()
    headers = {"X-API-Key": key} if key else {}
    try:
        with httpx2.Client(base_url=url, headers=headers, timeout=30, trust_env=False) as http:
            identifier = http.post("/scan").raise_for_status().json()["scan"]
            result = _wait(http, identifier)
            _print_scan(result)
            found = http.get("/opportunities", params={"limit": str(_ASKED)}).raise_for_status().json()["items"]
            print("\n".join(lines_of(found)[:_SHOWN]))
    except (httpx2.HTTPError, ValueError, KeyError) as exc:
        raise PricingFailedError(f"the scanner at {url} could not be asked: {exc!r}") from exc
    return 0 if result.get("state") == "done" else 1


def lines_of(opportunities: list[dict[str, Any]]) -> list[str]:
    """A line for each, with why it is not pushed; those to be looked at before they are believed behind the others."""
    return [_line(item) for item in sorted(opportunities, key=lambda item: bool(item.get("review")))]


def _line(item: dict[str, Any]) -> str:
    deal, why = item["deal"], item.get("why_not")
    remark = f"  [{'review' if item.get('review') else 'not pushed'}: {why}]" if why else ""
    return f"${deal['price']:>9,.2f}  worth ${item['estimate']:>9,.2f}  {deal['title']}  {deal['url']}{remark}"


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
