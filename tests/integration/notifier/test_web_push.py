"""Web push from a subscription to what the browser reads: through a push service on loopback that decrypts as a browser does."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi.testclient import TestClient

from common.errors import InvalidInputError
from notifier.app import Fakes, create_app
from notifier.channels.channel import ChannelRecord, ChannelSettings, Origin
from notifier.channels.target_maker import TargetMaker
from notifier.message import push_of
from notifier.notification import Outcome
from notifier.settings import Settings
from notifier.store.push_key_store import PushKeyStore
from notifier.store.schema import open_database
from notifier.web_push.encryption import point_of, public_key
from notifier.web_push.text import decoded, encoded
from tests.integration.notifier.answering_peers import Peer, answering
from tests.unit.notifier.samples import FakeStream, opportunity


@dataclass
class Browser:
    """Holds a subscription's keys, and reads what comes by RFC 8291, written here anew over another HKDF."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def point(self) -> bytes:
        return point_of(self.key.public_key())

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": encoded(self.point), "auth": encoded(self.auth)}

    def read(self, body: bytes) -> dict[str, Any]:
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        shared = self.key.exchange(ec.ECDH(), public_key(sender))
        material = HKDF(SHA256(), 32, self.auth, b"WebPush: info\0" + self.point + sender).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
        text = AESGCM(key).decrypt(nonce, record, None)
        assert text[-1:] == b"\x02"
        found: dict[str, Any] = json.loads(text[:-1])
        return found


class World:
    def __init__(self, folder: Path, *, hosts: str, **more: Any) -> None:
        self.stream = FakeStream()
        database = f"sqlite:///{folder / 'notifier.sqlite3'}"
        settings = Settings(database_url=database, push_hosts=hosts, retry_base=0, probe_first=0.05, **more)
        self.client = TestClient(create_app(Fakes(stream=self.stream, targets=[]), settings))

    def subscribe(self, endpoint: str, browser: Browser, status: int = 201, **more: Any) -> Any:
        answer = self.client.post("/push/subscriptions", json={"endpoint": endpoint, "keys": browser.keys} | more)
        assert answer.status_code == status, answer.text
        return answer.json()

    def channel(self, key: str) -> Any:
        return self.client.get(f"/channels/{key}").json()


@contextmanager
def running(folder: Path, **more: Any) -> Iterator[World]:
    world = World(folder, **{"hosts": "127.0.0.1"} | more)
    with world.client:
        wait(lambda: world.client.get("/readyz").status_code == 200)
        yield world


def wait(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def endpoint_at(peer: Peer) -> str:
    return f"http://{peer.address}/send/a-secret-token"


def test_an_alert_reaches_the_browser_and_nobody_between_can_read_it(tmp_path: Path) -> None:
    browser = Browser()
    with answering(201) as peer, running(tmp_path, dashboard_url="https://deals.example") as world:
        made = world.subscribe(endpoint_at(peer), browser, label="Phone")
        assert (made["label"], made["service"], made["address"]) == ("Phone", "Web push", "webpush+http://****")
        world.stream.publish(opportunity("opp-1").model_copy(update={"priority": "high"}), "1-0")
        wait(lambda: peer.seen)
        path, headers, body = peer.seen[0]
        assert path == "/send/a-secret-token"
        assert b"drill" not in body.lower()
        told = browser.read(body)
        assert told["title"] == "Cordless drill kit, 20 V"
        assert told["url"] == "https://deals.example/opportunities/opp-1"
        assert (headers["content-encoding"], headers["urgency"], headers["ttl"]) == ("aes128gcm", "high", "86400")
        assert len(headers["topic"]) == 32
        token, key = headers["authorization"].removeprefix("vapid t=").split(", k=")
        assert key == world.client.get("/push/key").json()["key"]
        head, claims, signature = token.split(".")
        assert json.loads(decoded(claims))["aud"] == f"http://{peer.address}"
        raw = decoded(signature)
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        public_key(decoded(key)).verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))


