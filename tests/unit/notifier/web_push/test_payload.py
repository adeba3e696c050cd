"""What a browser is told."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from common.deals import Priority
from notifier.message import push_of
from notifier.message import test_push as a_test
from notifier.web_push.payload import TTL, URGENCY, message_of, ttl_of
from tests.unit.notifier.samples import opportunity

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_deal_leads_to_its_page_and_its_text_holds_no_address() -> None:
    found = opportunity("opp-1")
    page = "https://deals.example/opportunities/opp-1"
    told = json.loads(message_of(push_of(found, "1", page=page), "https://deals.example").as_json(3_000))
    assert (told["url"], told["tag"], told["title"]) == (page, "opp-1", "Cordless drill kit, 20 V")
    assert "http" not in told["body"]
    assert "worth about" in told["body"]


def test_without_the_dashboards_address_the_page_is_told_by_its_path() -> None:
    assert message_of(push_of(opportunity("opp-1")), "").url == "/opportunities/opp-1"
    assert message_of(a_test(), "").url == "/"


def test_what_is_too_long_loses_the_end_of_its_text() -> None:
    long = message_of(push_of(opportunity("opp-2", retailer="🔧" * 50)), "")
    whole = len(long.as_json(4_000))
    for limit in range(300, whole, 7):
        data = long.as_json(limit)
        assert len(data) <= limit
        assert json.loads(data)["title"] == long.title


@pytest.mark.parametrize(("priority", "urgency"), [("low", "low"), ("normal", "normal"), ("high", "high"), ("urgent", "high")])
def test_urgency_and_patience_follow_the_priority(priority: Priority, urgency: str) -> None:
    assert URGENCY[priority] == urgency
    push = push_of(opportunity("opp-1").model_copy(update={"priority": priority}))
    assert ttl_of(push, NOW.timestamp()) == TTL[priority]


def test_a_push_is_kept_no_longer_than_its_deal_lasts() -> None:
    push = push_of(opportunity("opp-1", expires=NOW + timedelta(minutes=10)))
    assert ttl_of(push, NOW.timestamp()) == 600
    assert ttl_of(push, NOW.timestamp() + 10_000) == 0
