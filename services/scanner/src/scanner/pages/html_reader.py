"""Reads a page's structured data out of its HTML. To import it costs 1.6 s and 50 MB: only what reads pages does."""

import contextlib
import re
from typing import Any

import lxml.etree
import lxml.html
from extruct.jsonld import JsonLdExtractor
from extruct.opengraph import OpenGraphExtractor
from extruct.w3cmicrodata import MicrodataExtractor

from scanner.pages.page_data import PageFacts
from scanner.pages.product_page import Markup, PageContent, content_of
from scanner.pages.structured_data import facts_of
from scanner.parsing.text_encoding import decode

_META = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.I)
_HEAD = 4_096  # bytes in which a page names its encoding
_JSON_LD = "application/ld+json"
_MOST_SCRIPTS = 50


def read_page(body: bytes, content_type: str) -> PageFacts | None:
    """What a page tells of its product; None where that is nothing."""
    page = _markup(body, content_type)
    return None if page is None else facts_of(page.json_ld, page.microdata, page.open_graph)


def read_content(body: bytes, content_type: str) -> PageContent:
    """The same with the words by which the product is priced, or why there is none."""
    page = _markup(body, content_type)
    return PageContent() if page is None else content_of(page)


def _markup(body: bytes, content_type: str) -> Markup | None:
    """None where there is nothing in it."""
    text = decode(body, _with_charset(body, content_type))
    parser = lxml.html.HTMLParser(encoding="utf-8")
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.LxmlError:
        return None
    microdata = MicrodataExtractor().extract_items(tree, None)
    title, description = _first(tree, "//title/text()"), _first(tree, "//meta[@name='description']/@content")
    return Markup(_json_ld(tree), microdata, _open_graph(tree), title, description)


def _first(tree: lxml.html.HtmlElement, path: str) -> str:
    return next((str(each) for each in tree.xpath(path)), "")


def _with_charset(body: bytes, content_type: str) -> str:
    """The header, with the encoding that the page itself names where the header names none."""
    named = None if "charset" in content_type.lower() else _META.search(body[:_HEAD])
    return f"{content_type or 'text/html'}; charset={named[1].decode('ascii', 'replace')}" if named else content_type


def _json_ld(tree: lxml.html.HtmlElement) -> list[Any]:
    """All scripts that can be read: one that is malformed costs the others nothing."""
    found: list[Any] = []
    for script in tree.xpath("//script[contains(@type, 'ld+json')]")[:_MOST_SCRIPTS]:
        script.attrib["type"] = _JSON_LD
        with contextlib.suppress(ValueError, RecursionError):
            found += JsonLdExtractor().extract_items(script)
    return found


def _open_graph(tree: lxml.html.HtmlElement) -> list[tuple[str, str]]:
    return [pair for each in OpenGraphExtractor().extract_items(tree) for pair in each["properties"]]
