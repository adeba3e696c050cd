"""What of a scan its record keeps, for lists of scans."""

from dataclasses import asdict
from typing import Any

from scanner.deal_data import ScanReport


def summary_of(done: ScanReport) -> dict[str, Any]:
    """How each feed fared, and the counts of all together."""
    feeds = [{name: value for name, value in asdict(feed).items() if name != "is_unreachable"} for feed in done.feeds]
    return {
        "feeds": feeds,
        "failed": sum(feed["error"] is not None for feed in feeds),
        "items": sum(feed["items"] for feed in feeds),
        "new": sum(feed["new"] for feed in feeds),
        **asdict(done.pricing),
    }
