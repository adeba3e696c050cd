"""Finds out in which encoding a feed is written, and what of its text XML does not admit.

A byte order mark counts most, then what the HTTP header says, then the XML declaration (RFC 7303, 3). Before the latter two goes
what the bytes themselves prove: text that is UTF-8 from end to end is UTF-8, whatever a server says of all its files.
"""

import codecs
import re
from html.entities import html5

_MARKS = (  # the four bytes before the two that they begin with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_UNMARKED = ((b"\0\0\0<", "utf-32-be"), (b"<\0\0\0", "utf-32-le"), (b"\0<", "utf-16-be"), (b"<\0", "utf-16-le"))
_DECLARED = re.compile(rb"\s{0,100}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})[\"']")
_CHARSET = re.compile(r";\s{0,9}charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.I)
# Python's names of what texts are written in. Its other codecs are no encodings of texts (punycode, rot13), or none by which a
# server may be believed (unicode_escape, utf-7).
_OF_TEXTS = re.compile(r"(utf-(8|16|32)|utf_8_sig|iso8859|iso2022|cp\d|koi8|gb|hz|big5|shift_jis|euc|johab|mac|kz1048|ptcp|tis)")
# What is labelled with the first is in truth the second, its superset (WHATWG Encoding Standard, 4.2).
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_SEVEN_BITS = ("iso2022", "hz")  # valid UTF-8 as well, and nothing but ASCII by that

_NO_CHARACTER = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#[xX]([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z][A-Za-z0-9]{1,30}));")
# Not within CDATA; one that does not end goes on to the end, so that nothing is searched twice.
_BARE_AMPERSAND = re.compile(r"(<!\[CDATA\[(?:.*?\]\]>|.*))|&(?!#\d{1,9};|#x[0-9a-f]{1,8};|[a-z][a-z0-9]{1,30};)", re.I | re.S)
_OF_XML = frozenset("&<>\"'")


def decode(body: bytes, content_type: str = "") -> str:
    """A feed's text. `content_type`: of the answer's header. Never fails: what cannot be read is U+FFFD."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for start, encoding in _UNMARKED:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    named = _named(body, content_type)
    first = [encoding for encoding in named if encoding.startswith(_SEVEN_BITS)]
    for encoding in (*first, "utf-8", *named):
        try:
            return body.decode(encoding)
        except UnicodeError:
            continue
    text = body.decode("utf-8", "replace")
    return text if _is_damaged_utf8(text) else body.decode("cp1252", "replace")


def clean_xml(text: str) -> str:
    """The text without what no XML parser takes, and people write: control characters and halves of pairs, also as references.

    HTML's names become their characters, as no feed has a DTD that defines them. A bare ampersand is escaped.
    """
    text = _REFERENCE.sub(_resolved, _NO_CHARACTER.sub("", text))
    return paired(_BARE_AMPERSAND.sub(lambda found: found[1] or "&amp;", text))


def paired(text: str) -> str:
    """The text without halves of surrogate pairs: two beside each other are one character, a lone one is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _named(body: bytes, content_type: str) -> list[str]:
    header, declared = _CHARSET.search(content_type), _DECLARED.match(body)
    labels = [header[1]] if header else []
    labels += [declared[1].decode("ascii", "replace")] if declared else []
    return [encoding for encoding in map(_codec, labels) if encoding]


def _codec(label: str) -> str | None:
    """Python's codec for a label; None where it has none that texts are written in."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, UnicodeError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if _OF_TEXTS.match(name) else None


def _is_damaged_utf8(text: str) -> bool:
    """Whether most of what is not ASCII was good: a cut or a foreign word, and not another encoding."""
    bad = text.count("\ufffd")
    return bad < sum(not character.isascii() for character in text) - bad


def _resolved(reference: re.Match[str]) -> str:
    hexadecimal, decimal, name = reference.groups()
    if name:
        character = html5.get(f"{name};", "&")
        return character if _OF_XML.isdisjoint(character) else reference[0]
    digits, base = (hexadecimal, 16) if hexadecimal else (decimal, 10)
    digits = digits.lstrip("0")
    code = int(digits or "0", base) if len(digits) <= 8 else -1
    if 0xD800 <= code <= 0xDFFF:
        return chr(code)
    if not 0 <= code <= 0x10FFFF:
        return "\ufffd"
    return reference[0] if code >= 0x20 or code in (9, 10, 13) else ""
