"""Says when two entries are the same deal, although feeds change guids, dates and tracking parameters."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from scanner.deal_data import Feed
from scanner.parsing.feed_entry import FeedEntry

_TRACKING = re.compile(r"(?:utm_\w+|iref|ref|ref_|fbclid|gclid|mc_[ce]id|cmp|cmpid|spm|aff\w*|session\w*)$", re.I)


def normal_link(link: str) -> str:
    """A link without what does not tell one page from another: scheme, www, tracking parameters, fragment, final slash."""
    parts = urlsplit(link.strip())
    host = (parts.hostname or "").removeprefix("www.")
    query = urlencode(sorted((name, value) for name, value in parse_qsl(parts.query) if not _TRACKING.match(name)))
    return f"{host}{parts.path.rstrip('/')}{'?' + query if query else ''}"


def keys_of(feed: Feed, entry: FeedEntry, shared: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The entry's identities: link, guid, and title + price + retailer. `shared`: keys that several titles of the fetch have."""
    title = " ".join(re.findall(r"\w+", entry.title.lower()))
    keys = [f"content:{_digest(f'{title}|{entry.price or 0:.2f}|{entry.retailer.lower()}')}"]
    if entry.guid:
        scope = "" if entry.guid.startswith("http") else f"{feed.id}|"
        keys.insert(0, f"guid:{_digest(scope + normal_guid(entry.guid))}")
    if entry.link:
        keys.insert(0, f"link:{_digest(normal_link(entry.link))}")
    return tuple(key for key in keys if key not in shared)


def normal_guid(guid: str) -> str:
    """A guid that is an address is treated like a link."""
    return normal_link(guid) if guid.startswith("http") else guid.strip()


def shared_keys(feed: Feed, entries: Sequence[FeedEntry]) -> frozenset[str]:
    """Links and guids that stand on entries of different titles: a shop's front page identifies nothing."""
    pairs = {(key, entry.title) for entry in entries for key in keys_of(feed, entry) if not key.startswith("content:")}
    return frozenset(_repeated(key for key, _ in pairs))


def _repeated(keys: Iterable[str]) -> list[str]:
    return [key for key, count in Counter(keys).items() if count > 1]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
