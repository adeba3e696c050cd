"""What Apprise's yes or no means, by what went on the wire: sent, not sent, refused, or unknown; and the push's id on its way."""

import asyncio
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from notifier.exchange import Call, Exchange, _identify
from notifier.message import Push
from notifier.notification import OnUnknown, Outcome, Sent
from notifier.push_sender import AppriseTarget, targets_of
from tests.integration.notifier.peers import Webhook

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
PUSH = Push("Title", "Body", "3dff33fb-7cb4-58e1-a524-042de366e147")


def target_of(url: str, deadline: float = 3.0) -> AppriseTarget:
    (target,) = targets_of([url], deadline=deadline, throttle_pause=30.0, on_unknown=OnUnknown.REPEAT)
    return target


def send(url: str, deadline: float = 3.0) -> Sent:
    return asyncio.run(target_of(url, deadline).send(PUSH))


@pytest.mark.parametrize(
    ("status", "outcome", "error"),
    [
        (200, Outcome.SENT, ""),
        (204, Outcome.SENT, ""),
        (400, Outcome.REFUSED, "HTTP 400 Bad Request"),
        (413, Outcome.REFUSED, "HTTP 413"),
        (401, Outcome.NOT_SENT, "HTTP 401 Unauthorized"),
        (404, Outcome.NOT_SENT, "HTTP 404 Not Found"),
        (500, Outcome.NOT_SENT, "HTTP 500 Internal Server Error"),
        (503, Outcome.NOT_SENT, "HTTP 503 Service Unavailable"),
        ("cut", Outcome.UNKNOWN, "the connection was cut after it was sent"),
        ("short", Outcome.UNKNOWN, "the connection was cut after it was sent"),
        (None, Outcome.UNKNOWN, "no answer in time after it was sent"),
    ],
)
def test_an_answer_is_told_from_silence(webhook: Webhook, status: int | str | None, outcome: Outcome, error: str) -> None:
    webhook.status = status
    sent = send(webhook.url, 1.0)
    assert sent.outcome is outcome
    assert sent.error.startswith(error)
    assert len(webhook.received) == 1


def test_a_peer_that_drips_its_answer_is_unknown(webhook: Webhook) -> None:
    webhook.status = "drip"
    assert send(webhook.url, 1.0).outcome is Outcome.UNKNOWN


def test_nobody_there_is_not_sent(webhook: Webhook) -> None:
    webhook.pause()
    sent = send(webhook.url)
    webhook.resume()
    assert (sent.outcome, sent.error.partition(" · ")[0]) == (Outcome.NOT_SENT, "no connection (NewConnectionError)")


def test_a_name_that_nobody_has_is_not_sent() -> None:
    assert send("json://nobody.invalid/hook").outcome is Outcome.NOT_SENT


def test_a_peer_that_speaks_no_tls_is_not_sent(webhook: Webhook) -> None:
    assert send(f"jsons://{webhook.address}/hook").outcome is Outcome.NOT_SENT
    assert webhook.received == []


@pytest.mark.parametrize(("header", "wait"), [("5", 5.0), ("", 30.0), ("90", 90.0), ("soon", 30.0)])
def test_a_peers_retry_after_is_read(webhook: Webhook, header: str, wait: float) -> None:
    webhook.status, webhook.retry_after = 429, header
    sent = send(webhook.url)
    assert (sent.outcome, sent.wait) == (Outcome.NOT_SENT, wait)


def test_a_push_bears_its_id(webhook: Webhook) -> None:
    send(webhook.url)
    assert webhook.received[0]["id"] == PUSH.id


def test_requests_of_others_bear_no_id(webhook: Webhook) -> None:
    send(webhook.url)
    requests.post(f"http://{webhook.address}/other", json={"title": "not a push"}, timeout=5)
    assert webhook.received[1]["id"] is None


