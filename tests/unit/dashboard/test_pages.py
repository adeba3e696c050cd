"""The pages over a fake world: what they show, what they make of hostile text, and that a missing service costs only its part."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from dashboard.app import Fakes, create_app
from tests.unit.dashboard.fakes import NAMES, NOW, World, channel, feed, notification, opportunity, scan


def client_of(world: World) -> TestClient:
    return TestClient(create_app(Fakes(world.clients())), follow_redirects=False)


def page_of(world: World, path: str = "/") -> str:
    answer = client_of(world).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def test_an_opportunity_shows_what_a_person_needs_to_judge_it() -> None:
    page = page_of(World(opportunities=[opportunity(price=1059.99, estimate=1234.56, low=980.0, high=1600.0, discount=174.57)]))
    for text in (
        "Cordless drill driver kit",
        "$1,059.99",
        "$1,234.56",
        "$980.00",
        "$1,600.00",
        "$174.57",
        "14\u00a0%",
        "Example Tools",
    ):
        assert text in page
    assert 'href="https://shop.example/deal/1"' in page
    assert "3 hours ago" in page
    assert "expires" in page
    for pricer in ("specialist", "frontier-rag", "random-forest"):
        assert pricer in page
    assert "Hammer drill, corded" in page
    assert 'aria-label="80 % interval $980.00 to $1,600.00, worth $1,234.56, deal $1,059.99"' in page


def test_a_deal_has_a_page_of_its_own_with_its_evidence() -> None:
    page = page_of(World(opportunities=[opportunity(1, title="A drill"), opportunity(2, title="A saw")]), "/opportunities/opp-2")
    assert "A saw" in page
    assert "A drill" not in page
    assert "What it is worth, and who says so" in page


def test_a_deal_that_is_gone_has_a_page_that_says_so() -> None:
    with client_of(World()) as client:
        answer = client.get("/opportunities/none")
    assert answer.status_code == 404
    assert "nothing is known of" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_an_opportunity_says_how_sure_it_is_and_why() -> None:
    claim = {"price": 349.0, "verdict": "inflated", "chance": 0.02}
    page = re.sub("[ \\n]+", " ", page_of(World(opportunities=[opportunity(list_price=claim)])))
    assert "92\u00a0% sure of a real saving.</strong> An editor" in page
    editor, pricers = (page.index(words) for words in ("An editor says the lowest price elsewhere is $130.", "3 pricers say $124"))
    assert editor < pricers  # the weightiest first
    assert "The list price of $349.00 is inflated: hardly anybody pays that." in page
    assert "Not pushed" not in page
    assert "99\u00a0% sure" in page_of(World(opportunities=[opportunity(chance=0.99999)]))


def test_what_is_listed_only_says_why_it_was_not_pushed() -> None:
    why = "the chance of 71% is less than 90%"
    page = page_of(World(opportunities=[opportunity(why_not=why)]))
    assert f"Not pushed: {why}." in page
    assert ">review<" not in page


def test_what_is_too_good_to_be_believed_stands_below_with_a_sentence() -> None:
    why = "$1.00 is too little for something worth $900: look before you believe it"
    found = [opportunity(1, title="A laptop for a dollar", review=True, why_not=why), opportunity(2, title="A drill")]
    page = page_of(World(opportunities=found, deals=[{"title": "A laptop", "state": "review", "reason": why}]))
    assert page.index("A drill") < page.index(">Too good to be believed <") < page.index("A laptop for a dollar")
    assert f"{why}. It is kept for a look and was not pushed." in page
    assert ">review<" in page
    assert ">Too good to be believed <" not in page_of(World(opportunities=[opportunity()]))
    assert ">review<" in page_of(World(deals=[{"title": "A laptop", "state": "review", "reason": why}]), "/deals")


def test_an_opportunity_of_an_earlier_version_is_shown_without_what_it_lacks() -> None:
    earlier = {name: value for name, value in opportunity().items() if name not in ("chance", "evidence", "list_price", "review")}
    page = page_of(World(opportunities=[earlier]))
    assert "Cordless drill driver kit" in page
    assert "sure of a real saving" not in page


def test_opportunities_keep_the_order_in_which_they_come() -> None:
    page = page_of(World(opportunities=[opportunity(1, title="First"), opportunity(2, title="Second")]))
    assert page.index("First") < page.index("Second")


def test_a_condition_and_a_foreign_currency_are_shown() -> None:
    page = page_of(World(opportunities=[opportunity(condition="refurbished", currency="AUD")]))
    assert ">refurbished<" in page
    assert "AUD 59.99" in page


def test_demo_deals_carry_a_badge_and_the_page_a_banner() -> None:
    page = page_of(World(opportunities=[opportunity(feed="demo (sample feed, no real offers)")]))
    assert '<span class="badge demo">demo</span>' in page
    assert "Demo data." in page
    assert "Demo data." not in page_of(World(opportunities=[opportunity()]))


def test_hostile_text_is_shown_and_never_obeyed() -> None:
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    said = [{"kind": "was", "price": 1.0, "weight": 1.0, "words": evil}]
    world = World(
        opportunities=[
            opportunity(**dict.fromkeys(("title", "retailer", "feed", "description", "condition", "why_not"), evil), evidence=said)
        ],
        feeds=[feed(title=evil, last_error=evil)],
        notifications=[notification(error=evil, state="failed")],
        channels=[channel(evil, problem=evil, unknown=1)],
        dead=[{"id": "1-0", "reason": evil, "opportunity": None}],
        lacks={"specialist": evil},
    )
    for path in ("/", "/feeds"):
        page = page_of(world, path)
        assert "<script>alert" not in page
        assert html.escape(evil, quote=False).split("{")[0] in page.replace("&#34;", '"')
        assert "{{ 7*7 }}" in page


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " data:text/html,x", "java\nscript:alert(1)", "//evil.example/"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    world = World(opportunities=[opportunity(url=url)], deals=[{"title": "A deal", "url": url}], feeds=[feed(url=url)])
    for path in ("/", "/deals", "/feeds"):
        targets = re.findall(r'(?:href|src|action)="([^"]*)"', page_of(world, path))
        assert all((target.startswith("/") and not target.startswith("//")) or target in ("", "#main") for target in targets)


def test_the_page_refreshes_itself_only_while_a_scan_runs_and_without_scripts_when_asked() -> None:
    running = page_of(World(scans=[scan("running")]))
    assert "refresh.js" in running
    assert '<noscript><a href="/?scan=s1">Look again</a></noscript>' in running
    for page in (page_of(World(scans=[scan("done")])), page_of(World(scans=[]))):
        assert "refresh.js" not in page
        assert "Look again" not in page
    assert "http-equiv" not in running  # it would throw away what is being typed


def test_the_scan_named_in_the_address_is_shown_and_an_unknown_one_gives_way_to_the_newest() -> None:
    world = World(scans=[scan("done", id="new"), scan("running", id="old")])
    assert "Scanning…" in page_of(world, "/?scan=old")
    assert "Scan now" in page_of(world, "/?scan=gone")


def test_the_state_of_the_system_names_what_is_missing() -> None:
    page = page_of(World(lacks={"specialist": "artifacts/specialist holds no artifact"}, down={"notifier"}))
    assert "2 of 6 services lack something" in page
    assert "artifacts/specialist holds no artifact" in page
    assert "cannot be reached" in page
    assert "All 6 services ready" in page_of(World())


def test_a_notifier_that_is_ready_and_hears_of_no_alert_is_told() -> None:
    page = page_of(World(away={"notifier": {"stream": "Redis: Connection refused"}}))
    assert "1 of 6 services lack something" in page
    assert "stream: Redis: Connection refused" in page


def test_feeds_that_fail_are_named_on_the_first_page() -> None:
    page = page_of(World(feeds=[feed(1), feed(2, title="Broken feed", last_error="answered 503")]))
    assert "1 of 2 feeds fail" in page
    assert "Broken feed" in page
    assert "answered 503" in page


@pytest.mark.parametrize(
    ("world", "advice"),
    [
        (World(scans=[scan("running")]), "The scan is under way"),
        (World(scans=[]), "Nothing has been scanned yet"),
        (World(feeds=[feed(last_error="no route")]), "make run FEEDS=demo"),
        (World(), "No deal is far enough below its worth"),
        (World(scans=[scan(unpriced=7, problem="ensemble cannot be reached")]), "7 deals wait to be judged"),
        (World(scans=[scan("failed", error="disk full")]), "disk full"),
    ],
)
def test_an_empty_list_says_what_to_do(world: World, advice: str) -> None:
    assert advice in page_of(world)


@pytest.mark.parametrize("path", ["/", "/deals", "/feeds"])
@pytest.mark.parametrize("harm", [lambda world, name: world.down.add(name), lambda world, name: world.broken.add(name)])
@pytest.mark.parametrize("name", NAMES)
def test_a_missing_or_broken_service_costs_only_its_part(path: str, harm: Callable[[World, str], None], name: str) -> None:
    world = World(opportunities=[opportunity()], deals=[{"title": "Cordless drill"}], notifications=[notification()])
    harm(world, name)
    page = page_of(world, path)
    if name == "scanner":
        assert "cannot be shown" in page
    elif path == "/":
        assert "Cordless drill driver kit" in page


def test_with_everything_down_every_page_still_renders() -> None:
    for path in ("/", "/deals", "/feeds"):
        assert "cannot be" in page_of(World(down=set(NAMES)), path)


def test_an_answer_of_another_form_is_said_to_be_one() -> None:
    page = page_of(World(opportunities=[{"id": "x"}]))
    assert "scanner answered in a form that this page does not know" in page


def test_deals_show_prices_reasons_and_pages() -> None:
    deals = [
        {"title": "Priced", "url": "https://shop.example/1", "price": 49.99, "estimate": 80.0, "published": NOW.isoformat()},
        {"title": "Sale", "price": None, "state": "skipped", "reason": "no single price"},
    ]
    world = World(deals=deals, next="tok&en=")
    page = page_of(world, "/deals?cursor=abc")
    for text in ("$49.99", "$80.00", "no single price", 'href="/deals?cursor=tok%26en%3D"', 'href="/deals"'):
        assert text in page
    assert ("scanner", "/deals?limit=50&cursor=abc", None) in world.asked("GET")


def test_feeds_show_their_state() -> None:
    feeds = [
        feed(1, last_error="is 200 MB"),
        feed(2, last_fetched=None),
        feed(3, url="demo", demo=True, last_fetched=(NOW - timedelta(days=2)).isoformat()),
    ]
    page = page_of(World(feeds=feeds), "/feeds")
    for text in ("is 200 MB", "not fetched yet", "2 days ago", '<span class="badge demo">demo</span>', 'action="/feeds/2/delete"'):
        assert text in page
    assert "Add the bundled demo feed" not in page
    assert "Add the bundled demo feed" in page_of(World(), "/feeds")


def test_a_channel_that_fails_is_told_outside_of_what_is_folded() -> None:
    broken = channel("Telegram (2)", problem="HTTP 401 Unauthorized", failing_since=NOW.isoformat(), waiting=4)
    page = page_of(World(channels=[channel(), broken]))
    assert "1 of 2 channels fail" in re.sub(r".*<summary>(.*?)</summary>.*", r"\1", page, count=1, flags=re.DOTALL)
    unfolded = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    text = " ".join(re.sub(r"<[^>]+>", "", unfolded).split())
    assert re.search(r"Telegram \(2\) fails, since [^:]+: HTTP 401 Unauthorized 4 wait for it\.", text)
    assert "ntfy (1) fails" not in text


def test_alerts_that_a_channel_may_lack_are_told() -> None:
    page = page_of(World(channels=[channel(unknown=2, expired=1), channel("JSON (2)", failed=3), channel("JSON (3)")]))
    text = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "ntfy (1), within a day: 2 may have arrived. 1 expired." in text
    assert "JSON (2), within a day: 3 refused." in text
    assert "JSON (3)" not in text
    assert "channels fail" not in text


def test_an_alert_that_was_withdrawn_says_why_and_cannot_be_sent() -> None:
    why = "its price is 90.00 USD now"
    lacks = [{"target": "ntfy (1)", "stage": "withdrawn", "error": why}, {"target": "JSON (2)", "stage": "sent"}]
    told = opportunity(1) | {"revision": 1, "withdrawn": why}
    page = page_of(World(notifications=[notification(1, opportunity=told, deliveries=lacks, error=why)]))
    assert '<span class="badge withdrawn">withdrawn</span>' in page
    assert why in page
    assert "/notifications/opp-1/resend" not in page


def test_what_is_no_deal_is_listed_by_its_title_and_what_is_held_with_its_time() -> None:
    digest = notification(1, id="digest:1", kind="digest", title="2 alerts together", opportunity=None)
    until = (datetime.now(UTC) + timedelta(hours=3, minutes=1)).isoformat()
    held = [{"target": "ntfy (1)", "stage": "held", "error": "", "why": "quiet", "until": until}]
    sent = [{"target": "ntfy (1)", "stage": "failed", "error": "HTTP 400"}]
    page = page_of(
        World(notifications=[digest | {"state": "failed", "deliveries": sent}, notification(2, state="pending", deliveries=held)])
    )
    assert "2 alerts together" in page
    assert "/notifications/digest%3A1/resend" in page
    assert "Held: it comes" in page
    assert "in 3 hours" in page


def test_notifications_and_dead_letters_are_listed() -> None:
    world = World(
        notifications=[notification(1), notification(2, state="pending", sent=None)],
        dead=[{"id": "7-0", "reason": "exhausted", "opportunity": opportunity(3, title="Lost deal"), "buried": NOW.isoformat()}],
    )
    page = page_of(world)
    assert page.count('action="/notifications/') == 1  # what is being sent cannot be sent again
    assert '<a class="warn" href="/pushes/dead">1 could not be delivered</a>' in page


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/deals?cursor=" + "x" * 400, 422)])
def test_errors_are_pages_too(path: str, status: int) -> None:
    answer = client_of(World()).get(path)
    assert answer.status_code == status
    assert "Back to the opportunities" in answer.text


@pytest.mark.parametrize(("price", "low", "high", "anchor"), [(40.0, 390.0, 400.0, "end"), (990.0, 390.0, 400.0, "start")])
def test_the_ends_of_a_narrow_interval_stand_side_by_side_within_their_card(
    price: float, low: float, high: float, anchor: str
) -> None:
    found = opportunity(low=low, high=high, estimate=395.0)
    found["deal"]["price"] = price
    page = page_of(World(opportunities=[found]))
    assert re.search(rf'<text x="[\d.]+%" y="30" text-anchor="{anchor}">\$390.00 – \$400.00</text>', page)
