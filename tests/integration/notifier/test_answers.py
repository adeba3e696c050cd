"""That a test says exactly what went wrong, in the service's own words, without the secrets; and marks of a push on the wire."""

import asyncio
import io
import json
import logging
import socket
import ssl
from typing import Any

import pytest
from structlog.testing import capture_logs

from notifier.channels.answer_words import connection_words, words_in
from notifier.channels.marks import Marks
from notifier.channels.sample import sample
from notifier.message import Push, push_of
from notifier.notification import Outcome, Sent
from notifier.push_sender import AppriseTarget, Manner, named_target
from pricer.local.ports import free_port
from tests.integration.notifier.answering_peers import answering
from tests.integration.notifier.test_push_sender import mail_server

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
PUSH = Push("Title", "Body", "3dff33fb-7cb4-58e1-a524-042de366e147")
BOT = "123456789:abcdefghijklmnopqrstuvwxyz123456789"


def target(url: str, sound: str = "") -> AppriseTarget:
    return named_target("Phone", "0123456789abcdef", url, Manner(5.0, 30.0), sound)


def send(url: str, push: Push = PUSH) -> Sent:
    return asyncio.run(target(url).send(push))


def elsewhere(url: str, attribute: str, address: str) -> Sent:
    """Send through a service whose own host is replaced by a local peer's."""
    made = target(url)
    service: Any = made._service
    was = getattr(type(service), attribute)
    setattr(service, attribute, f"http://{address}/" + was.split("/", 3)[-1] if "/" in was else was)
    return asyncio.run(made.send(PUSH))


def test_pushovers_words_are_told_and_neither_key_nor_token() -> None:
    said = {"token": "invalid", "errors": ["application token is invalid, see https://pushover.net/api"], "status": 0}
    with answering(400, said) as peer:
        sent = elsewhere(f"pover://{'u' * 30}@{'a' * 30}", "notify_url", peer.address)
    assert sent.error.startswith(f"400 from {peer.address}: application token is invalid")
    assert sent.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (401, {"code": 40101, "http": 401, "error": "unauthorized", "link": "https://ntfy.sh/docs"}, "unauthorized"),
        (
            403,
            {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"},
            "Forbidden: bot was blocked",
        ),
        (401, {"message": "Invalid Webhook Token", "code": 50027}, "Invalid Webhook Token"),
        (401, {"error": "Unauthorized", "errorCode": 401, "errorDescription": "you need to provide a valid token"}, "you need to"),
        (404, {"error": {"message": "no such channel", "code": 1}}, "no such channel"),
        (500, b"<html><head><title>x</title></head><body><h1>Bad day</h1></body></html>", "Bad day"),
        (403, b"invalid_token", "invalidˍtoken"),
        (401, b"", "Unauthorized"),
        (418, b"\x00\xff\xfe", "I'm a Teapot"),
    ],
)
def test_what_services_say_is_told_with_status_and_host(status: int, said: object, words: str) -> None:
    with answering(status, said) as peer:
        sent = send(f"ntfy://{peer.address}/a-topic")
    assert sent.error.startswith(f"{status} from {peer.address}: {words}")
    assert "a-topic" not in sent.error


def test_a_service_that_quotes_the_secret_is_masked_and_bounded() -> None:
    with answering(403, {"message": "topic my-secret-topic of user joe: pass-word! " + "x" * 5000}) as peer:
        sent = send(f"ntfy://joe:pass-word%21@{peer.address}/my-secret-topic")
    assert "my-secret-topic" not in sent.error
    assert "pass-word" not in sent.error
    assert len(sent.error) <= 300


def test_an_endless_answer_is_cut_off() -> None:
    with answering(500, b"y" * 5_000_000) as peer:
        sent = send(f"json://{peer.address}/x")
    assert sent.error.startswith(f"500 from {peer.address}: yyy")


def test_nobody_there_no_name_and_no_tls_are_told_in_words() -> None:
    port = free_port()
    assert send(f"json://127.0.0.1:{port}/x").error == f"127.0.0.1:{port} refused the connection"
    assert send("json://nobody.invalid/x").error == "the name nobody.invalid cannot be resolved"
    assert send(f"mailto://127.0.0.1:{port}?from=a@a.example&to=b@b.example&mode=insecure").error.endswith("refused the connection")
    with answering() as peer:
        assert send(f"jsons://{peer.address}/x").error.startswith(f"no TLS with {peer.address}: ")


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (TimeoutError("timed out"), "no connection to h:1 in time"),
        (ConnectionRefusedError(111, "Connection refused"), "h:1 refused the connection"),
        (socket.gaierror(-2, "Name or service not known"), "the name h cannot be resolved"),
        (ssl.SSLError("nothing is known of it"), "no TLS with h:1: it failed"),
        (OSError(113, "No route to host"), "no connection to h:1: no route to host"),
        (None, "no connection to h:1"),
    ],
)
def test_each_way_to_have_no_connection_has_words(cause: BaseException | None, words: str) -> None:
    assert connection_words("h:1", cause) == words