def test_the_key_stays_over_a_restart_and_a_subscription_is_renewed_by_its_endpoint(tmp_path: Path) -> None:
    with answering(201) as peer:
        with running(tmp_path) as world:
            key = world.client.get("/push/key").json()["key"]
            first = world.subscribe(endpoint_at(peer), Browser(), label="Phone")
            assert world.client.patch(f"/channels/{first['id']}", json={"name": "Pixel"}).status_code == 200
        browser = Browser()
        with running(tmp_path) as world:
            assert world.client.get("/push/key").json()["key"] == key
            assert world.client.post(f"/channels/{first['id']}/test").json()["sent"]
            assert world.subscribe(endpoint_at(peer), browser, label="Phone")["id"] == first["id"]
            assert [each["label"] for each in world.client.get("/push/subscriptions").json()["items"]] == ["Pixel"]
            assert world.client.post(f"/channels/{first['id']}/test").json()["sent"]
            assert browser.read(peer.seen[-1][2])["title"] == "Product Pricing Agent: test"
            assert world.client.delete(f"/push/subscriptions/{first['id']}").status_code == 204
            assert world.client.get("/push/subscriptions").json() == {"items": []}


def test_two_browsers_of_one_name_are_told_apart_and_another_channel_is_none(tmp_path: Path) -> None:
    with answering(201) as peer, running(tmp_path) as world:
        names = [world.subscribe(f"{endpoint_at(peer)}{number}", Browser())["label"] for number in range(3)]
        assert names == ["Browser", "Browser 2", "Browser 3"]
        hook = world.client.post("/channels", json={"name": "Hook", "address": f"webhook+http://{peer.address}/x"}).json()
        assert world.client.delete(f"/push/subscriptions/{hook['id']}").status_code == 422


def test_a_button_that_is_pressed_thrice_makes_one_channel(tmp_path: Path) -> None:
    browser = Browser()
    with answering(201) as peer, running(tmp_path) as world, ThreadPoolExecutor() as pool:
        names = ("One", "Two", "Three")
        made = [pool.submit(world.subscribe, endpoint_at(peer), browser, label=name) for name in names]
        assert len({each.result()["id"] for each in made}) == 1
        assert len(world.client.get("/push/subscriptions").json()["items"]) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_switched_off_and_comes_back_by_subscribing_anew(tmp_path: Path, status: int) -> None:
    browser = Browser()
    with answering(status) as peer, running(tmp_path) as world:
        key = world.subscribe(endpoint_at(peer), browser)["id"]
        world.stream.publish(opportunity("opp-1"), "1-0")
        wait(lambda: not world.channel(key)["settings"]["enabled"])
        assert str(status) in world.channel(key)["stopped"]
        assert "a-secret-token" not in world.client.get("/channels").text
        peer.status = 201
        world.subscribe(endpoint_at(peer), browser)
        found = world.channel(key)
        assert (found["settings"]["enabled"], found["stopped"]) == (True, "")


def test_a_test_that_does_not_go_out_keeps_no_subscription(tmp_path: Path) -> None:
    with answering(403, {"error": "wrong key"}) as peer, running(tmp_path) as world:
        told = world.subscribe(endpoint_at(peer), Browser(), 422, test=True)
        assert told["errors"][0]["field"] == "endpoint"
        assert "403" in told["detail"]
        assert world.client.get("/push/subscriptions").json() == {"items": []}


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("http://push.example/x", "must be https"),
        ("https://127.0.0.1/x", "not a public address"),
        ("https://[::1]/x", "not a public address"),
        ("https://169.254.169.254/latest", "not a public address"),
        ("ftp://push.example/x", "https address"),
        ("https://me:pass@push.example/x", "https address"),
        ("https://push.example:99999/x", ""),
        ("nonsense", "https address"),
        ("https://push.example/a b", "as browsers give"),
    ],
)
def test_an_endpoint_that_is_none_or_lies_within_is_refused(tmp_path: Path, endpoint: str, words: str) -> None:
    with running(tmp_path, hosts="") as world:
        told = world.subscribe(endpoint, Browser(), 422)
        assert told["errors"][0]["field"] == "endpoint"
        assert words in told["detail"]
        assert world.client.get("/channels").json() == {"items": []}


