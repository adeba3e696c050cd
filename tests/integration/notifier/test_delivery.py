"""From the Redis stream to a webhook through Apprise, with peers that refuse, hang, throttle or go away."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient

from common.deals import GROUP, STORED, STREAM
from notifier.app import create_app
from tests.integration.notifier.peers import RedisProcess, Webhook, poll
from tests.unit.notifier.samples import opportunity

# Apprise looks for a module that Python 3.11 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@contextmanager
def running(*hooks: Webhook, **environment: str) -> Iterator[TestClient]:
    """The service in this process, with all its real parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTIFY_URLS", " ".join(hook.url for hook in hooks))
        for name, value in environment.items():
            patch.setenv(name, value)
        with TestClient(create_app()) as client:
            poll(lambda: client.get("/readyz").status_code == 200)
            yield client


def states(client: TestClient) -> dict[str, str]:
    return {item["id"]: item["state"] for item in client.get("/notifications?limit=200").json()["items"]}


def test_an_opportunity_reaches_the_webhook_once_and_is_acknowledged(redis_server: RedisProcess, webhook: Webhook) -> None:
    with running(webhook) as client:
        redis_server.publish(opportunity(), opportunity(), opportunity("opp-2"))
        poll(redis_server.is_settled)
        poll(lambda: states(client) == {"opp-1": "sent", "opp-2": "sent"})
    assert len(webhook.received) == 2
    assert webhook.received[0]["title"] == "Cordless drill kit, 20 V"
    assert "https://shop.example/drill?a=1&b=2" in webhook.received[0]["message"]
    assert "$98 to $171" in webhook.received[0]["message"]


def test_what_was_published_before_the_first_start_is_delivered(redis_server: RedisProcess, webhook: Webhook) -> None:
    redis_server.publish(opportunity())
    with running(webhook):
        poll(redis_server.is_settled)
        poll(lambda: webhook.received)
    assert len(webhook.received) == 1


def test_without_addresses_it_is_logged_and_listed(redis_server: RedisProcess) -> None:
    with running() as client:
        redis_server.publish(opportunity())
        poll(redis_server.is_settled)
        assert states(client) == {"opp-1": "logged"}
        assert "NOTIFY_URLS" in client.post("/test").json()["detail"]


def test_a_restart_sends_nothing_again(redis_server: RedisProcess, webhook: Webhook) -> None:
    for _ in range(3):
        with running(webhook) as client:
            redis_server.publish(opportunity(), opportunity("opp-2"))
            poll(redis_server.is_settled)
            poll(lambda: list(states(client).values()) == ["sent", "sent"])
    assert len(webhook.received) == 2


