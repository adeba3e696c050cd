"""From the Redis stream to a webhook through Apprise, with peers that refuse, hang, throttle or go away."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient

from common.deals import DEAD_STREAM, STREAM
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
            poll(lambda: client.get("/readyz").status_code == 200 or environment.get("MAY_WAIT"))
            yield client


def states(client: TestClient) -> dict[str, str]:
    return {item["id"]: item["state"] for item in client.get("/notifications?limit=200").json()["items"]}


def test_an_opportunity_reaches_the_webhook_once_and_is_acknowledged(redis_server: RedisProcess, webhook: Webhook) -> None:
    with running(webhook) as client:
        redis_server.publish(opportunity(), opportunity(), opportunity("opp-2"))
        poll(redis_server.is_settled)
        assert states(client) == {"opp-1": "sent", "opp-2": "sent"}
    assert len(webhook.received) == 2
    assert webhook.received[0]["title"] == "$59.99: Cordless drill kit, 20 V"
    assert "https://shop.example/drill?a=1&b=2" in webhook.received[0]["message"]
    assert "$98.00 to $171.25" in webhook.received[0]["message"]


def test_what_was_published_before_the_first_start_is_delivered(redis_server: RedisProcess, webhook: Webhook) -> None:
    redis_server.publish(opportunity())
    with running(webhook):
        poll(redis_server.is_settled)
    assert len(webhook.received) == 1


def test_without_addresses_it_is_logged_and_listed(redis_server: RedisProcess) -> None:
    with running() as client:
        redis_server.publish(opportunity())
        poll(redis_server.is_settled)
        assert states(client) == {"opp-1": "logged"}
        assert "NOTIFY_URLS" in client.post("/test").json()["detail"]


def test_a_restart_sends_nothing_again(redis_server: RedisProcess, webhook: Webhook) -> None:
    for _ in range(3):
        with running(webhook):
            redis_server.publish(opportunity(), opportunity("opp-2"))
            poll(redis_server.is_settled)
    assert len(webhook.received) == 2


def test_errors_of_the_peer_are_retried_until_it_takes_the_push(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.statuses = [500, 502, 500]
    with running(webhook) as client:
        redis_server.publish(opportunity())
        poll(redis_server.is_settled)
        (item,) = client.get("/notifications").json()["items"]
        assert (item["state"], item["attempts"]) == ("sent", 4)
        assert "notifier_retries_total 3.0" in client.get("/metrics").text


def test_an_exhausted_opportunity_is_buried_and_can_be_replayed(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.status = 500
    with running(webhook, NOTIFIER_ATTEMPTS="2") as client:
        redis_server.publish(opportunity())
        poll(lambda: redis_server.client.xlen(DEAD_STREAM) == 1)
        (letter,) = client.get("/dead").json()["items"]
        assert letter["reason"].startswith("exhausted")
        assert letter["opportunity"]["id"] == "opp-1"
        assert states(client) == {"opp-1": "failed"}
        assert redis_server.pending() == 0
        webhook.status = 200
        assert client.post(f"/dead/{letter['id']}/replay").status_code == 202
        poll(lambda: states(client) == {"opp-1": "sent"})
        assert client.get("/dead").json() == {"items": [], "next": None}
    assert len(webhook.received) == 3


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
        assert client.post(f"/dead/{first['id']}/replay").status_code == 202
        poll(lambda: {item["id"] for item in client.get("/dead").json()["items"]} - {first["id"], second["id"]})
        assert "notifier_dead_letters_total 3.0" in client.get("/metrics").text


def test_one_refusing_address_costs_the_other_neither_push_nor_repeat(
    redis_server: RedisProcess, webhook: Webhook, second_webhook: Webhook
) -> None:
    webhook.statuses = [500, 500, 500]
    with running(webhook, second_webhook):
        redis_server.publish(opportunity())
        poll(redis_server.is_settled)
    assert (len(webhook.received), len(second_webhook.received)) == (4, 1)


@pytest.mark.parametrize("manner", [None, "drip"])
def test_a_hanging_peer_blocks_neither_other_messages_nor_the_end(
    redis_server: RedisProcess, webhook: Webhook, second_webhook: Webhook, manner: str | None
) -> None:
    webhook.status = manner
    with running(webhook, second_webhook, NOTIFIER_SEND_DEADLINE="0.5", NOTIFIER_ATTEMPTS="2") as client:
        redis_server.publish(*(opportunity(f"opp-{number}") for number in range(6)))
        poll(lambda: len(second_webhook.received) == 6)
        assert client.get("/healthz").status_code == 200
        poll(redis_server.is_settled)
        assert set(states(client).values()) == {"failed"}
        errors = {item["error"] for item in client.get("/notifications").json()["items"]}
        assert all(error.startswith("JSON (1): ") for error in errors)
    assert len(second_webhook.received) == 6


def test_a_peer_that_answers_429_is_left_alone_and_then_gets_everything(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.statuses = [429]
    with running(webhook, NOTIFIER_ATTEMPTS="2", NOTIFIER_THROTTLE_PAUSE="1"):
        redis_server.publish(*(opportunity(f"opp-{number}", title=f"Deal {number}") for number in range(5)))
        poll(redis_server.is_settled)
    assert len(webhook.received) == 6  # the refused one, and each of the five once
    assert len(set(webhook.titles())) == 5


def test_a_redis_outage_loses_nothing_and_kills_nothing(redis_server: RedisProcess, webhook: Webhook) -> None:
    with running(webhook) as client:
        redis_server.publish(opportunity())
        poll(redis_server.is_settled)
        redis_server.stop()
        poll(lambda: client.get("/readyz").status_code == 503)
        assert client.get("/dead").status_code == 503
        assert states(client) == {"opp-1": "sent"}
        redis_server.start()
        redis_server.publish(opportunity("opp-2"))
        poll(redis_server.is_settled)
        assert client.get("/readyz").status_code == 200
    assert len(webhook.received) == 2


def test_redis_may_come_later_than_the_service(redis_server: RedisProcess, webhook: Webhook) -> None:
    redis_server.stop()
    with running(webhook, MAY_WAIT="yes") as client:
        assert "stream" in client.get("/readyz").json()["detail"]
        redis_server.start()
        redis_server.publish(opportunity())
        poll(redis_server.is_settled)
    assert len(webhook.received) == 1


def test_an_outcome_reached_while_redis_is_away_is_settled_when_it_is_back(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.status = None
    with running(webhook, NOTIFIER_SEND_DEADLINE="30") as client:
        redis_server.publish(opportunity())
        poll(lambda: webhook.received)
        redis_server.stop()
        webhook.close()  # lets go of the push: the peer's answer is lost, another attempt meets no peer
        poll(lambda: states(client) == {"opp-1": "failed"})
        redis_server.start()
        poll(redis_server.is_settled)
    assert redis_server.client.xlen(DEAD_STREAM) == 1


def test_a_flushed_redis_gets_its_group_again_and_repeats_are_known(redis_server: RedisProcess, webhook: Webhook) -> None:
    with running(webhook):
        redis_server.publish(opportunity())
        poll(redis_server.is_settled)
        redis_server.client.flushall()
        redis_server.publish(opportunity(), opportunity("opp-2"))
        poll(lambda: redis_server.client.xinfo_groups(STREAM) and redis_server.is_settled())
    assert len(webhook.received) == 2


def test_what_a_dead_consumer_had_is_taken_over(redis_server: RedisProcess, webhook: Webhook) -> None:
    redis_server.publish(opportunity(), opportunity("opp-2"))
    redis_server.client.xgroup_create(STREAM, "notifier", id="0")
    redis_server.client.xreadgroup("notifier", "gone", {STREAM: ">"})
    assert redis_server.pending() == 2
    with running(webhook, NOTIFIER_CLAIM_IDLE="0.2"):
        poll(redis_server.is_settled)
    assert len(webhook.received) == 2


def test_its_own_pending_entries_come_first_after_a_restart(redis_server: RedisProcess, webhook: Webhook) -> None:
    redis_server.publish(opportunity())
    redis_server.client.xgroup_create(STREAM, "notifier", id="0")
    redis_server.client.xreadgroup("notifier", "notifier-1", {STREAM: ">"})
    with running(webhook, NOTIFIER_CLAIM_IDLE="3600"):
        poll(redis_server.is_settled)
    assert len(webhook.received) == 1


def test_entries_deleted_while_pending_do_not_stay_pending(redis_server: RedisProcess, webhook: Webhook) -> None:
    redis_server.publish(opportunity(), opportunity("opp-2"))
    redis_server.client.xgroup_create(STREAM, "notifier", id="0")
    redis_server.client.xreadgroup("notifier", "notifier-1", {STREAM: ">"})
    redis_server.client.xtrim(STREAM, maxlen=1, approximate=False)
    with running(webhook):
        poll(redis_server.is_settled)
    assert len(webhook.received) == 1


def test_two_consumers_share_the_stream_and_send_each_opportunity_once(redis_server: RedisProcess, webhook: Webhook) -> None:
    wanted = [opportunity(f"opp-{number}", title=f"Deal {number}") for number in range(30)]
    with running(webhook, NOTIFIER_CONSUMER="one"), running(webhook, NOTIFIER_CONSUMER="two"):
        redis_server.publish(*wanted, *wanted)
        poll(redis_server.is_settled)
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
    assert answer.json()["results"] == [{"target": "bogus (1)", "sent": False, "error": "Apprise does not understand this address"}]
    assert "topsecret" not in answer.text


class Process:
    """The service as it really runs."""

    def __init__(self, hook: Webhook) -> None:
        environment = os.environ | {"NOTIFY_URLS": hook.url, "NOTIFIER_PORT": "0", "NOTIFIER_SEND_DEADLINE": "3"}
        self.process = subprocess.Popen([sys.executable, "-m", "notifier"], env=environment, stdout=subprocess.DEVNULL)

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


def test_killed_in_the_middle_of_a_push_it_delivers_after_the_restart(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.statuses = [None]
    first = Process(webhook)
    redis_server.publish(opportunity())
    poll(lambda: len(webhook.received) == 1)
    first.end(signal.SIGKILL)
    assert redis_server.pending() == 1
    second = Process(webhook)
    poll(redis_server.is_settled)
    second.end(signal.SIGTERM)
    assert len(webhook.received) == 2  # the first had no answer: the peer may or may not have it


def test_told_to_stop_while_a_peer_drips_it_ends(redis_server: RedisProcess, webhook: Webhook) -> None:
    webhook.status = "drip"
    service = Process(webhook)
    redis_server.publish(opportunity())
    poll(lambda: webhook.received)
    service.end(signal.SIGTERM)
    assert redis_server.pending() == 1
