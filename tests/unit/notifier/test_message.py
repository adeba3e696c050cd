"""What a push says, and that product text cannot speak to the service that shows it."""

from typing import Literal

import pytest

from common.judging import Evidence, ListVerdict
from notifier.message import about, link, money, plain, push_of
from tests.unit.notifier.samples import opportunity


def test_a_push_says_price_worth_interval_how_sure_and_why_with_retailer_and_link() -> None:
    push = push_of(opportunity())
    assert push.title == "$59.99: Cordless drill kit, 20 V"
    assert push.body.splitlines() == [
        "Deal: $59.99 at Example Tools",
        "Worth about $130 ($98 to $171), 92 % sure of a real saving",
        "Saves about $62, 48 %",
        "An editor says the lowest price elsewhere is $131.",
        "3 pricers say $120; similar ones $98 to $140.",
        "https://shop.example/drill?a=1&b=2",
    ]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("inflated", "The list price of $400 is inflated: hardly anybody pays that"),
        ("plausible", "The list price of $400 is plausible"),
    ],
)
def test_a_list_price_is_told_as_what_it_is(verdict: Literal["inflated", "plausible"], said: str) -> None:
    claim = ListVerdict(price=400.0, verdict=verdict, chance=0.02)
    assert said in push_of(opportunity().model_copy(update={"list_price": claim})).body.splitlines()


def test_no_push_is_surer_than_a_judge_can_be_and_an_earlier_versions_says_nothing_of_it() -> None:
    assert ", 99 % sure" in push_of(opportunity().model_copy(update={"chance": 0.9999})).body
    assert "Worth about $130 ($98 to $171)\n" in push_of(opportunity().model_copy(update={"chance": None})).body


@pytest.mark.parametrize(("dollars", "text"), [(1234.56, "$1,235"), (20.0, "$20"), (19.994, "$19.99"), (-3.0, "-$3.00")])
def test_an_amount_that_is_not_known_to_the_cent_is_not_told_to_it(dollars: float, text: str) -> None:
    assert about(dollars) == text


def test_words_of_a_feed_that_stand_as_evidence_are_taken_apart_like_any_others() -> None:
    hostile = {"kind": "was", "price": 1.0, "weight": 1.0, "words": "“[free](https://evil.example) @everyone” " + "x" * 500}
    line = push_of(opportunity().model_copy(update={"evidence": [Evidence.model_validate(hostile)]})).body.splitlines()[3]
    assert not set(line) & set("[]")
    assert "@everyone" not in line
    assert len(line) <= 200


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
