"""What a push says, and that product text cannot speak to the service that shows it."""

import pytest

from notifier.message import link, money, plain, push_of
from tests.unit.notifier.samples import opportunity


def test_a_push_says_price_estimate_interval_discount_retailer_and_link() -> None:
    push = push_of(opportunity())
    assert push.title == "$59.99: Cordless drill kit, 20 V"
    assert push.body.splitlines() == [
        "Deal: $59.99 at Example Tools",
        "Estimate: $129.50 (80 % interval $98.00 to $171.25)",
        "Below the estimate by $69.51 (54%)",
        "https://shop.example/drill?a=1&b=2",
    ]


def test_a_deal_of_a_demo_feed_is_labelled() -> None:
    assert push_of(opportunity(feed="demo")).title.startswith("DEMO · ")
    assert "DEMO" not in push_of(opportunity()).title


def test_a_condition_other_than_new_and_a_foreign_currency_are_said() -> None:
    body = push_of(opportunity(condition="refurbished", currency="AUD", retailer="")).body
    assert body.splitlines()[0] == "Deal: AUD 59.99, refurbished"


@pytest.mark.parametrize(("amount", "text"), [(1234.56, "$1,234.56"), (0.5, "$0.50"), (1e6, "$1,000,000.00"), (-3.0, "-$3.00")])
def test_money_has_a_sign_separators_and_cents(amount: float, text: str) -> None:
    assert money(amount) == text


@pytest.mark.parametrize(
    "hostile",
    [
        "<b>bold</b> <script>alert(1)</script>",
        "[free money](https://evil.example)",
        "**loud** `code` _slanted_ ~~gone~~ ||spoiler||",
        "<@123> <https://evil.example|click>",
    ],
)
def test_markup_in_a_product_text_is_taken_apart(hostile: str) -> None:
    assert not set(plain(hostile, 200)) & set("<>[]`*_~|\\")


def test_a_mention_rings_no_channel() -> None:
    assert "@everyone" not in plain("Great deal @everyone", 100)


def test_control_and_direction_characters_and_line_breaks_are_stripped() -> None:
    assert plain("a\x00b\r\nc\x1b[31md\u202ee\u200bf\u2028g", 100) == "a b c (31md e f g"


def test_a_long_title_is_cut_with_a_sign_that_it_was() -> None:
    title = push_of(opportunity(title="x" * 5000)).title
    assert len(title) < 140
    assert title.endswith("…")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example", "http://", "http://[", "", "x" * 10]
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert link(url) == ""


def test_a_link_cannot_break_out_of_its_place() -> None:
    assert link('https://a.example/x) <b>"y"\n[z]') == "https://a.example/x%29%20%3Cb%3E%22y%22%0A%5Bz%5D"


def test_an_endless_link_is_left_out() -> None:
    assert link("https://a.example/" + "x" * 5000) == ""
