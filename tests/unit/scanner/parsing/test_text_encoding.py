"""The encoding of a feed: its mark, what it proves to be, its header, its declaration, in this order."""

import pytest

from scanner.parsing.text_encoding import clean_xml, decode, paired

WORDS = {
    "windows-1251": "Чайник за $49",
    "koi8-r": "Чайник за $49",
    "shift_jis": "やかん $49",
    "euc-jp": "やかん $49",
    "iso-2022-jp": "やかん $49",
    "euc-kr": "주전자 $49",
    "gb2312": "水壶 $49",
    "big5": "水壺 $49",
    "iso-8859-2": "Żółty czajnik $49",
    "iso-8859-1": "Théière à $49",
}


def declared(words: str, encoding: str | None) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?><t>{words}</t>' if encoding else f"<t>{words}</t>"


@pytest.mark.parametrize(("encoding", "words"), WORDS.items())
def test_the_header_says_it_where_nothing_else_does(encoding: str, words: str) -> None:
    body = declared(words, None).encode(encoding)
    assert words in decode(body, f"application/rss+xml; charset={encoding}")
    assert words in decode(body, f'text/xml;charset="{encoding.upper()}"; x=y')


@pytest.mark.parametrize(("encoding", "words"), WORDS.items())
def test_the_declaration_says_it_where_the_header_does_not_or_names_what_cannot_be(encoding: str, words: str) -> None:
    body = declared(words, encoding).encode(encoding)
    assert words in decode(body, "text/xml")
    assert words in decode(body)
    assert words in decode(body, "text/xml; charset=nonsense")
    if not encoding.startswith("iso-2022"):
        assert words in decode(body, "text/xml; charset=utf-8")


def test_the_header_goes_before_the_declaration() -> None:
    body = declared("Чайник", "koi8-r").encode("windows-1251")
    assert "Чайник" in decode(body, "application/xml; charset=windows-1251")


def test_a_mark_goes_before_all() -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert decode(declared("Ä", "koi8-r").encode(encoding), "text/xml; charset=iso-8859-1") == declared("Ä", "koi8-r")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_are_known_without_a_mark(encoding: str) -> None:
    assert decode(declared("Ä", encoding).encode(encoding)) == declared("Ä", encoding)


def test_what_is_utf_8_from_end_to_end_is_utf_8_whatever_a_server_says() -> None:
    body = declared("Théière", "utf-8").encode()
    assert "Théière" in decode(body, "text/xml; charset=iso-8859-1")
    assert "Théière" in decode(declared("Théière", "windows-1252").encode())


@pytest.mark.parametrize("name", ["punycode", "undefined", "idna", "rot13", "base64", "unicode_escape", "utf-7", "mbcs", "x" * 40])
def test_names_of_what_is_no_encoding_of_texts_are_not_believed(name: str) -> None:
    assert "Théière &#65; +AGE- \\u0041" in decode(declared("Théière &#65; +AGE- \\u0041", name).encode("cp1252"))


def test_of_damaged_utf_8_only_the_damage_is_lost() -> None:
    body = "Théière für 9 €, Käse".encode().replace("ü".encode(), b"\xc3")
    assert decode(body) == "Théière f\ufffdr 9 €, Käse"


def test_without_any_word_it_is_what_most_of_the_rest_is() -> None:
    assert decode("Théière “5” €".encode("cp1252")) == "Théière “5” €"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Kettle &#55357;&#56832; $9", "Kettle \U0001f600 $9"),
        ("Kettle &#xD83D;&#xDE00; $9", "Kettle \U0001f600 $9"),
        ("Kettle &#xD83D; $9", "Kettle \ufffd $9"),
        ("Kettle &#99999999999; $9", "Kettle \ufffd $9"),
        ("Kettle &#x110000; &#" + "9" * 6000 + ";", "Kettle \ufffd \ufffd"),
        ("Kettle&#0;&#x1b;&#8; \x00\x0b\x1b$9", "Kettle $9"),
        ("9 &pound; &nbsp;&eacute; &amp; &lt;b&gt; &#60; &#xe9;", "9 £ \xa0é &amp; &lt;b&gt; &#60; &#xe9;"),
        ("AT&T, R&D; ?a=1&b=2 &unknown;", "AT&amp;T, R&amp;D; ?a=1&amp;b=2 &unknown;"),
        ("A & B <![CDATA[C & D]]> E & F <![CDATA[G & H", "A &amp; B <![CDATA[C & D]]> E &amp; F <![CDATA[G & H"),
    ],
)
def test_what_xml_does_not_take_is_mended(text: str, cleaned: str) -> None:
    assert clean_xml(text) == cleaned


def test_halves_of_a_pair_are_joined_or_dropped() -> None:
    assert paired("a\ud83d\ude00b\ud83dc") == "a\U0001f600b\ufffdc"
