"""Makes a browser's target from its channel, and says what is wrong with one."""

from collections.abc import Callable
from functools import partial

import httpx2

from common.errors import InvalidInputError
from common.outgoing.address_guard import GuardedTransport, why_never
from notifier.channels.channel import ChannelRecord
from notifier.channels.crew import Gone
from notifier.notification import OnUnknown
from notifier.posting import Posting
from notifier.service import Manners
from notifier.web_push.encryption import Receiver
from notifier.web_push.sender import WebPushManner, WebPushTarget
from notifier.web_push.signing import KeepsKey
from notifier.web_push.subscription import endpoint_of, keys_of
from notifier.web_push.text import decoded

SETTING = "NOTIFIER_PUSH_HOSTS"
_GONE = (404, 410)  # RFC 8030, 7.3: a subscription that is no more


def make_target(
    record: ChannelRecord, gone: Gone | None, manners: Manners, keys: KeepsKey, now: Callable[[], float]
) -> WebPushTarget:
    """The target. InvalidInputError names the field that is wrong, and holds nothing of it."""
    endpoint, allowed = _endpoint(record, manners.push_allowed), manners.push_allowed
    try:
        point, auth = (decoded(each) for each in keys_of(record.secret))
        receiver = Receiver(point, auth)
    except ValueError as exc:
        raise InvalidInputError(str(exc), "secret") from None
    posting = Posting(manners.send_deadline, manners.throttle_pause, _GONE, partial(GuardedTransport, allowed, SETTING))
    manner = WebPushManner(posting, keys, manners.push_contact, manners.dashboard_url, now)
    return WebPushTarget(record.name, record.key, endpoint, receiver, manner, gone, manners.unknown or OnUnknown.REPEAT)


def _endpoint(record: ChannelRecord, allowed: frozenset[str]) -> str:
    try:
        endpoint = endpoint_of(record.address)
        why = why_never(endpoint, allowed, SETTING)
        is_open = httpx2.URL(endpoint).scheme == "https" or GuardedTransport(allowed, SETTING).is_allowed(httpx2.URL(endpoint))
    except (ValueError, httpx2.InvalidURL) as exc:
        raise InvalidInputError(str(exc), "address") from None
    if not is_open:
        raise InvalidInputError(f"must be https; {SETTING} can allow another host", "address")
    if why is not None:
        raise InvalidInputError(why, "address")
    return endpoint
