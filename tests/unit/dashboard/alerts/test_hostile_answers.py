"""Whatever the services answer, in whichever field, stays text on the pages about alerts."""

from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from common.client import ServiceClient
from dashboard.app import Fakes, create_app
from tests.unit.dashboard.alerts_world import SAME_ORIGIN
from tests.unit.dashboard.fakes import NAMES, NOW

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}</textarea></select>"
LINK = "javascript:alert(1)"
WHEN: dict[str, Any] = {name: [EVIL] for name in ("feeds", "categories", "retailers", "include", "exclude", "conditions")}
RULE = {"id": 1, "name": EVIL, "when": WHEN, "channels": [EVIL], "priority": EVIL, "enabled": True, "origin": EVIL}
PUSH: dict[str, Any] = dict.fromkeys(("title", "retailer", "feed", "opportunity", "condition"), EVIL) | {"url": LINK}
PUSH |= {"when": NOW.isoformat(), "price": 1, "worth": 2, "saving": 1, "chance": 0.9, "digest": True, "deal": 1}
RUN = {"days": 30, "judged": 1, "pushes": 1, "sentence": EVIL, "items": [PUSH], "missed": [{"reason": EVIL, "count": 1}]}
OFFER = {"title": EVIL, "price": 1, "condition": EVIL, "retailer": EVIL, "feed": EVIL, "url": LINK}
LOOK: dict[str, Any] = {
    "understood": {"summary": EVIL, "name": EVIL, "words": [EVIL]},
    "matches_now": [OFFER],
    "lowest_seen": {"price": 9, "seller": EVIL, "url": LINK},
    "hint": EVIL,
}
WATCH = LOOK | {"id": 1, "text": EVIL, "required": [EVIL], "forbidden": [EVIL], "brand": EVIL, "model": EVIL, "channels": [EVIL]}
WATCH |= {"conditions": [EVIL], "priority": EVIL}
DEAL = {"title": EVIL, "price": 1, "currency": EVIL, "retailer": EVIL, "url": LINK}
MATCH = {"matched": NOW.isoformat(), "pushed": False, "opportunity": {"id": EVIL, "deal": DEAL, "why_not": EVIL}}
CHANNEL: dict[str, Any] = dict.fromkeys(("id", "label", "service", "address", "problem", "stopped", "secret"), EVIL)
CHANNEL |= {"template_problem": EVIL, "origin": "own", "failed": 1, "failing_since": NOW.isoformat()}
CHANNEL |= {"settings": {"filter": WHEN, "template": EVIL, "priority": {"high": EVIL}, "sound": EVIL, "enabled": True}}
PREVIEW = {"title": EVIL, "body": EVIL, "errors": [{"line": 1, "message": EVIL}], "variables": {EVIL: EVIL}}
TIMES = {"time_zone": EVIL, "quiet": [EVIL], "digest_at": EVIL, "weekly": {"day": EVIL, "time": EVIL}, "is_quiet": True}
TIMES |= {"quiet_until": NOW.isoformat(), "hourly": None, "daily": None, "urgent_breaks_quiet": True}
SNOOZES = [{"id": number, "subject": EVIL, "target": EVIL, "until": NOW.isoformat()} for number in (1, 2)]
ANSWERS: dict[tuple[str, str], Any] = {
    ("scanner", "/feeds"): {"items": [{"id": EVIL, "title": EVIL, "url": EVIL}]},
    ("scanner", "/rules"): {"items": [RULE], "mode": "first"},
    ("scanner", "/rules/1"): RULE,
    ("scanner", "/rules/dry-run"): RUN,
    ("scanner", "/rules/import"): {"items": [RULE | {"name": f"{EVIL}!"}], "mode": "all"},
    ("scanner", "/watchlist"): {"items": [WATCH]},
    ("scanner", "/watchlist/1"): WATCH,
    ("scanner", "/watchlist/1/matches"): {"items": [MATCH], "next": EVIL},
    ("scanner", "/watchlist/preview"): LOOK,
    ("notifier", "/channels"): {"items": [CHANNEL]},
    ("notifier", "/channels/1"): CHANNEL,
    ("notifier", "/channels/1/test"): {"target": EVIL, "sent": False, "outcome": EVIL, "error": EVIL},
    ("notifier", "/channels/services"): {"items": [{"name": EVIL, "schemes": [EVIL], "forms": [EVIL]}]},
    ("notifier", "/channels/preview"): PREVIEW,
    ("notifier", "/times"): TIMES,
    ("notifier", "/snoozes"): {"items": SNOOZES},
}
PAGES = ("/rules", "/rules/1", "/rules/new", "/watchlist", "/watchlist/1", "/channels", "/channels/1", "/channels/new", "/times")
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/rules", {"name": EVIL, "include": EVIL, "min_price": EVIL}),
    ("/rules/try", {"name": EVIL, "identifier": EVIL, "include": "x"}),
    ("/rules/import", {"text": EVIL, "do": "look"}),
    ("/watchlist/preview", {"text": EVIL, "target_price": ""}),
    ("/watchlist", {"text": EVIL, "target_price": EVIL}),
    ("/channels", {"name": EVIL, "address": "", "template": EVIL, "service": EVIL}),
    ("/channels/preview", {"template": EVIL, "identifier": ""}),
    ("/times", {"time_zone": EVIL, "start-0": EVIL, "days-0": EVIL, "do": "more"}),
    ("/times/week", {"start-0": EVIL, "end-0": EVIL, "days-0": EVIL}),
    ("/backup/restore", {"text": f'{{"times": {{"{EVIL.replace(chr(34), "")}": "{EVIL.replace(chr(34), "")}"}}}}', "do": "look"}),
    ("/backup/restore", {"text": EVIL, "do": "look"}),
)


@pytest.fixture
def person() -> TestClient:
    def answer(name: str) -> httpx2.MockTransport:
        def handle(request: httpx2.Request) -> httpx2.Response:
            given = ANSWERS.get((name, request.url.path))
            refusal = {"detail": EVIL, "errors": [{"field": EVIL, "message": EVIL}]}
            return httpx2.Response(422, json=refusal) if given is None else httpx2.Response(200, json=given)

        return httpx2.MockTransport(handle)

    clients = {name: ServiceClient(name, f"http://{name}", transport=answer(name)) for name in NAMES}
    return TestClient(create_app(Fakes(clients)), follow_redirects=True)


def is_harmless(page: str) -> bool:
    return not any(each in page for each in ("<script>alert", "<img src=x", "javascript:", ">49<", "</textarea></select>"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_it_as_text(person: TestClient, path: str) -> None:
    page = person.get(path)
    assert page.status_code == 200
    assert "&lt;script&gt;alert(1)" in page.text
    assert is_harmless(page.text)


@pytest.mark.parametrize(("path", "fields"), FORMS)
@pytest.mark.parametrize("is_htmx", [False, True])
def test_what_a_form_answers_shows_it_as_text(person: TestClient, path: str, fields: dict[str, str], is_htmx: bool) -> None:
    answer = person.post(path, data=fields, headers=SAME_ORIGIN | ({"HX-Request": "true"} if is_htmx else {}))
    assert answer.status_code in (200, 422)
    assert is_harmless(answer.text)


def test_a_test_push_shows_it_as_text(person: TestClient) -> None:
    page = person.post("/channels/1/test", headers=SAME_ORIGIN).text
    assert "&lt;script&gt;alert(1)" in page
    assert is_harmless(page)
