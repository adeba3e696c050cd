"""Says to a push service who sends: a JSON Web Token signed by a key that is made once and kept (RFC 8292). Knows no HTTP."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from notifier.web_push.encryption import point_of
from notifier.web_push.text import decoded, encoded

_VALID = 12 * 3_600  # seconds; more than 24 hours is refused (RFC 8292, 2)
_HALF = 32  # bytes of each number of a signature (RFC 7518, 3.4)


@dataclass(frozen=True)
class VapidKey:
    """A key pair by its private number, as it is kept."""

    private: str

    @property
    def public(self) -> str:
        """The public point, as browsers take it for applicationServerKey."""
        return encoded(point_of(self._key.public_key()))

    @property
    def _key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(decoded(self.private)), ec.SECP256R1())

    def authorization(self, endpoint: str, subject: str, now: float) -> str:
        """The header for a request to `endpoint`. `subject`: how whoever runs the push service reaches us, mailto: or https:."""
        parts = urlsplit(endpoint)
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(now) + _VALID, "sub": subject}
        signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"vapid t={signed}.{encoded(r.to_bytes(_HALF) + s.to_bytes(_HALF))}, k={self.public}"


def new_key() -> VapidKey:
    """A new pair."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return VapidKey(encoded(number.to_bytes(_HALF)))


def _json(value: dict[str, object]) -> str:
    return encoded(json.dumps(value, separators=(",", ":")).encode())
