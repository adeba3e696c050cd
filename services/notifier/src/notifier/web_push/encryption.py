"""Encrypts a message for one subscription: RFC 8291 over the content coding aes128gcm of RFC 8188, in one record.

Written over cryptography alone, and held against the example of RFC 8291 (appendix A).
"""

import hmac
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MOST = 3_993  # bytes of a message: push services need not take more than 4,096 of a whole body (RFC 8030, 7.2; RFC 8291, 4)
_RECORD = 4_096
_SALT, _AUTH, _LAST = 16, 16, b"\x02"  # the last record's delimiter


@dataclass(frozen=True)
class Receiver:
    """The keys of a subscription: its public point, and its secret of 16 bytes."""

    point: bytes
    auth: bytes

    def __post_init__(self) -> None:
        """ValueError for what no browser gives."""
        if len(self.auth) != _AUTH:
            raise ValueError("auth has 16 bytes")
        public_key(self.point)


def public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    """A point of P-256, uncompressed. ValueError."""
    if len(point) != 65:
        raise ValueError("p256dh has 65 bytes")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as exc:
        raise ValueError("p256dh is no point of P-256") from exc


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """The point, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypted(
    message: bytes, receiver: Receiver, *, key: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The body of the request. `key`, `salt`: for this message alone, new ones where none are given. ValueError for a long one."""
    if len(message) > MOST:
        raise ValueError(f"{len(message)} bytes are more than a push takes")
    key, salt = key or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(_SALT)
    sender = point_of(key.public_key())
    shared = key.exchange(ec.ECDH(), public_key(receiver.point))
    cek, nonce = content_keys(shared, receiver, sender, salt)
    header = salt + _RECORD.to_bytes(4) + len(sender).to_bytes(1) + sender
    return header + AESGCM(cek).encrypt(nonce, message + _LAST, None)


def content_keys(shared: bytes, receiver: Receiver, sender: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of the content, from the shared secret (RFC 8291, 3.4). HKDF expands to one block, so it is HMAC."""
    material = _hmac(_hmac(receiver.auth, shared), b"WebPush: info\0" + receiver.point + sender + b"\x01")
    secret = _hmac(salt, material)
    key = _hmac(secret, b"Content-Encoding: aes128gcm\0\x01")[:16]
    return key, _hmac(secret, b"Content-Encoding: nonce\0\x01")[:12]


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
