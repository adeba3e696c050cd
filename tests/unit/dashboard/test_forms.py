"""The forms: each asks the right service, redirects, and shows afterwards how it went; other sites cannot press them."""

import re

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from dashboard.app import Fakes, create_app
from tests.unit.dashboard.fakes import World, notification, opportunity, price_answer


class Browser:
    """Follows the redirect of a form, as a browser does."""

    def __init__(self, world: World) -> None:
        self.http = TestClient(create_app(Fakes(world.clients())), follow_redirects=False)

    def submit(self, path: str, **fields: str) -> str:
        answer = self.http.post(path, data=fields, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 303, answer.text
        target = str(answer.headers["location"])
        assert target.startswith("/")
        page = self.http.get(target)
        assert page.status_code == 200
        return page.text


def test_a_typed_description_is_priced() -> None:
    world = World()
    page = Browser(world).submit("/price", description="Espresso machine\r\n15 bar", title=" Barista ", category="")
    assert world.asked("POST") == [("ensemble", "/price", {"description": "Espresso machine\n15 bar", "title": "Barista"})]
    for text in ("$1,234.56", "$980.00", "$1,600.00", "random-forest", "Hammer drill", "Espresso machine"):
        assert text in page


def test_a_degraded_answer_says_who_was_missing() -> None:
    world = World(price=price_answer(degraded=["specialist"]))
    assert "Without specialist" in Browser(world).submit("/price", description="Lamp")


def test_an_unknown_product_is_said_to_be_unknown_and_only_that() -> None:
    said = "Nothing like this is known"
    pages = [Browser(World(price=price_answer(known=known))).submit("/price", description="Lamp") for known in (False, True)]
    assert [said in page for page in pages] == [True, False]


def test_the_same_product_stands_out_among_the_similar_ones() -> None:
    similar = [
        {"title": "Lamp A", "price": 20.0, "similarity": 0.9, "match": "exact"},
        {"title": "Lamp B", "price": 30.0, "similarity": 0.9, "match": "model"},
    ]
    page = Browser(World(price=price_answer(similar=similar))).submit("/price", description="Lamp")
    assert "the same" in page
    assert "another variant" in page


@pytest.mark.parametrize(("description", "said"), [("", "description"), ("   ", "description"), ("x" * 10_001, "description")])
def test_a_description_that_cannot_be_priced_is_explained_and_kept(description: str, said: str) -> None:
    world = World()
    page = Browser(world).submit("/price", description=description, title="My title")
    assert f"{said}: " in page
    assert "My title" in page
    assert world.asked("POST") == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failing_ensemble_is_reported_and_the_text_kept(status: int) -> None:
    page = Browser(World(refusals={"/price": (status, "no pricer answered")})).submit("/price", description="Lamp & shade")
    assert "no pricer answered" in page
    assert "Lamp &amp; shade</textarea>" in page


def test_a_scan_is_started_and_shown() -> None:
    world = World()
    Browser(world).submit("/scan")
    assert ("scanner", "/scan", None) in world.asked("POST")
    assert ("scanner", "/scans/s1", None) in world.asked("GET")


def test_an_opportunity_is_dismissed_and_that_can_be_taken_back() -> None:
    world = World(opportunities=[opportunity()])
    browser = Browser(world)
    page = browser.submit("/opportunities/opp-1/dismiss")
    assert "Dismissed" in page
    (undo,) = re.findall(r'<form class="undo" method="post" action="([^"]*)"', page)
    assert "It is back in the list." in browser.submit(undo)
    assert [path for _, path, _ in world.asked("POST")] == ["/opportunities/opp-1/dismiss", "/opportunities/opp-1/restore"]


def test_what_failed_offers_no_way_back() -> None:
    page = Browser(World(refusals={"/opportunities/opp-1/dismiss": (404, "there is no opportunity opp-1")})).submit(
        "/opportunities/opp-1/dismiss"
    )
    assert "there is no opportunity opp-1" in page
    assert "Undo" not in page


def test_the_way_back_of_a_strange_id_stays_a_path_of_ours() -> None:
    page = Browser(World()).submit("/opportunities/%22%3E%3Cb%3E%3Fx/dismiss")
    assert 'action="/opportunities/%22%3E%3Cb%3E%3Fx/restore"' in page


def test_an_id_cannot_lead_to_another_route() -> None:
    world = World()
    Browser(world).submit("/opportunities/..%3Fx=1/dismiss")
    assert world.asked("POST") == [("scanner", "/opportunities/..%3Fx%3D1/dismiss", None)]


def test_feeds_are_added_and_removed() -> None:
    world = World()
    browser = Browser(world)
    assert "Added" in browser.submit("/feeds", url=" https://a.example/rss ", title="", currency="aud")
    assert "Removed" in browser.submit("/feeds/1/delete")
    assert world.asked("POST") == [("scanner", "/feeds", {"url": "https://a.example/rss", "currency": "AUD"})]
    assert world.asked("DELETE") == [("scanner", "/feeds/1", None)]


def test_pushes_are_tested_resent_and_replayed() -> None:
    world = World()
    browser = Browser(world)
    assert "The test push went out to 1 of 1 addresses." in browser.submit("/test")
    assert "It is being sent again, where it is lacking." in browser.submit("/notifications/opp-1/resend")
    assert "tried again" in browser.submit("/dead/7-0/replay")
    paths = [path for _, path, _ in world.asked("POST")]
    assert paths == ["/test", "/notifications/opp-1/resend", "/dead/7-0/replay"]


def test_sending_again_what_every_channel_has_says_so() -> None:
    world = World(resent=notification(state="sent"))
    assert "Every channel has it." in Browser(world).submit("/notifications/opp-1/resend")


RESULTS = [
    {"target": "ntfy (1)", "sent": True, "outcome": "sent", "error": ""},
    {"target": "Telegram (2)", "sent": False, "outcome": "refused", "error": "answered 401"},
    {"target": "json (3)", "sent": False, "outcome": "unknown", "error": ""},
    {"target": "<script> (4)", "sent": False, "outcome": "not-sent", "error": "<img src=x>"},
]


def test_a_test_push_says_what_went_wrong_with_each_address() -> None:
    said = {"sent": False, "detail": "the test push went out to 1 of 4 addresses; Telegram (2): answered 401", "results": RESULTS}
    page = Browser(World(test=said)).submit("/test")
    assert "The test push went out to 1 of 4 addresses." in page
    lines = ["ntfy (1): sent", "Telegram (2): answered 401", "json (3): unknown", "&lt;script&gt; (4): &lt;img src=x&gt;"]
    assert re.findall(r"<li>([^<]*)</li>", page) == lines


def test_a_test_push_without_an_address_says_so() -> None:
    page = Browser(World(test={"sent": False, "detail": "NOTIFY_URLS is not set", "results": []})).submit("/test")
    assert "NOTIFY_URLS is not set." in page


DELIVERIES = [
    {"target": "ntfy (1)", "stage": "sent", "error": ""},
    {"target": "Telegram (2)", "stage": "failed", "error": "answered 401"},
]


def test_what_a_channel_lacks_is_sent_to_it_alone() -> None:
    world = World(notifications=[notification(1, state="failed", sent=None, deliveries=DELIVERIES)])
    browser = Browser(world)
    page = browser.http.get("/").text
    assert "Send to Telegram (2)" in page
    assert "Telegram (2): answered 401" in page
    assert ">Send once more<" in page
    browser.submit("/notifications/opp-1/resend")
    browser.submit("/notifications/opp-1/resend", channel="ntfy (1)")
    assert [path for _, path, _ in world.asked("POST")] == [
        "/notifications/opp-1/resend",
        "/notifications/opp-1/resend?channel=ntfy+%281%29",
    ]


@pytest.mark.parametrize(
    ("state", "deliveries", "is_offered"),
    [
        ("sent", DELIVERIES[:1], False),
        ("sent", [], True),
        ("logged", [], True),
        ("pending", DELIVERIES, False),
        ("unknown", [{"target": "a (1)", "stage": "unknown"}], True),
    ],
)
def test_sending_again_is_offered_to_all_only_where_one_lacks_it(
    state: str, deliveries: list[dict[str, str]], is_offered: bool
) -> None:
    page = Browser(World(notifications=[notification(1, state=state, deliveries=deliveries)])).http.get("/").text
    assert ('/notifications/opp-1/resend"><button' in page) is is_offered


@pytest.mark.parametrize("path", ["/scan", "/test", "/opportunities/1/dismiss", "/feeds/1/delete", "/notifications/1/resend"])
def test_a_failing_service_is_reported_after_the_redirect(path: str) -> None:
    page = Browser(World(down={"scanner", "notifier"})).submit(path)
    assert "cannot be reached" in page


def post(world: World, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: Response = TestClient(create_app(Fakes(world.clients())), follow_redirects=False).post("/scan", headers=named)
    return answer


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://["},
        {"Origin": "http://testserver", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "http://testserver:81"},
        {"Origin": "http://testserver:81", "Sec_Fetch_Site": "none"},
    ],
)
def test_a_form_of_another_site_is_refused(headers: dict[str, str]) -> None:
    world = World()
    assert post(world, **headers).status_code == 403
    assert world.calls == []


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://testserver"}, {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}]
)
def test_our_own_forms_and_programs_are_let_in(headers: dict[str, str]) -> None:
    assert post(World(), **headers).status_code == 303


def test_a_body_without_end_or_of_garbage_is_refused_without_a_stack_trace() -> None:
    http = TestClient(create_app(Fakes(World().clients())), follow_redirects=False)
    assert http.post("/price", content=b"description=" + b"x" * 300_000).status_code == 413
    garbage = http.post("/price", content=b"\xff\x00\xfe", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert garbage.status_code in (303, 400, 422)


def test_remembered_outcomes_are_bounded() -> None:
    browser = Browser(World())
    first = browser.http.post("/price", data={"description": "The very first lamp"}).headers["location"]
    for _ in range(200):
        browser.http.post("/price", data={"description": "Lamp"})
    assert "The very first lamp" not in browser.http.get(first).text
