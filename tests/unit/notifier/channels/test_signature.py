"""That webhooks are signed as standardwebhooks.com says."""

import pytest

from notifier.channels.signature import new_secret, secret_bytes, signed_headers


def test_the_published_example_has_its_signature() -> None:
    secret, identifier = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    headers = signed_headers(secret, identifier, 1614265330.9, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": identifier,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_that_is_made_is_of_the_form_and_never_the_same() -> None:
    assert new_secret() != new_secret()
    assert len(secret_bytes(new_secret())) == 24


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_!!", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "A" * 100]
)
def test_a_secret_of_another_form_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(ValueError, match="a secret is whsec_") as caught:
        secret_bytes(secret)
    assert len(secret) < 8 or secret not in str(caught.value)
