"""Writes and reads lists of feeds as OPML 2.0 (http://opml.org/spec2.opml), with our settings in a namespace. Keeps nothing.

Read by expat itself: a document type, without which there are no entities, ends the reading, and nothing is ever fetched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from xml.parsers.expat import ExpatError, ParserCreate
from xml.sax.saxutils import quoteattr

from common.errors import InvalidInputError
from scanner.deal_data import Feed

NAMESPACE = "urn:product-pricing-agent:feeds"
MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32  # elements within each other
MAX_OUTLINES = 2_000
# Our attributes, by the names that they have in a request.
ATTRIBUTES = {
    "currency": "currency",
    "every": "every",
    "cron": "cron",
    "zone": "zone",
    "paused": "paused",
    "baseline": "baseline",
    "max_age_hours": "maxAgeHours",
    "details": "details",
}
_NAMES = {f"{NAMESPACE} {theirs}": ours for ours, theirs in ATTRIBUTES.items()}


@dataclass(frozen=True)
class Outline:
    """A feed of a list, as it is written there. `number`: which outline it is, from 1; `settings`: our attributes."""

    number: int
    url: str
    title: str
    settings: Mapping[str, str] = field(default_factory=dict)


def write_opml(feeds: Sequence[Feed], now: datetime) -> str:
    """The feeds as a document."""
    lines = "".join(f"    <outline {_attributes(feed)}/>\n" for feed in feeds)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0" xmlns:pricing="{NAMESPACE}">\n  <head>\n'
        f"    <title>Feeds of the Product Pricing Agent</title>\n    <dateCreated>{format_datetime(now)}</dateCreated>\n"
        f"  </head>\n  <body>\n{lines}  </body>\n</opml>\n"
    )


def read_opml(body: bytes) -> list[Outline]:
    """The feeds of a document, however deep in its folders. InvalidInputError where it is no OPML, or none to be trusted."""
    if len(body) > MAX_BYTES:
        raise InvalidInputError(f"larger than {MAX_BYTES} bytes")
    reading = _Reading()
    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reading.begin, reading.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError, LookupError) as exc:  # not XML, or in an encoding that is none
        raise InvalidInputError(f"not OPML: {exc}") from exc
    return reading.found


class _Reading:
    """What was found so far."""

    def __init__(self) -> None:
        self.found: list[Outline] = []
        self._depth = self._outlines = 0

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        if self._depth == 1 and name.lower() != "opml":
            raise InvalidInputError(f"not OPML: it begins with <{name[:40]}>")
        if self._depth > MAX_DEPTH:
            raise InvalidInputError(f"more than {MAX_DEPTH} elements within each other")
        if name.lower() == "outline":
            self._outlines += 1
            if self._outlines > MAX_OUTLINES:
                raise InvalidInputError(f"more than {MAX_OUTLINES} outlines")
            self._take(given)

    def end(self, _: str) -> None:
        """An element ends."""
        self._depth -= 1

    def _take(self, given: Mapping[str, str]) -> None:
        """An outline without an address of a feed is a folder, or no feed."""
        plain = {name.lower(): value.strip() for name, value in given.items()}
        if "xmlurl" in plain:
            title = plain.get("title") or plain.get("text") or ""
            ours = {_NAMES[name]: value.strip() for name, value in given.items() if name in _NAMES}
            self.found.append(Outline(self._outlines, plain["xmlurl"], title, ours))


def _refuse_doctype(*_: object) -> None:
    raise InvalidInputError("a document type (<!DOCTYPE) is not accepted: OPML needs none")


def _attributes(feed: Feed) -> str:
    settings = {name: getattr(feed, name) for name in ATTRIBUTES}
    given = {"type": "rss", "text": feed.title, "title": feed.title, "xmlUrl": feed.url}
    given |= {f"pricing:{ATTRIBUTES[name]}": _written(value) for name, value in settings.items() if value not in (None, False)}
    return " ".join(f"{name}={quoteattr(_legal(value))}" for name, value in given.items())


def _written(value: object) -> str:
    return "true" if value is True else f"{value:g}" if isinstance(value, float) else str(value)


def _legal(text: str) -> str:
    """Without the characters that XML has no way to write."""
    return "".join(each for each in text if each.isprintable() and each not in "\ufffe\uffff")
