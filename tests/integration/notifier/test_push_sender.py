"""What Apprise's yes or no means, by what went on the wire: sent, not sent, refused, or unknown; and the push's id on its way."""

import asyncio
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from notifier.channels.secrecy import masked, secrets_of
from notifier.exchange import Call, Exchange
from notifier.message import Push
from notifier.notification import OnUnknown, Outcome, Sent
from notifier.push_sender import AppriseTarget, Manner, targets_of
from notifier.wire import _identify
from tests.integration.notifier.peers import Webhook

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
PUSH = Push("Title", "Body", "3dff33fb-7cb4-58e1-a524-042de366e147")


def target_of(url: str, deadline: float = 3.0) -> AppriseTarget:
    (target,) = targets_of([url], Manner(deadline, 30.0))
    return target


def send(url: str, deadline: float = 3.0) -> Sent:
    return asyncio.run(target_of(url, deadline).send(PUSH))


@pytest.mark.parametrize(
    ("status", "outcome", "error"),
    [
        (200, Outcome.SENT, ""),
        (204, Outcome.SENT, ""),
        (400, Outcome.REFUSED, "400 from 127.0.0.1:"),
        (413, Outcome.REFUSED, "413 from 127.0.0.1:"),
        (401, Outcome.NOT_SENT, "401 from 127.0.0.1:"),
        (404, Outcome.NOT_SENT, "404 from 127.0.0.1:"),
        (500, Outcome.NOT_SENT, "500 from 127.0.0.1:"),
        (502, Outcome.NOT_SENT, "502 from 127.0.0.1:"),
        (503, Outcome.NOT_SENT, "503 from 127.0.0.1:"),
        (504, Outcome.UNKNOWN, "504 from 127.0.0.1:"),
        (524, Outcome.UNKNOWN, "524 from 127.0.0.1:"),
        ("cut", Outcome.UNKNOWN, "127.0.0.1:"),
        ("short", Outcome.UNKNOWN, "127.0.0.1:"),
        (None, Outcome.UNKNOWN, "no answer from 127.0.0.1:"),
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
    assert (sent.outcome, sent.error) == (Outcome.NOT_SENT, f"{webhook.address} refused the connection")


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


def test_each_topic_of_an_address_gets_a_push_once_whatever_becomes_of_the_others(webhook: Webhook) -> None:
    """Together, with Apprise's pauses between them, they would need longer than the deadline."""
    webhook.statuses = [500, 200, 200, 429, 200]
    targets = targets_of([f"ntfy://{webhook.address}/mum,dad,anna,ben,cleo"], Manner(3.0, 30.0))
    sent = [asyncio.run(target.send(PUSH)) for target in targets]
    assert [body["topic"] for body in webhook.received] == ["mum", "dad", "anna", "ben", "cleo"]
    assert [each.outcome for each in sent] == [Outcome.NOT_SENT, Outcome.SENT, Outcome.SENT, Outcome.NOT_SENT, Outcome.SENT]
    assert [target.label for target in targets] == [f"ntfy (1.{place})" for place in range(1, 6)]
    assert len({target.key for target in targets}) == 5


BOT = "tgram://123456789:abcdefghijklmnopqrstuvwxyz123456789"


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("ntfy://ntfy.example/mum", 1),
        ("ntfy://ntfy.example/mum/dad", 2),
        ("ntfy://ntfy.example/mum, dad/anna", 3),
        ("ntfy://ntfy.example/mum/mum", 1),
        (f"{BOT}/4242", 1),
        (f"{BOT}/4242/-1004242/@deals", 3),
        ("mailto://u:p@mail.example?to=a@a.example,b@b.example", 2),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#one/#two", 2),
        ("matrix://u:p@matrix.example/#one/#two", 2),
        (f"pover://{'u' * 30}@{'a' * 30}/phone/tablet", 1),  # one request for both
        ("json://hook.example/a/b", 1),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", 1),
    ],
)
def test_each_recipient_that_gets_a_request_of_its_own_is_a_channel_of_its_own(url: str, count: int) -> None:
    targets = targets_of([url], Manner(3.0, 30.0))
    assert len({target.key for target in targets}) == count
    assert [target.key for target in targets] == [target.key for target in targets_of([url + "?unknown=ask"], Manner(3.0, 30.0))]
    assert all(target.is_usable for target in targets)


def test_recipients_that_cannot_be_told_apart_get_a_push_within_one_deadline() -> None:
    with mail_server(b"250 taken") as server:
        port = server.server_address[1]
        both = "Mum%20<mum@b.example>,Dad%20<dad@b.example>,anna@b.example"
        sent = send(f"mailto://127.0.0.1:{port}?from=a@a.example&to={both}&mode=insecure", 5.0)
    assert (sent.outcome, len(server.messages)) == (Outcome.SENT, 3)


def test_an_address_that_tries_again_by_itself_is_not_let(webhook: Webhook) -> None:
    webhook.status = "cut"
    assert send(f"{webhook.url}?retry=3&wait=0.1").outcome is Outcome.UNKNOWN
    assert len(webhook.received) == 1


