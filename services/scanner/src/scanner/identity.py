"""Says by which keys an entry is known again, although feeds change guids, dates and tracking parameters.

A key is a sign, not a proof: many deals may come under one link or one guid, which title_match.py tells apart.
"""

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from scanner.deal_data import Feed
from scanner.parsing.feed_entry import FeedEntry
from scanner.prices.legible_text import legible
from scanner.prices.money import find_money

_TRACKING = re.compile(
    r"(?:utm_\w+|iref|ref_?|fbclid|gclid|dclid|msclkid|igshid|mc_[ce]id|cmp|cmpid|spm|xtor|aff\w*|session\w*|phpsessid|sid)$", re.I
)
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.I)  # within a path
_TRACKING_STEP = re.compile(r"/ref=[^/]*")  # within a path, as Amazon writes it
# Fragments that any page has.
_PLACES = frozenset(["top", "comment", "comments", "respond", "content", "main", "reviews", "disqus_thread"])
_OFFER = "offer:"
_OPPORTUNITIES = uuid.UUID("5f9d1f5e-2f0b-4a55-9f0e-6d0d6a1f7c11")


def normal_link(link: str) -> str:
    """A link without what tells no page from another: scheme, www, session, tracking, a place on the page, final slash.

    A tracking parameter whose value is an address tells where the link leads, and stays; so does any other fragment.
    """
    try:
        parts = urlsplit(link.strip())
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:  # a port or an address in brackets that is none
        return link.strip()
    host = (parts.hostname or "").removeprefix("www.")
    path = _TRACKING_STEP.sub("", _SESSION.sub("", parts.path)).rstrip("/")
    query = urlencode(sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _is_tracking(*pair)))
    fragment = "" if _is_place(parts.fragment) else f"#{parts.fragment}"
    return f"{host}{port}{path}{'?' + query if query else ''}{fragment}"


def shop_of(retailer: str, link: str) -> str:
    """Who sells: as the feed says, else the host of the link; empty where neither is told."""
    return retailer.strip().lower() or normal_link(link).partition("/")[0].partition("?")[0]


def keys_of(feed: Feed, entry: FeedEntry, shared: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Link and guid, as far as there are, and the offer: title, amounts, shop. `shared`: keys of several titles of the fetch."""
    title = " ".join(re.findall(r"\w+", entry.title.lower()))
    shop = shop_of(entry.retailer, entry.link) or f"feed {feed.id}"
    lasting = [key for key in _lasting_keys(feed, entry) if key not in shared]
    return (*lasting, _OFFER + digest(f"{title}|{amounts_of(entry)}|{shop}"))


def _lasting_keys(feed: Feed, entry: FeedEntry) -> list[str]:
    keys = [f"link:{digest(normal_link(entry.link))}"] if entry.link else []
    if entry.guid:
        scope = "" if entry.guid.startswith("http") else f"{feed.id}|"
        keys.append(f"guid:{digest(scope + normal_guid(entry.guid))}")
    return keys


def entries_by_keys(feed: Feed, entries: Sequence[FeedEntry]) -> dict[tuple[str, ...], FeedEntry]:
    """The entries of a fetch by their keys. Of several with the same keys the first: what a fetch tells twice is told once."""
    shared = shared_keys(feed, entries)
    found: dict[tuple[str, ...], FeedEntry] = {}
    for entry in entries:
        found.setdefault(keys_of(feed, entry, shared), entry)
    return found


def amounts_of(entry: FeedEntry) -> str:
    """The price element and all amounts of money in the text, in their order."""
    amounts = [f"{each.amount:.2f} {each.currency}" for each in find_money(legible(entry.text))]
    return "|".join([str(entry.price), str(entry.price_currency), *amounts])


def is_of_offer(key: str) -> bool:
    """Whether a key is made of title, amounts and shop, which come again with the next sale, rather than of a link or a guid."""
    return key.startswith(_OFFER)


def own_key(keys: Sequence[str], *facts: object) -> str:
    """The key of a deal whose first key another deal has or had; `facts` tell them apart."""
    return f"again:{digest('|'.join([*keys, *map(str, facts)]))}"


def opportunity_id(key: str) -> str:
    """Of the opportunity that the deal of this key may be: the same if the database is made anew, so that nobody is told twice."""
    return str(uuid.uuid5(_OPPORTUNITIES, key))


def normal_guid(guid: str) -> str:
    """A guid that is an address is treated like a link."""
    return normal_link(guid) if guid.startswith("http") else guid.strip()


def shared_keys(feed: Feed, entries: Sequence[FeedEntry]) -> frozenset[str]:
    """Links and guids that stand on entries of different titles: a shop's front page identifies nothing."""
    pairs = {(key, entry.title) for entry in entries for key in _lasting_keys(feed, entry)}
    return frozenset(_repeated(key for key, _ in pairs))


def digest(text: str) -> str:
    """32 characters that stand for the text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _is_tracking(name: str, value: str) -> bool:
    return value.lower() == "rss" or (_TRACKING.match(name) is not None and "/" not in value)


def _is_place(fragment: str) -> bool:
    named = parse_qsl(fragment)
    is_tracking = bool(named) and all(_is_tracking(*pair) for pair in named)
    return not fragment or fragment.lower() in _PLACES or fragment.startswith(":~:") or is_tracking


def _repeated(keys: Iterable[str]) -> list[str]:
    return [key for key, count in Counter(keys).items() if count > 1]
