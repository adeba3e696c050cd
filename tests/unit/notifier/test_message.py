"""What a push says, and that product text cannot speak to the service that shows it."""

from typing import Literal

import pytest

from common.judging import Evidence, ListVerdict, Reference
from notifier.message import about, link, money, percent_of, plain, push_of, surety_of
from tests.unit.notifier.samples import opportunity


def test_a_push_says_what_it_is_price_worth_interval_saving_how_sure_shop_and_why_in_four_lines_and_its_link() -> None:
    drill = {"title": "Acme Drill Driver Kit", "price": 99.0, "retailer": "Best Buy"}
    elsewhere = [Reference(kind="next_best", price=129.0, said_by="editor")]
    figures = {"estimate": 149.0, "low": 120.0, "high": 180.0, "discount": 50.0, "chance": 0.94}
    push = push_of(opportunity(**drill, references=elsewhere).model_copy(update=figures))
    assert push.title == "Acme Drill Driver Kit"
    assert push.body.splitlines() == [
        "$99, worth about $149 ($120 to $180)",
        "Saves about $50 (33 %), 94 % sure",
        "Best Buy, new: you'd pay $30 more elsewhere",
        "https://shop.example/drill?a=1&b=2",
    ]


def test_where_no_price_elsewhere_is_known_the_weightiest_evidence_is_the_reason() -> None:
    lines = push_of(opportunity()).body.splitlines()
    assert lines[0] == "$59.99, worth about $130 ($98 to $171)"
    assert lines[2] == "Example Tools, new: an editor says the lowest price elsewhere is $131"


@pytest.mark.parametrize(
    ("discount", "estimate", "percent"),
    [(49.9, 100.0, 49), (50.0, 100.0, 50), (29.0, 100.0, 29), (0.29, 1.0, 29), (0.999, 100.0, 0), (5.0, 0.0, 0)],
)
def test_a_saving_is_never_rounded_up(discount: float, estimate: float, percent: int) -> None:
    assert percent_of(opportunity().model_copy(update={"discount": discount, "estimate": estimate})) == percent


@pytest.mark.parametrize(("chance", "told"), [(0.94, 94), (0.949, 94), (0.29, 29), (1.0, 99), (None, None)])
def test_nobody_is_promised_more_than_is_known(chance: float | None, told: int | None) -> None:
    assert surety_of(opportunity().model_copy(update={"chance": chance})) == told


def test_the_dashboards_page_stands_above_the_shops_link() -> None:
    lines = push_of(opportunity(), page="https://me.example/opportunities/opp-1").body.splitlines()
    assert lines[-2:] == ["More: https://me.example/opportunities/opp-1", "https://shop.example/drill?a=1&b=2"]


def test_a_repeat_of_what_may_have_arrived_says_so() -> None:
    first, again = push_of(opportunity(), "id"), push_of(opportunity(), "id", is_repeat=True)
    assert (again.title, again.id, again.link) == (first.title, first.id, first.link)
    assert set(again.body.splitlines()) - set(first.body.splitlines()) == {
        "You may have this already: it was not sure that it had arrived."
    }


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("inflated", "the list price of $400 is inflated: hardly anybody pays that"),
        ("plausible", "the list price of $400 is plausible"),
    ],
)
def test_a_list_price_is_told_as_what_it_is(verdict: Literal["inflated", "plausible"], said: str) -> None:
    claim = ListVerdict(price=400.0, verdict=verdict, chance=0.02)
    assert push_of(opportunity().model_copy(update={"list_price": claim})).body.splitlines()[2].endswith(f"is $131; {said}")


def test_no_push_is_surer_than_a_judge_can_be_and_an_earlier_versions_says_nothing_of_it() -> None:
    assert ", 99 % sure\n" in push_of(opportunity().model_copy(update={"chance": 0.9999})).body
    assert "Saves about $62 (48 %)\n" in push_of(opportunity().model_copy(update={"chance": None})).body


@pytest.mark.parametrize(("dollars", "text"), [(1234.56, "$1,235"), (20.0, "$20"), (19.994, "$19.99"), (-3.0, "-$3.00")])
def test_an_amount_that_is_not_known_to_the_cent_is_not_told_to_it(dollars: float, text: str) -> None:
    assert about(dollars) == text


def test_words_of_a_feed_that_stand_as_evidence_are_taken_apart_like_any_others() -> None:
    hostile = {"kind": "was", "price": 1.0, "weight": 1.0, "words": "“[free](https://evil.example) @everyone” " + "x" * 500}
    line = push_of(opportunity().model_copy(update={"evidence": [Evidence.model_validate(hostile)]})).body.splitlines()[2]
    assert not set(line) & set("[]")
    assert "@everyone" not in line
    assert len(line) <= 230


