"""Structured data is read out of real HTML; what is malformed costs what is beside it nothing."""

import pytest

from scanner.pages.html_reader import read_page

JSON_LD = '{"@type": "Product", "name": "Acme Drill", "offers": {"price": "59.99", "priceCurrency": "USD"}}'


def page(*scripts: str, head: str = "", body: str = "") -> bytes:
    told = "".join(f'<script type="application/ld+json">{each}</script>' for each in scripts)
    return f"<!doctype html><html><head>{head}{told}</head><body>{body}</body></html>".encode()


def test_a_page_tells_its_price() -> None:
    found = read_page(page(JSON_LD), "text/html")
    assert found is not None
    assert (found.title, found.asks) == ("Acme Drill", (59.99, "USD"))


@pytest.mark.parametrize("broken", ["{", "{'a': }", '{"@type": "Product", "name": ', "", "[" * 50_000])
def test_a_malformed_script_costs_the_others_nothing(broken: str) -> None:
    found = read_page(page(broken, JSON_LD), "text/html")
    assert found is not None
    assert found.price == 59.99


def test_comments_and_commas_that_json_does_not_know_are_read_all_the_same() -> None:
    found = read_page(page("// of the shop\n" + JSON_LD[:-1] + ",}"), "text/html")
    assert found is not None
    assert found.price == 59.99


def test_microdata_and_open_graph_are_read() -> None:
    micro = (
        '<div itemscope itemtype="https://schema.org/Product"><span itemprop="name">Acme Saw</span>'
        '<div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><meta itemprop="priceCurrency" content="USD">'
        '<span itemprop="price" content="12.50">$12.50</span></div></div>'
    )
    found = read_page(page(head='<meta property="og:image" content="https://a.example/p.jpg">', body=micro), "text/html")
    assert found is not None
    assert (found.title, found.asks) == ("Acme Saw", (12.5, "USD"))
    graph = '<meta property="product:price:amount" content="9.99"><meta property="product:price:currency" content="USD">'
    alone = read_page(page(head=graph), "text/html")
    assert alone is not None
    assert alone.asks == (9.99, "USD")


@pytest.mark.parametrize(
    ("content_type", "head", "encoding"),
    [
        ("text/html; charset=iso-8859-1", "", "iso-8859-1"),
        ("text/html", '<meta charset="windows-1252">', "cp1252"),
        ("text/html", "", "utf-8"),
    ],
)
def test_an_encoding_is_what_the_server_or_the_page_says(content_type: str, head: str, encoding: str) -> None:
    text = page(JSON_LD.replace("Acme", "Café"), head=head).decode().encode(encoding)
    found = read_page(text, content_type)
    assert found is not None
    assert found.title == "Café Drill"


@pytest.mark.parametrize("body", [b"", b"\0\0\0", b"plain words", b"<" * 10_000, b"<html></html>", b"<?xml version='1.0'?>"])
def test_what_is_no_page_tells_nothing(body: bytes) -> None:
    assert read_page(body, "text/html") is None
