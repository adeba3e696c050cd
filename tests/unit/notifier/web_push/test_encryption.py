"""Web push's cryptography against the example of RFC 8291, and its tokens against their own key."""

import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from notifier.web_push.encryption import MOST, Receiver, encrypted, public_key
from notifier.web_push.text import decoded, encoded
from notifier.web_push.vapid import VapidKey, new_key

# RFC 8291, appendix A.
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
MESSAGE = b"When I grow up, I want to be a watermelon"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_a_message_is_encrypted_as_in_the_example_of_the_rfc() -> None:
    key = ec.derive_private_key(int.from_bytes(decoded(SENDER)), ec.SECP256R1())
    body = encrypted(MESSAGE, Receiver(decoded(POINT), decoded(AUTH)), key=key, salt=decoded(SALT))
    assert encoded(body) == BODY


def test_no_two_messages_have_a_key_or_a_salt_in_common() -> None:
    receiver = Receiver(decoded(POINT), decoded(AUTH))
    first, second = encrypted(MESSAGE, receiver), encrypted(MESSAGE, receiver)
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_the_longest_message_just_fits_a_push() -> None:
    receiver = Receiver(decoded(POINT), decoded(AUTH))
    assert len(encrypted(b"x" * MOST, receiver)) == 4_096
    with pytest.raises(ValueError, match="more than a push takes"):
        encrypted(b"x" * (MOST + 1), receiver)


@pytest.mark.parametrize(
    ("point", "auth", "words"),
    [
        (POINT, "BTBZ", "auth has 16 bytes"),
        (POINT[:-4], AUTH, "p256dh has 65 bytes"),
        ("B" + "A" * 86, AUTH, "no point"),
    ],
)
def test_keys_that_no_browser_gives_are_refused(point: str, auth: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Receiver(decoded(point), decoded(auth))


@pytest.mark.parametrize("text", ["a b", "ä", "A", "AA=A", "====="])
def test_only_base64url_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        decoded(text)


def test_a_token_says_for_whom_until_when_and_from_whom_and_is_signed() -> None:
    key, now = new_key(), 1_800_000_000.0
    said = key.authorization("https://push.example:8443/send/secret", "mailto:me@example.org", now)
    token, shown = said.removeprefix("vapid t=").split(", k=")
    head, claims, signature = token.split(".")
    assert shown == key.public
    assert json.loads(decoded(head)) == {"typ": "JWT", "alg": "ES256"}
    told = json.loads(decoded(claims))
    assert (told["aud"], told["sub"]) == ("https://push.example:8443", "mailto:me@example.org")
    assert now < told["exp"] <= now + 24 * 3_600
    raw = decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public_key(decoded(key.public)).verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        public_key(decoded(new_key().public)).verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))


def test_a_kept_key_is_the_same_key() -> None:
    made = new_key()
    assert VapidKey(made.private).public == made.public
    assert len(decoded(made.public)) == 65