def test_where_one_of_two_recipients_took_it_nobody_repeats_it_for_long(webhook: Webhook) -> None:
    webhook.statuses = [200, 500]
    sent = send(f"ntfy://{webhook.address}/first/second", 12.0)  # Apprise leaves ntfy alone for 5.5 s in between
    assert len(webhook.received) == 2
    assert sent.outcome is Outcome.UNKNOWN


def test_an_earlier_yes_at_another_place_is_a_login() -> None:
    login, refused = Call("POST http://a/login", status=200), Call("POST http://a/send", status=500)
    assert not Exchange("id", [login, refused]).may_have_arrived
    assert Exchange("id", [Call("POST http://a/send", status=200), refused]).may_have_arrived


def test_discord_gets_a_nonce_that_it_enforces() -> None:
    request = requests.Request("POST", "https://discord.com/api/webhooks/1/x", json={"content": "Body"}).prepare()
    _identify(request, PUSH.id)
    again = requests.Request("POST", "https://discord.com/", data=request.body).prepare()
    assert b'"nonce": "3dff33fb7cb458e1a524042de"' in (again.body or b"")  # type: ignore[operator]
    assert b'"enforce_nonce": true' in (again.body or b"")  # type: ignore[operator]
    assert request.headers["Content-Length"] == str(len(request.body or b""))


def test_ntfy_gets_a_sequence_id() -> None:
    request = requests.Request("POST", "https://ntfy.sh/", json={"topic": "a"}).prepare()
    _identify(request, PUSH.id)
    assert request.headers["X-Sequence-ID"] == PUSH.id.replace("-", "")


@pytest.mark.parametrize("option", ["?unknown=ask", "?method=post&unknown=ask", "?unknown=ask&method=post"])
def test_an_address_can_say_what_to_do_with_a_push_that_may_have_arrived(option: str) -> None:
    target = target_of(f"json://127.0.0.1:9/hook{option}")
    assert target.on_unknown is OnUnknown.ASK
    plain = "json://127.0.0.1:9/hook" + ("?method=post" if "method" in option else "")
    assert target.key == target_of(plain).key
    assert target_of(plain).on_unknown is OnUnknown.REPEAT


def test_short_pieces_of_an_address_are_masked_in_complaints() -> None:
    target = target_of("tgram://123456789:abcdefghijklmnopqrstuvwxyz123456789/4242")
    assert (
        target._masked("Failed sending Telegram:4242 notification, 4242420") == "Failed sending Telegram:**** notification, 4242420"
    )


class Mail(socketserver.ThreadingTCPServer):
    """An SMTP server that takes a message and then says what it is told, or hangs up."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, last_word: bytes | None) -> None:
        self.last_word, self.messages = last_word, list[str]()
        super().__init__(("127.0.0.1", 0), MailSession)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class MailSession(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Mail)
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                server.messages.append("".join(text.decode() for text in iter(self.rfile.readline, b".\r\n")))
                if server.last_word is None:
                    return
                self.wfile.write(server.last_word + b"\r\n")
            elif line.upper().startswith(b"QUIT"):
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@contextmanager
def mail_server(last_word: bytes | None) -> Iterator[Mail]:
    server = Mail(last_word)
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("last_word", "outcome"),
    [(b"250 taken", Outcome.SENT), (b"554 no", Outcome.REFUSED), (b"451 later", Outcome.NOT_SENT), (None, Outcome.UNKNOWN)],
)
def test_mail_bears_the_id_as_its_message_id_and_a_cut_is_told_from_a_no(last_word: bytes | None, outcome: Outcome) -> None:
    with mail_server(last_word) as server:
        port = server.server_address[1]
        sent = send(f"mailto://127.0.0.1:{port}?from=a@a.example&to=b@b.example&mode=insecure")
    assert (sent.outcome, len(server.messages)) == (outcome, 1)
    assert server.messages[0].lower().count("message-id:") == 1
    assert f"Message-ID: <{PUSH.id}@notifier>" in server.messages[0]