@pytest.mark.parametrize(
    "keys", [{"p256dh": "AAAA", "auth": "AAAA"}, {"p256dh": "x y", "auth": "AAAA"}, {"p256dh": ".", "auth": "."}]
)
def test_keys_that_are_none_are_refused(tmp_path: Path, keys: dict[str, str]) -> None:
    with running(tmp_path) as world:
        answer = world.client.post("/push/subscriptions", json={"endpoint": "https://push.example/x", "keys": keys})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "keys")


def send(endpoint: str, folder: Path, **more: Any) -> Any:
    """One push to an endpoint, without a service around it."""

    async def run() -> Any:
        database = open_database(f"sqlite:///{folder / 'n.sqlite3'}")
        await database.prepare()
        browser = Browser()
        secret = f"{browser.keys['p256dh']}.{browser.keys['auth']}"
        record = ChannelRecord("k" * 16, Origin.OWN, "Phone", f"webpush+{endpoint}", secret, ChannelSettings())
        try:
            target = await TargetMaker(Settings(**more), time.time, PushKeyStore(database)).make(record)
            return await target.send(push_of(opportunity("opp-1"), "1"))
        finally:
            await database.engine.dispose()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(201, Outcome.SENT), (400, Outcome.REFUSED), (413, Outcome.REFUSED), (401, Outcome.NOT_SENT), (500, Outcome.NOT_SENT)],
)
def test_what_an_answer_means(tmp_path: Path, status: int, outcome: Outcome) -> None:
    with answering(status) as peer:
        assert send(endpoint_at(peer), tmp_path, push_hosts="127.0.0.1").outcome is outcome


def test_a_busy_push_service_is_left_alone_for_as_long_as_it_asks(tmp_path: Path) -> None:
    with answering(429, Retry_After="17") as peer:
        sent = send(endpoint_at(peer), tmp_path, push_hosts="127.0.0.1")
    assert (sent.outcome, sent.wait) == (Outcome.NOT_SENT, 17.0)


def test_a_push_service_that_hangs_costs_no_more_than_the_deadline(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        begun = time.monotonic()
        sent = send(f"http://127.0.0.1:{server.getsockname()[1]}/x", tmp_path, push_hosts="127.0.0.1", send_deadline=0.5)
    assert sent.outcome is Outcome.UNKNOWN
    assert time.monotonic() - begun < 5


def test_a_name_that_leads_to_a_private_address_is_not_asked(tmp_path: Path) -> None:
    with answering(201) as peer:
        port = peer.address.rpartition(":")[2]
        sent = send(f"https://localhost:{port}/x", tmp_path)
        assert (sent.outcome, "not a public address" in sent.error, peer.seen) == (Outcome.NOT_SENT, True, [])


def test_instances_that_make_a_key_at_once_have_the_same(tmp_path: Path) -> None:
    async def run() -> set[str]:
        databases = [open_database(f"sqlite:///{tmp_path / 'n.sqlite3'}") for _ in range(3)]
        await databases[0].prepare()
        keys = await asyncio.gather(*(PushKeyStore(each).key() for each in databases))
        for each in databases:
            await each.engine.dispose()
        return {each.public for each in keys}

    assert len(asyncio.run(run())) == 1


def test_a_secret_that_is_no_browsers_is_refused_at_the_channels_door_too(tmp_path: Path) -> None:
    record = ChannelRecord("k" * 16, Origin.OWN, "Phone", "webpush+https://push.example/x", "whsec_x", ChannelSettings())

    async def run() -> None:
        database = open_database(f"sqlite:///{tmp_path / 'n.sqlite3'}")
        try:
            await TargetMaker(Settings(), time.time, PushKeyStore(database)).make(record)
        finally:
            await database.engine.dispose()

    with pytest.raises(InvalidInputError) as caught:
        asyncio.run(run())
    assert caught.value.field == "secret"