def test_a_deal_of_a_demo_feed_is_labelled() -> None:
    assert push_of(opportunity(feed="demo")).title.startswith("DEMO · ")
    assert "DEMO" not in push_of(opportunity()).title


def test_a_condition_other_than_new_and_a_foreign_currency_are_said() -> None:
    lines = push_of(opportunity(condition="refurbished", currency="AUD", retailer="")).body.splitlines()
    assert lines[0] == "AUD 59.99, worth about $130 ($98 to $171)"
    assert lines[2].startswith("Refurbished: an editor says")


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
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example",
        "http://",
        "http://[",
        "",
        "x" * 10,
        "https://[1.2.3.4]/",
        "https://[::zz]/",
        "https://a..example/",
        "https://a.example:port/",
        "https://a.example:99999/",
        "https://a b.example/",
        "https://a%62.example/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "ü" * 64 + ".example/",
        "https://\u200d.example/",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert link(url) == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://käse.example/x?a=1&b=2#c", "https://xn--kse-qla.example/x?a=1&b=2#c"),
        ("https://MÜNCHEN.example:8443/", "https://xn--mnchen-3ya.example:8443/"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://例え。テスト/安い", "https://xn--r8jz45g.xn--zckzah/%E5%AE%89%E3%81%84"),
        ("https://ελληνικά.example", "https://xn--hxargifdar.example"),
        ("https://my_shop.bücher.example/", "https://my_shop.xn--bcher-kva.example/"),
        ("https://xn--bcher-kva.example/x", "https://xn--bcher-kva.example/x"),
        ("HTTPS://Shop.Example./X", "https://shop.example/X"),
        ("https://[2001:db8::1]:8080/x", "https://[2001:db8::1]:8080/x"),
        ("http://[::ffff:10.0.0.1]/", "http://[::ffff:a00:1]/"),
        ("https://[2001:DB8:0:0:0:0:0:1]/[x]", "https://[2001:db8::1]/%5Bx%5D"),
        ("https://shop.example@evil.example/x", "https://evil.example/x"),
        ("https://a.example/100%25%20off?q=größe", "https://a.example/100%25%20off?q=gr%C3%B6%C3%9Fe"),
        ("https://a.example", "https://a.example"),
        ("https://a.example?q=[1]", "https://a.example?q=%5B1%5D"),
    ],
)
def test_a_link_leads_where_the_feeds_address_leads(url: str, expected: str) -> None:
    assert link(url) == expected


def test_a_link_cannot_break_out_of_its_place() -> None:
    assert link('https://a.example/x) <b>"y"\n[z]') == "https://a.example/x%29%20%3Cb%3E%22y%22%5Bz%5D"


def test_an_endless_link_is_left_out_and_that_is_told() -> None:
    push = push_of(opportunity(url="https://a.example/" + "x" * 5000))
    assert push.body.splitlines()[-1] == "Its link is too long for a push: the dashboard has it."
    assert push.link == ""


@pytest.mark.parametrize("length", [30, 400, 900, 1000, 1023, 1024])
@pytest.mark.parametrize("body_limit", [1024, 1400])
def test_a_push_is_cut_to_what_a_service_takes_and_its_link_stays_whole(length: int, body_limit: int) -> None:
    url = "https://a.example/".ljust(length, "x")
    words = {"kind": "was", "price": 1.0, "weight": 1.0, "words": "word " * 39}
    long = opportunity(url=url, retailer="r" * 80).model_copy(update={"evidence": [Evidence.model_validate(words)] * 2})
    push = push_of(long).fitted(250, body_limit)
    assert len(push.body) <= body_limit
    assert push.body.splitlines()[-1] == push.link == url
    assert push.body.startswith("$59.99, worth") or length > 1000


@pytest.mark.parametrize("title_limit", [0, 40, 250])
@pytest.mark.parametrize("body_limit", [70, 140, 160, 1024])
def test_a_link_that_no_push_can_hold_is_left_out_and_that_is_told(title_limit: int, body_limit: int) -> None:
    push = push_of(opportunity(url="https://a.example/" + "x" * 1490)).fitted(title_limit, body_limit)
    together = len(push.body) + (0 if title_limit else len(push.title) + 2)
    assert together <= body_limit
    assert len(push.title) <= (title_limit or body_limit)
    assert "https" not in push.body
    assert push.link == ""
    assert "the dashboard" in push.body or body_limit < 140


def test_what_fits_stays_as_it_is() -> None:
    push = push_of(opportunity(), "id")
    assert push.fitted(250, 1024) == push
