"""Plain text of HTML: what a browser shows, in one line, whatever is wrong with the markup."""

import pytest

from scanner.parsing.markup import MAX_MARKUP, plain_text

PICTURE = f'<img src="data:image/png;base64,{"A" * 60_000}">'
DRAWING = "<img src=\"data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 9'/></svg>\">"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a &amp; b", "a & b"),
        ("<p>a</p><p>b</p>", "a b"),
        ("a<br>b<br/>c", "a b c"),
        ("deal.html", "deal.html"),
        ("Up <$50, 5 < 6 > 4, <3", "Up <$50, 5 < 6 > 4, <3"),
        ('<img alt="a > b" src=x>c', "c"),
        ("<a title='it\"s'>c</a>", "c"),
        ('<p class="x>a b</p>c', "a b c"),
        ("a<!-- b > c --> d<!-- e", "a d"),
        ("a<script>if (b < c) d()</script> e<STYLE>p{}</STYLE >f<noscript>g</noscript>", "a e f"),
        ("a<script>b", "a"),
        (f"{PICTURE}<p>Solid kettle, 9 W</p>", "Solid kettle, 9 W"),
        (f"{DRAWING}<p>Solid kettle, 9 W</p>", "Solid kettle, 9 W"),
        ("&lt;p&gt;twice&lt;/p&gt; &amp;amp; 5 &lt; 6", "twice & 5 < 6"),
        ("a\u200b\x00\x85b\n\t c\xa0d", "a b c d"),
        ("desk\u200blamp $1\u200b29.99", "desk lamp $129.99"),
        ("desk\u200b\u200blamp $\u200b\u200b1\u200b\u200b29.99", "desk lamp $129.99"),
        ("&#55357;&#xD83D;&#99999999999999;&#" + "9" * 5000 + ";", "\ufffd" * 4),
        ("<", "<"),
        ("", ""),
    ],
)
def test_markup_becomes_plain_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


def test_markup_is_cut_between_tags() -> None:
    assert plain_text("a " * (MAX_MARKUP // 2 - 2) + '<b class="x">c</b>').split()[-1] == "a"
