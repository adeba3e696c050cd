"""Which feeds are wanted, and which the configuration names: DealNews by default, or what FEEDS says."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scanner.deal_data import DEMO_URL, FeedOptions

MAX_FEEDS = 200  # of one scanner
DEMO_TITLE = "demo (sample feed, no real offers)"
_DEALNEWS = (
    ("Electronics", "c142/Electronics"),
    ("Computers", "c39/Computers"),
    ("Automotive", "c238/Automotive"),
    ("Smart Home", "f1912/Smart-Home"),
    ("Home & Garden", "c196/Home-Garden"),
)


@dataclass(frozen=True)
class WantedFeed(FeedOptions):
    """A feed that the configuration names, or a person."""

    url: str
    title: str
    currency: str = "USD"

    @property
    def is_demo(self) -> bool:
        """The bundled sample feed."""
        return self.url == DEMO_URL


def default_feeds() -> list[WantedFeed]:
    """DealNews by category."""
    return [WantedFeed(f"https://www.dealnews.com/{path}/?rss=1", f"DealNews {title}") for title, path in _DEALNEWS]


def is_feed_url(url: str) -> bool:
    """Whether a feed may have this address: http or https with a host, without a user name; or demo."""
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    return url == DEMO_URL or (is_web and len(url) <= 2000)


def parse_feeds(text: str) -> list[WantedFeed]:
    """What FEEDS names: "demo", or addresses with an optional currency: "https://a.example/rss,https://b.example/rss|AUD".

    ValueError where a part is not of that form, or where they are more than MAX_FEEDS.
    """
    wanted: list[WantedFeed] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        url, _, currency = (each.strip() for each in part.partition("|"))
        if not is_feed_url(url) or not re.fullmatch(r"[A-Z]{3}", currency.upper() or "USD"):
            raise ValueError(f"{part!r} is neither demo nor like https://shop.example/rss or https://shop.example/rss|AUD")
        if len(wanted) == MAX_FEEDS:
            raise ValueError(f"FEEDS names more than {MAX_FEEDS} feeds")
        wanted.append(WantedFeed(url, DEMO_TITLE if url == DEMO_URL else url[:200], currency.upper() or "USD"))
    return wanted
