"""Lists of feeds as OPML, written and read, also from strangers."""

from xml.etree import ElementTree

import pytest

from common.errors import InvalidInputError
from scanner.deal_data import Feed
from scanner.feeds.opml import MAX_BYTES, MAX_DEPTH, NAMESPACE, Outline, read_opml, write_opml
from tests.unit.scanner.fakes import NOW

HEAD = f'<opml version="2.0" xmlns:our="{NAMESPACE}"><body>'
TAIL = "</body></opml>"


def opml(*outlines: str) -> bytes:
    return f"{HEAD}{''.join(outlines)}{TAIL}".encode()


def test_what_is_written_can_be_read_again() -> None:
    feeds = [
        Feed(1, "https://a.example/rss?x=1&y=2", 'Deals "of" <today> & more'),
        Feed(2, "https://b.example/rss", "B", "AUD", every=3600.0, paused=True, baseline="recent", max_age_hours=12.5),
        Feed(3, "https://c.example/rss", "Cé\x01\n", cron="*/30 7-23 * * *", zone="Europe/Berlin", details=True),
    ]
    found = read_opml(write_opml(feeds, NOW).encode())
    assert found == [
        Outline(1, "https://a.example/rss?x=1&y=2", 'Deals "of" <today> & more', {"currency": "USD"}),
        Outline(
            2,
            "https://b.example/rss",
            "B",
            {"currency": "AUD", "every": "3600", "paused": "true", "baseline": "recent", "max_age_hours": "12.5"},
        ),
        Outline(
            3,
            "https://c.example/rss",
            "Cé",
            {"currency": "USD", "cron": "*/30 7-23 * * *", "zone": "Europe/Berlin", "details": "true"},
        ),
    ]


def test_what_is_written_is_opml_that_others_read() -> None:
    root = ElementTree.fromstring(write_opml([Feed(1, "https://a.example/rss", "A")], NOW))  # our own words
    assert (root.tag, root.attrib["version"]) == ("opml", "2.0")
    assert root.findtext("head/dateCreated") == "Sat, 21 Nov 2026 12:00:00 +0000"
    (outline,) = root.findall("body/outline")
    assert {name: outline.attrib[name] for name in ("type", "text", "title", "xmlUrl")} == {
        "type": "rss",
        "text": "A",
        "title": "A",
        "xmlUrl": "https://a.example/rss",
    }


def test_feeds_are_found_in_folders_and_whatever_their_type_and_spelling() -> None:
    found = read_opml(
        opml(
            '<outline text="Folder"><outline text="Inner"><outline type="rss" text="A" xmlUrl=" https://a.example/ "/></outline>',
            '<outline type="atom" title="B" xmlURL="https://b.example/"/></outline>',
            '<outline text="a link" type="link" url="https://c.example/"/>',
            '<outline xmlUrl="https://d.example/"/>',
        )
    )
    assert [(each.number, each.url, each.title) for each in found] == [
        (3, "https://a.example/", "A"),
        (4, "https://b.example/", "B"),
        (6, "https://d.example/", ""),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_other_encodings_are_read(encoding: str) -> None:
    name = "ISO-8859-1" if encoding == "latin-1" else encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{name}"?>{HEAD}<outline text="Bücher" xmlUrl="https://a.example/"/>{TAIL}'
    assert read_opml(text.encode(encoding))[0].title == "Bücher"


_BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not OPML"),
        (b"<opml", "not OPML"),
        (b"\xff\xfe\x00", "not OPML"),
        (b"<?xml version='1.0' encoding='no-such'?><opml/>", "not OPML"),
        (b"<rss><channel/></rss>", "begins with <rss>"),
        (b"<html><body/></html>", "begins with <html>"),
        (f'<!DOCTYPE opml [<!ENTITY e0 "ha">{_BOMB}]>{HEAD}<outline text="&e9;" xmlUrl="x"/>{TAIL}'.encode(), "DOCTYPE"),
        (f'<!DOCTYPE opml [<!ENTITY f SYSTEM "file:///etc/passwd">]>{HEAD}<outline text="&f;"/>{TAIL}'.encode(), "DOCTYPE"),
        (f'<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/x.dtd">{HEAD}{TAIL}'.encode("utf-16"), "DOCTYPE"),
        (f'{HEAD}<outline text="&nothing;"/>{TAIL}'.encode(), "not OPML"),
        (opml("<outline>" * 50_000), "within each other"),
        (opml("<outline/>" * 3_000), "more than 2000 outlines"),
        (b" " * (MAX_BYTES + 1), "larger"),
    ],
)
def test_what_is_no_list_or_hostile_is_refused_at_once(body: bytes, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read_opml(body)


def test_folders_may_be_deep_within_reason() -> None:
    deep = MAX_DEPTH - 3
    found = read_opml(opml("<outline>" * deep, '<outline xmlUrl="https://a.example/"/>', "</outline>" * deep))
    assert found[0].url == "https://a.example/"
