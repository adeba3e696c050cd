"""Signed webhooks: what goes out, and what an answer means, with local receivers that refuse, hang, redirect and are gone."""

import asyncio
import json
import socket
import threading

import pytest

from common.deals import Opportunity
from common.errors import InvalidInputError
from notifier.channels.channel import ChannelRecord, ChannelSettings, Origin
from notifier.channels.sample import sample
from notifier.channels.signature import signed_headers
from notifier.channels.target_maker import TargetMaker
from notifier.channels.webhook_sender import WebhookManner, WebhookTarget
from notifier.message import Push, push_of
from notifier.message import test_push as a_test
from notifier.notification import Outcome, Sent
from notifier.posting import Posting
from notifier.settings import Settings
from tests.integration.notifier.answering_peers import answering

# One of the modules that apprise imports wants something of the standard library that Python 3.13 drops.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = 1_800_000_000.0
PUSH = push_of(sample(), "3dff33fb-7cb4-58e1-a524-042de366e147")


def target(address: str, deadline: float = 3.0) -> WebhookTarget:
    return WebhookTarget(
        "Hook", "0123456789abcdef", f"http://{address}/a-secret-path", SECRET, WebhookManner(Posting(deadline, 30.0), lambda: NOW)
    )


def send(address: str, push: Push = PUSH, deadline: float = 3.0) -> Sent:
    return asyncio.run(target(address, deadline).send(push))


def test_a_push_is_signed_under_its_id_and_holds_the_whole_opportunity() -> None:
    with answering(200) as peer:
        assert send(peer.address).is_sent
        assert send(peer.address).is_sent
    (path, first, body), (_, again, _) = peer.seen
    assert path == "/a-secret-path"
    assert first["webhook-id"] == again["webhook-id"] == PUSH.id
    expected = signed_headers(SECRET, PUSH.id, NOW, body)
    assert {name: first[name] for name in expected} == expected
    told = json.loads(body)
    assert (told["type"], told["timestamp"]) == ("opportunity.found", "2027-01-15T08:00:00Z")
    assert Opportunity.model_validate(told["data"]).deal.price == 99.0
    assert SECRET not in body.decode()


def test_a_test_and_a_notice_are_told_from_a_deal() -> None:
    with answering(204) as peer:
        assert send(peer.address, a_test()).is_sent
    assert json.loads(peer.seen[0][2])["type"] == "notice"


@pytest.mark.parametrize(
    ("status", "outcome", "words"),
    [
        (200, Outcome.SENT, ""),
        (400, Outcome.REFUSED, "400 from ADDRESS: no such field"),
        (401, Outcome.NOT_SENT, "401 from ADDRESS: no such field"),
        (302, Outcome.NOT_SENT, "302 from ADDRESS: redirects are not followed"),
        (410, Outcome.NOT_SENT, "410 from ADDRESS: it wants no more"),
        (500, Outcome.NOT_SENT, "500 from ADDRESS"),
        (504, Outcome.UNKNOWN, "504 from ADDRESS"),
    ],
)
def test_what_an_answer_means(status: int, outcome: Outcome, words: str) -> None:
    with answering(status, {"error": "no such field"}, Location="http://127.0.0.1:1/") as peer:
        sent = send(peer.address)
        assert len(peer.seen) == 1
    assert sent.outcome is outcome
    assert sent.error.startswith(words.replace("ADDRESS", peer.address))


@pytest.mark.parametrize(("status", "asked", "wait"), [(429, "90", 90.0), (429, "", 30.0), (503, "5", 5.0), (503, "", 0.0)])
def test_a_receivers_retry_after_is_respected(status: int, asked: str, wait: float) -> None:
    with answering(status, **({"Retry_After": asked} if asked else {})) as peer:
        assert send(peer.address).wait == wait


def test_a_receiver_that_is_gone_is_told_to_whoever_asks() -> None:
    told = []

    async def gone(words: str) -> None:
        told.append(words)

    with answering(410, {"error": "unsubscribed"}) as peer:
        made = target(peer.address)
        made.gone = gone
        asyncio.run(made.send(PUSH))
    assert told == [f"410 from {peer.address}: it wants no more; unsubscribed"]


def test_an_answer_that_quotes_path_or_secret_is_masked_and_one_without_end_is_cut() -> None:
    with answering(401, {"error": f"a-secret-path with {SECRET}"}) as peer:
        assert send(peer.address).error == f"401 from {peer.address}: **** with ****"
    with answering(500, b"x" * 3_000_000) as peer:
        assert send(peer.address).error == f"500 from {peer.address}: it says no more"


def test_nobody_there_is_not_sent_and_silence_is_unknown() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        refused = send(address)
        assert (refused.outcome, refused.error) == (Outcome.NOT_SENT, f"{address} refused the connection")
        silent.listen(1)
        held: list[socket.socket] = []
        threading.Thread(target=lambda: held.append(silent.accept()[0]), daemon=True).start()
        hung = send(address, deadline=0.5)
        assert (hung.outcome, hung.error) == (Outcome.UNKNOWN, f"no answer from {address} within 0.5 s")
        for each in held:
            each.close()


@pytest.mark.parametrize(
    ("address", "secret", "field"),
    [
        ("webhook+https://", SECRET, "address"),
        ("webhook+https://h.example:99999/x", SECRET, "address"),
        ("webhook+https://joe:pass@h.example/x", SECRET, "address"),
        ("webhook+https://h.example/x", "hunter2", "secret"),
        ("zzz://abc", "", "address"),
        ("pover://x", "", "address"),
        ("just words", "", "address"),
        ("ntfy://h.example/mum,dad", "", "address"),
        ("ntfy://h.example/mum", SECRET, "secret"),
        ("discord://x", "", "address"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_with_a_reason(address: str, secret: str, field: str) -> None:
    record = ChannelRecord("0123456789abcdef", Origin.OWN, "Phone", address, secret, ChannelSettings())
    with pytest.raises(InvalidInputError) as caught:
        asyncio.run(TargetMaker(Settings(), lambda: NOW).make(record))
    assert caught.value.field == field
    assert not [each for each in ("hunter2", "joe", "pass@", SECRET) if each in str(caught.value)]
