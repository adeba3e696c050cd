"""A key that stands in the address of a feed and opens the three feeds alone. Knows no tables."""

from dataclasses import dataclass
from datetime import datetime

PREFIX = "ppf_"  # lets secret scanners and people recognise a leaked one
MOST_KEYS = 50
DOORS = {"rss": "/opportunities.rss", "atom": "/opportunities.atom", "json": "/opportunities.json"}


@dataclass(frozen=True)
class FeedKey:
    """A key as it is listed, without itself. `used`: when a feed was read by it, to the hour; None: never."""

    id: int
    label: str
    created: datetime
    used: datetime | None

    @property
    def caller(self) -> str:
        """How its holder is called in logs and metrics."""
        return f"feed-key-{self.id}"