def test_a_push_is_cut_to_what_its_service_takes() -> None:
    with mail_server(b"250 taken") as server:
        target = target_of(f"mailto://127.0.0.1:{server.server_address[1]}?from=a@a.example&to=b@b.example&mode=insecure")
        target._service.body_maxlen = 60
        push = Push("Title", "first line\n" + "later line\n" * 20 + "https://a.example/x", PUSH.id, "https://a.example/x")
        assert asyncio.run(target.send(push)).outcome is Outcome.SENT
    assert "https://a.example/x" in server.messages[0]
    assert server.messages[0].count("later line") == 2


def test_an_earlier_yes_at_another_place_is_a_login() -> None:
    login, refused = Call("POST http://a/login", status=200), Call("POST http://a/send", status=500)
    assert not Exchange("id", [login, refused]).may_have_arrived
    assert Exchange("id", [Call("POST http://a/send", status=200), refused]).may_have_arrived


def test_discord_gets_a_nonce_that_it_enforces() -> None:
    request = requests.Request("POST", "https://discord.com/api/webhooks/1/x", json={"content": "Body"}).prepare()
    _identify(request, Exchange(PUSH.id))
    again = requests.Request("POST", "https://discord.com/", data=request.body).prepare()
    assert b'"nonce": "3dff33fb7cb458e1a524042de"' in (again.body or b"")  # type: ignore[operator]
    assert b'"enforce_nonce": true' in (again.body or b"")  # type: ignore[operator]
    assert request.headers["Content-Length"] == str(len(request.body or b""))


def test_ntfy_gets_a_sequence_id() -> None:
    request = requests.Request("POST", "https://ntfy.sh/", json={"topic": "a"}).prepare()
    _identify(request, Exchange(PUSH.id))
    assert request.headers["X-Sequence-ID"] == PUSH.id.replace("-", "")


@pytest.mark.parametrize("said", list(OnUnknown))
@pytest.mark.parametrize("option", ["?unknown={}", "?method=post&unknown={}", "?unknown={}&method=post"])
def test_an_address_can_say_what_to_do_with_a_push_that_may_have_arrived(option: str, said: OnUnknown) -> None:
    target = target_of(f"json://127.0.0.1:9/hook{option.format(said)}")
    assert target.on_unknown is said
    plain = "json://127.0.0.1:9/hook" + ("?method=post" if "method" in option else "")
    assert target.key == target_of(plain).key


@pytest.mark.parametrize(
    ("url", "by_kind"),
    [
        ("json://127.0.0.1:9/hook", OnUnknown.AFTER_CRASH),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", OnUnknown.AFTER_CRASH),
        (f"{BOT}/4242", OnUnknown.AFTER_CRASH),
        ("NTFYS://ntfy.example/mum", OnUnknown.REPEAT),
        ("mailtos://u:p@mail.example", OnUnknown.REPEAT),
    ],
)
def test_by_default_silence_is_answered_by_a_repeat_where_the_service_knows_the_id(url: str, by_kind: OnUnknown) -> None:
    assert target_of(url).on_unknown is by_kind
    (told,) = targets_of([url], Manner(3.0, 30.0, OnUnknown.ASK))
    assert told.on_unknown is OnUnknown.ASK


@pytest.mark.parametrize(
    ("url", "complaint", "shown"),
    [
        (f"{BOT}/4242", "Failed sending Telegram:4242 notification, 4242420", "Failed sending Telegram:**** notification, 4242420"),
        (f"{BOT}/7", "chat 7 of 17", "chat **** of 17"),
        (f"{BOT}/-1004242", "no chat -1004242", "no chat ****"),
        (f"{BOT}/-42", "no chat -42.", "no chat ****."),
        (f"{BOT}/4242", "bot 123456789:abcdefghijklmnopqrstuvwxyz123456789", "bot ****:****"),
        ("ntfy://mum", "topic mum, mummy", "topic ****, mummy"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23dad", "channel #dad or dad", "channel #**** or ****"),
        ("mailto://me:p%24s%23w@h.example", "login with p$s#w or p%24s%23w", "login with **** or ****"),
        ("json://me:a%20b@h.example/x", "password a b", "password **** ****"),
        ("json://h.example/x?+Token=s3cr", "header Token: s3cr", "header ****: ****"),
    ],
)
def test_pieces_of_an_address_are_masked_in_complaints_however_short(url: str, complaint: str, shown: str) -> None:
    assert masked(complaint, secrets_of(url)) == shown


class Mail(socketserver.ThreadingTCPServer):
    """An SMTP server that takes a message and then says what it is told, or hangs up."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, last_word: bytes | None) -> None:
        self.last_word, self.messages = last_word, list[str]()
        self.login_word = b""  # offers to take a password, and answers one so
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
            elif line.upper().startswith(b"EHLO") and server.login_word:
                self.wfile.write(b"250-here\r\n250 AUTH PLAIN\r\n")
            elif line.upper().startswith(b"AUTH"):
                self.wfile.write(server.login_word + b"\r\n")
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