def test_an_answer_that_nests_without_end_says_nothing() -> None:
    assert words_in(b"[" * 8000) == "(" * 999 + "…" or words_in(b"[" * 8000) == ""


@pytest.mark.parametrize(("last_word", "words"), [(b"554 5.7.1 no such user here", "554 from 127.0.0.1: 5.7.1 no such user here")])
def test_a_mail_servers_words_are_told(last_word: bytes, words: str) -> None:
    with mail_server(last_word) as server:
        sent = send(f"mailto://127.0.0.1:{server.server_address[1]}?from=a@a.example&to=b@b.example&mode=insecure")
    assert sent.error == words


def test_a_mail_server_that_knows_no_such_password_says_so() -> None:
    with mail_server(b"250 taken") as server:
        server.login_word = b"535 5.7.8 Authentication failed"
        sent = send(f"mailto://joe:wrong-pass@127.0.0.1:{server.server_address[1]}?from=a@a.example&to=b@b.example&mode=insecure")
    assert sent.error == "535 from 127.0.0.1: 5.7.8 Authentication failed"
    assert sent.outcome is Outcome.NOT_SENT


def test_apprise_logs_nothing_of_an_address_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)  # as common.logs has one
    logging.root.addHandler(handler)
    with answering(403, {"message": "no"}) as peer, capture_logs() as logs:
        send(f"ntfy://{peer.address}/my-secret-topic")
    logging.root.removeHandler(handler)
    told = capsys.readouterr()
    assert "my-secret-topic" not in told.out + told.err + written.getvalue() + str(logs)


def marked(url: str, **push: object) -> Any:
    made = target(url)
    made._marks.put(Push("t", "b", link="https://shop.example/x%20y", **push))  # type: ignore[arg-type]
    return made._service


@pytest.mark.parametrize(
    ("priority", "pushover", "ntfy", "gotify", "mail"),
    [("low", -1, "low", 1, "5"), ("normal", 0, "default", 5, None), ("high", 1, "high", 8, "2"), ("urgent", 2, "max", 10, "1")],
)
def test_a_priority_is_put_as_each_service_has_it(priority: str, pushover: int, ntfy: str, gotify: int, mail: str | None) -> None:
    assert marked(f"pover://{'u' * 30}@{'a' * 30}", priority=priority).priority == pushover
    assert marked("ntfy://h.example/t", priority=priority).priority == ntfy
    assert marked("gotify://h.example/token", priority=priority).priority == gotify
    assert marked("mailto://u:p@h.example?to=a@a.example", priority=priority).headers.get("X-Priority") == mail
    assert marked(f"tgram://{BOT}/42", priority=priority).silent is (priority == "low")


def test_what_the_address_says_of_priority_and_link_counts_for_what_a_push_leaves_open() -> None:
    assert marked("ntfy://h.example/t?priority=high", priority="normal").priority == "high"
    assert marked("ntfy://h.example/t?click=https://own.example", priority="normal").click == "https://own.example"
    urgent = marked(f"pover://{'u' * 30}@{'a' * 30}", priority="urgent")
    assert (urgent.interval, urgent.expire, urgent.supplemental_url) == (60, 1800, "https://shop.example/x%20y")
    assert target(f"pover://{'u' * 30}@{'a' * 30}", "bike")._service.sound == "bike"
    Marks(urgent).put(Push("t", "b"))


def test_the_shops_link_is_what_a_tap_on_ntfy_opens_and_an_urgent_push_is_so_on_the_wire() -> None:
    urgent = push_of(sample().model_copy(update={"priority": "urgent"}), PUSH.id)
    deal = sample().deal.model_copy(update={"url": "https://shop.example/100%25?q=a%20b"})
    escaped = push_of(sample().model_copy(update={"deal": deal}), PUSH.id)
    with answering() as peer:
        for push in (urgent, escaped):
            assert send(f"ntfy://{peer.address}/t", push).is_sent
    (_, first, _), (_, second, _) = peer.seen
    assert (first["x-priority"], first["x-click"]) == ("max", "https://shop.example/drill")
    assert second["x-click"] == "https://shop.example/100%25?q=a%20b"
    assert "x-priority" not in second


def test_a_json_peer_gets_title_and_body_as_they_are() -> None:
    with answering() as peer:
        assert send(f"json://{peer.address}/x", push_of(sample(), PUSH.id)).is_sent
    assert json.loads(peer.seen[0][2])["title"] == "Acme Drill Driver Kit"
