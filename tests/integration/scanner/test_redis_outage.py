"""The scanner and a real Redis: every alert reaches the stream once, whatever is down in between."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common.deals import STREAM, STREAM_FIELD, Opportunity
from notifier.entry_handler import parse_entry
from tests.integration.notifier.peers import RedisProcess
from tests.integration.scanner.conftest import Start, scan
from tests.integration.scanner.peers import HostileServer, reply
from tests.unit.scanner.fakes import FakeJudge, item_of_today, rss
from tests.waiting import until


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisProcess]:
    server = RedisProcess(tmp_path / "redis")
    yield server
    server.close()


def entries(redis: RedisProcess) -> list[Opportunity]:
    found: Any = redis.client.xrange(STREAM)
    return [Opportunity.model_validate_json(fields[STREAM_FIELD.encode()]) for _, fields in found]


def test_alerts_reach_the_stream_in_the_contracts_form_and_once(start: Start, redis: RedisProcess) -> None:
    redis.start()
    with start("good", redis_url=redis.url) as client:
        assert scan(client)["alerts"] == 2
        until(lambda: len(entries(redis)) == 2)
        assert scan(client)["alerts"] == 0
    drill = next(each for each in entries(redis) if "Drill" in each.deal.title)
    assert (drill.deal.price, drill.estimate, drill.discount) == (59.99, 200.0, 140.01)
    assert len(entries(redis)) == 2


def test_redis_that_is_down_at_the_start_loses_nothing(start: Start, redis: RedisProcess) -> None:
    with start("good", redis_url=redis.url) as client:
        assert scan(client)["alerts"] == 2
        until(lambda: "scanner_stream_up 0.0" in client.get("/metrics").text)
        assert client.get("/readyz").status_code == 200
        redis.start()
        until(lambda: len(entries(redis)) == 2)


def test_deals_found_during_an_outage_follow_in_order(start: Start, redis: RedisProcess, server: HostileServer) -> None:
    redis.start()
    with start("good", redis_url=redis.url) as client:
        scan(client)
        until(lambda: len(entries(redis)) == 2)
        redis.stop()
        for number, title in enumerate(("Acme Lamp for $30", "Acme Vise for $35"), start=3):
            server.answers["good"] = reply(rss(item_of_today(title, number=number)))
            assert scan(client)["alerts"] == 1
        redis.start()
        until(lambda: len(entries(redis)) == 4)
    assert [each.deal.price for each in entries(redis)[2:]] == [30.0, 35.0]


def test_a_withdrawal_is_nothing_that_an_earlier_notifier_could_push(
    start: Start, redis: RedisProcess, server: HostileServer
) -> None:
    """It would know nothing of the alert, which was withdrawn before Redis was there."""
    with start("good", redis_url=redis.url) as client:
        for price in (30, 90):
            server.answers["good"] = reply(rss(item_of_today(f"Acme Lamp for ${price}", number=3)))
            scan(client)
        redis.start()
        until(lambda: redis.client.xlen(STREAM) == 1)
    (_, fields), *_ = redis.client.xrange(STREAM)  # type: ignore[misc]
    assert list(fields) == [b"withdrawn"]
    withdrawn = parse_entry(fields)
    assert (withdrawn.deal.price, withdrawn.withdrawn) == (30.0, "its price is 90.00 USD now")


def test_a_restart_of_the_scanner_during_the_outage_loses_nothing(start: Start, redis: RedisProcess) -> None:
    with start("good", redis_url=redis.url) as client:
        assert scan(client)["alerts"] == 2
    redis.start()
    with start("good", redis_url=redis.url) as client:
        until(lambda: len(entries(redis)) == 2)
        assert scan(client)["alerts"] == 0
    assert len(entries(redis)) == 2


def test_an_ensemble_that_comes_later_is_asked_without_a_new_scan(start: Start, redis: RedisProcess) -> None:
    redis.start()
    judge = FakeJudge(down=True)
    with start("good", redis_url=redis.url, judge=judge) as client:
        found = scan(client)
        assert (found["unpriced"], found["alerts"]) == (2, 0)
        judge.down = False
        until(lambda: len(entries(redis)) == 2)
        late = client.get(f"/scans/{found['id']}").json()
        assert (late["unpriced"], late["alerts"], late["priced"], late["problem"]) == (0, 2, 2, None)


def test_an_entry_bears_the_trace_of_the_request_that_asked_for_its_scan_beside_the_opportunity(
    start: Start, redis: RedisProcess
) -> None:
    redis.start()
    with start("good", redis_url=redis.url) as client:
        client.headers["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        scan(client)
        until(lambda: len(entries(redis)) == 2)
    found: Any = redis.client.xrange(STREAM)
    assert {frozenset(fields) for _, fields in found} == {frozenset((b"opportunity", b"traceparent"))}
    assert {fields[b"traceparent"].split(b"-")[1] for _, fields in found} == {b"4bf92f3577b34da6a3ce929d0e0e4736"}
    assert [parse_entry(fields).deal.title for _, fields in found]


def test_an_entry_that_no_trace_led_to_has_the_opportunity_alone(start: Start, redis: RedisProcess) -> None:
    redis.start()
    with start("good", redis_url=redis.url) as client:
        scan(client)
        until(lambda: len(entries(redis)) == 2)
    found: Any = redis.client.xrange(STREAM)
    assert [list(fields) for _, fields in found] == [[b"opportunity"]] * 2