def test_errors_of_the_peer_are_retried_until_it_takes_the_push(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.statuses = [500, 502, 500]
    with running(webhook) as client:
        redis_server.publish(opportunity())
        poll(lambda: states(client) == {"opp-1": "sent"})
        (item,) = client.get("/notifications").json()["items"]
        assert item["attempts"] == 4
        assert "notifier_retries_total 3.0" in client.get("/metrics").text
    assert len({body["id"] for body in webhook.received}) == 1


def test_a_push_that_is_refused_itself_fails_and_can_be_sent_again(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.status = 400
    with running(webhook, NOTIFIER_ATTEMPTS="2") as client:
        redis_server.publish(opportunity())
        poll(lambda: states(client) == {"opp-1": "failed"})
        assert redis_server.pending() == 0
        (item,) = client.get("/notifications").json()["items"]
        assert item["error"].startswith("JSON (1): 400 from 127.0.0.1:")
        webhook.status = 200
        assert client.post("/notifications/opp-1/resend").status_code == 202
        poll(lambda: states(client) == {"opp-1": "sent"})
    assert len(webhook.received) == 3
    assert len({body["id"] for body in webhook.received}) == 1


def test_malformed_entries_are_buried_with_reason_and_original(redis_server: RedisProcess, webhook: Webhook) -> None:
    with running(webhook) as client:
        redis_server.client.xadd(STREAM, {"opportunity": b"\xff{", "trace": "1"})
        redis_server.client.xadd(STREAM, {"something": "else"})
        redis_server.publish(opportunity())
        poll(lambda: redis_server.is_settled() and len(webhook.received) == 1)
        # Entries are handled at the same time, so either may be buried first.
        first, second = sorted(client.get("/dead").json()["items"], key=lambda letter: "something" in letter["fields"])
        assert first["fields"] == {"opportunity": "\\xff{", "trace": "1"}
        assert second["reason"] == "malformed: the entry has no field 'opportunity'"
        assert client.get("/dead?cursor=0-0").json() == {"items": [], "next": None}  # nothing is older
        assert client.post(f"/dead/{first['id']}/replay").status_code == 202
        poll(lambda: {item["id"] for item in client.get("/dead").json()["items"]} - {first["id"], second["id"]})
        assert "notifier_dead_letters_total 3.0" in client.get("/metrics").text


def test_one_refusing_address_costs_the_other_neither_push_nor_repeat(
    redis_server: RedisProcess, webhook: Webhook, second_webhook: Webhook
) -> None:
    webhook.statuses = [500, 500, 500]
    with running(webhook, second_webhook) as client:
        redis_server.publish(opportunity())
        poll(lambda: states(client) == {"opp-1": "sent"})
    assert (len(webhook.received), len(second_webhook.received)) == (4, 1)


@pytest.mark.parametrize("manner", [None, "drip"])
def test_a_hanging_peer_blocks_neither_other_messages_nor_the_end(
    redis_server: RedisProcess, webhook: Webhook, second_webhook: Webhook, manner: str | None
) -> None:
    webhook.status = manner
    with running(webhook, second_webhook, NOTIFIER_SEND_DEADLINE="0.5", NOTIFIER_UNKNOWN="ask") as client:
        redis_server.publish(*(opportunity(f"opp-{number}") for number in range(6)))
        poll(lambda: len(second_webhook.received) == 6)
        assert client.get("/healthz").status_code == 200
        poll(redis_server.is_settled)
        poll(lambda: "unknown" in states(client).values())
        errors = {item["error"] for item in client.get("/notifications?state=unknown").json()["items"]}
        assert all(error.startswith("JSON (1): no answer") for error in errors)
    assert len(second_webhook.received) == 6
    assert len({body["id"] for body in webhook.received}) == len(webhook.received)


def test_a_peer_that_answers_429_is_left_alone_for_as_long_as_it_says(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.statuses, webhook.retry_after = [429], "2"
    with running(webhook, NOTIFIER_THROTTLE_PAUSE="60") as client:
        redis_server.publish(*(opportunity(f"opp-{number}", title=f"Deal {number}") for number in range(5)))
        poll(lambda: set(states(client).values()) == {"sent"})
    assert len(webhook.received) == 6  # the refused one, and each of the five once
    assert len(set(webhook.titles())) == 5
    assert webhook.times[1] - webhook.times[0] >= 2.0


@pytest.mark.parametrize(("unknown", "pushes"), [(None, 1), ("repeat", 2)])
def test_a_peer_that_cuts_the_connection_after_it_took_the_push_gets_it_again_only_where_it_knows_ids(
    redis_server: RedisProcess, webhook: Webhook, unknown: str | None, pushes: int
) -> None:
    webhook.status, known = "cut", {"NOTIFIER_UNKNOWN": unknown} if unknown else {}
    with running(webhook, NOTIFIER_UNKNOWN_PAUSE="0.2", **known) as client:
        redis_server.publish(opportunity())
        poll(lambda: states(client) == {"opp-1": "unknown"})
        (item,) = client.get("/notifications").json()["items"]
        assert item["error"] == f"JSON (1): {webhook.address} cut the connection after it was sent"
    assert len(webhook.received) == pushes
    assert len({body["id"] for body in webhook.received}) == 1


def test_a_peer_that_is_not_there_gets_everything_when_it_comes(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.pause()
    with running(webhook) as client:
        redis_server.publish(*(opportunity(f"opp-{number}") for number in range(3)))
        poll(lambda: any("refused the connection" in item["problem"] for item in client.get("/channels").json()["items"]))
        assert set(states(client).values()) == {"pending"}
        webhook.resume()
        poll(lambda: set(states(client).values()) == {"sent"})
    assert len(webhook.received) == 3


def test_what_one_channel_does_not_deliver_is_told_on_another(
    redis_server: RedisProcess, webhook: Webhook, second_webhook: Webhook
) -> None:
    webhook.status = "cut"
    with running(webhook, second_webhook, NOTIFIER_TELL_AFTER="0.1") as client:
        redis_server.publish(opportunity())
        poll(lambda: len(second_webhook.received) == 2)
        (broken,) = [each for each in client.get("/channels").json()["items"] if each["problem"]]
    assert second_webhook.received[1]["title"] == "Alerts to JSON (1) need a look"
    assert "May have arrived: Cordless drill kit, 20 V" in second_webhook.received[1]["message"]
    assert (broken["label"], broken["unknown"]) == ("JSON (1)", 1)
    assert len(webhook.received) == 1


def test_a_slow_peer_gets_a_push_once(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.status = "slow"  # half the deadline and more, which used to count as a failure
    with running(webhook, NOTIFIER_SEND_DEADLINE="3") as client:
        redis_server.publish(opportunity())
        poll(lambda: states(client) == {"opp-1": "sent"})
    assert len(webhook.received) == 1


def test_a_redis_outage_loses_nothing_and_kills_nothing(redis_server: RedisProcess, webhook: Webhook) -> None:
    with running(webhook) as client:
        redis_server.publish(opportunity())
        poll(lambda: states(client) == {"opp-1": "sent"})
        redis_server.stop()
        poll(lambda: "stream" in client.get("/readyz").json())
        assert client.get("/readyz").status_code == 200
        assert client.get("/dead").status_code == 503
        assert states(client) == {"opp-1": "sent"}
        redis_server.start()
        redis_server.publish(opportunity("opp-2"))
        poll(redis_server.is_settled)
        poll(lambda: len(webhook.received) == 2)
        assert "stream" not in client.get("/readyz").json()
    assert len(webhook.received) == 2


def test_redis_may_come_later_than_the_service(redis_server: RedisProcess, webhook: Webhook) -> None:
    redis_server.stop()
    with running(webhook) as client:
        poll(lambda: client.get("/readyz").status_code == 200)
        assert "stream" in client.get("/readyz").json()
        redis_server.start()
        redis_server.publish(opportunity())
        poll(redis_server.is_settled)
        poll(lambda: webhook.received)
    assert len(webhook.received) == 1


def test_pushes_go_on_while_redis_is_away(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.statuses = [500]
    with running(webhook, NOTIFIER_RETRY_BASE="2") as client:
        redis_server.publish(opportunity())
        poll(lambda: webhook.received)
        redis_server.stop()
        poll(lambda: states(client) == {"opp-1": "sent"})
    assert len(webhook.received) == 2


def test_what_was_stored_is_reported_and_acknowledged(redis_server: RedisProcess, webhook: Webhook) -> None:
    with running(webhook):
        redis_server.publish(opportunity(), opportunity("opp-2"))
        poll(redis_server.is_settled)
        stored: Any = redis_server.client.zrange(STORED, 0, -1)
        assert set(stored) == {b"opp-1", b"opp-2"}
    assert redis_server.client.xinfo_consumers(STREAM, GROUP) == []


def test_a_flushed_redis_gets_its_group_again_and_repeats_are_known(redis_server: RedisProcess, webhook: Webhook) -> None:
    with running(webhook):
        redis_server.publish(opportunity())
        poll(redis_server.is_settled)
        poll(lambda: webhook.received)
        redis_server.client.flushall()
        redis_server.publish(opportunity(), opportunity("opp-2"))
        poll(lambda: redis_server.client.xinfo_groups(STREAM) and redis_server.is_settled())
        poll(lambda: len(webhook.received) == 2)
    assert len(webhook.received) == 2


def test_what_a_dead_consumer_had_is_taken_over(redis_server: RedisProcess, webhook: Webhook) -> None:
    redis_server.publish(opportunity(), opportunity("opp-2"))
    redis_server.client.xgroup_create(STREAM, "notifier", id="0")
    redis_server.client.xreadgroup("notifier", "gone", {STREAM: ">"})
    assert redis_server.pending() == 2
    with running(webhook, NOTIFIER_CLAIM_IDLE="0.2"):
        poll(redis_server.is_settled)
        poll(lambda: len(webhook.received) == 2)
    assert len(webhook.received) == 2


def test_entries_deleted_while_pending_do_not_stay_pending(redis_server: RedisProcess, webhook: Webhook) -> None:
    redis_server.publish(opportunity(), opportunity("opp-2"))
    redis_server.client.xgroup_create(STREAM, "notifier", id="0")
    redis_server.client.xreadgroup("notifier", "gone", {STREAM: ">"})
    redis_server.client.xtrim(STREAM, maxlen=1, approximate=False)
    with running(webhook, NOTIFIER_CLAIM_IDLE="0.2"):
        poll(redis_server.is_settled)
        poll(lambda: webhook.received)
    assert len(webhook.received) == 1


def test_two_consumers_share_the_stream_and_send_each_opportunity_once(redis_server: RedisProcess, webhook: Webhook) -> None:
    wanted = [opportunity(f"opp-{number}", title=f"Deal {number}") for number in range(30)]
    with running(webhook, NOTIFIER_MAX_DAILY="none") as client, running(webhook, NOTIFIER_MAX_DAILY="none"):
        redis_server.publish(*wanted, *wanted)
        poll(lambda: list(states(client).values()) == ["sent"] * 30)
    assert len(webhook.received) == 30
    assert len(set(webhook.titles())) == 30


def test_a_test_push_names_no_address(redis_server: RedisProcess, webhook: Webhook, second_webhook: Webhook) -> None:
    second_webhook.status = 403
    second_webhook.url = f"json://somebody:s3cretpassword@{second_webhook.address}/hooktoken"
    with running(webhook, second_webhook) as client:
        answer = client.post("/test")
        good, bad = answer.json()["results"]
    assert (good["target"], good["sent"], bad["target"], bad["sent"]) == ("JSON (1)", True, "JSON (2)", False)
    assert "403" in bad["error"]
    assert not any(secret in answer.text for secret in ("s3cretpassword", "hooktoken", "somebody"))


def test_an_address_that_apprise_does_not_understand_is_reported_without_its_secret(redis_server: RedisProcess) -> None:
    with running(NOTIFY_URLS="bogus://topsecret") as client:
        answer = client.post("/test")
    assert answer.json()["results"] == [
        {"target": "bogus (1)", "sent": False, "outcome": "not-sent", "error": "Apprise does not understand this address"}
    ]
    assert "topsecret" not in answer.text


class Process:
    """The service as it really runs."""

    def __init__(self, hook: Webhook) -> None:
        environment = os.environ | {"NOTIFY_URLS": hook.url, "NOTIFIER_PORT": "0", "NOTIFIER_SEND_DEADLINE": "3"}
        environment |= {"NOTIFIER_LEASE": "1", "NOTIFIER_UNKNOWN_PAUSE": "0.5"}
        self.process = subprocess.Popen([sys.executable, "-m", "notifier"], env=environment, stdout=subprocess.DEVNULL)

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


def test_killed_in_the_middle_of_a_push_it_repeats_that_push_alone_under_its_id(
    redis_server: RedisProcess, webhook: Webhook
) -> None:
    webhook.statuses = [200, None]
    first = Process(webhook)
    redis_server.publish(opportunity("one"), opportunity("two"), opportunity("three"))
    poll(lambda: len(webhook.received) == 2)
    first.end(signal.SIGKILL)
    second = Process(webhook)
    poll(lambda: len(webhook.received) == 4)
    second.end(signal.SIGTERM)
    ids = [str(body["id"]) for body in webhook.received]
    assert ids.count(ids[1]) == 2  # had no answer: the peer may or may not have it
    assert len(set(ids)) == 3


def test_told_to_stop_while_a_peer_drips_it_ends_and_tells_of_the_push(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.status = "drip"
    service = Process(webhook)
    redis_server.publish(opportunity())
    poll(lambda: webhook.received)
    service.end(signal.SIGTERM)
    with running(webhook, NOTIFIER_UNKNOWN="ask", NOTIFIER_LEASE="1") as client:
        poll(lambda: states(client) in ({"opp-1": "unknown"}, {"opp-1": "pending"}))
    assert redis_server.pending() == 0
