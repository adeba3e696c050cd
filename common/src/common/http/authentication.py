"""Who may ask, and how much: demands a known key and charges what is asked for to it. Plain ASGI."""

import asyncio
from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import request_context
from common.errors import OverloadedError
from common.http.api_keys import ApiKey, KnownKeys
from common.http.challenge import bearer_challenge, refusal, shown_keys
from common.http.guests import guest_of
from common.http.metrics import KeyMetrics
from common.http.middleware import PROBES
from common.http.problem_response import problem_response
from common.http.rate_limit import Quota, RateStore, Standing, headers_of
from common.problem import problem_of

QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
_LONGEST_PAUSE = 5.0  # seconds between two looks of a stream that waits for its quota
_ACCOUNT = "account"  # key of the scope's state


class Account:
    """What one request may still ask for under its key; without a quota, anything. `standing`: after what was charged last."""

    def __init__(self, key: ApiKey, quota: Quota | None, rates: RateStore, metrics: KeyMetrics) -> None:
        self.key, self.quota, self._rates, self._metrics = key, quota, rates, metrics
        self.standing: Standing | None = None

    async def begin(self) -> bool:
        """Charge the request itself, one unit; whether it is admitted."""
        if self.quota:
            self.standing = await self._rates.charge(self.key.name, self.quota, 1)
        is_admitted = self.standing is None or self.standing.allowed
        self._metrics.items.labels(self.key.name).inc(is_admitted)
        return is_admitted

    async def charge_more(self, items: int) -> None:
        """Charge `items` of a request that was admitted, into debt if need be: who sends it cannot know what is left."""
        self._metrics.items.labels(self.key.name).inc(items)
        if self.quota and items > 0:
            self.standing = await self._rates.charge(self.key.name, self.quota, items, forced=True)

    async def wait_and_charge(self, items: int) -> None:
        """Charge `items` once one of them is free: a stream goes at the pace of its quota rather than failing."""
        while (wait := await self._wait()) > 0:  # noqa: ASYNC110 (time frees a quota, nobody could set an event)
            await asyncio.sleep(min(wait, _LONGEST_PAUSE))
        await self.charge_more(items)

    async def _wait(self) -> float:
        return (await self._rates.charge(self.key.name, self.quota, 0)).wait if self.quota else 0.0


def account_of(connection: HTTPConnection) -> Account | None:
    """The account that this request is charged to; None where no key is demanded."""
    found: Account | None = connection.scope.get("state", {}).get(_ACCOUNT)
    return found


class ApiKeyMiddleware:
    """401 without a known key, 429 with an empty account. Every answer says what is left of a quota."""

    def __init__(
        self,
        app: ASGIApp,
        keys: Sequence[str],
        rates: RateStore,
        metrics: KeyMetrics,
        quotas: Mapping[str, Quota | None],
        open_paths: frozenset[str] = PROBES,
    ) -> None:
        """`quotas` by a key's name; "" is that of all others. An entry's own quota goes first. `open_paths` need no key."""
        self.app, self.known, self.open_paths = app, KnownKeys(keys), open_paths
        self.rates, self.metrics, self.quotas = rates, metrics, quotas

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] in self.open_paths:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        key = next(filter(None, map(self.known.find, shown_keys(headers))), None) or guest_of(scope)
        if key is None:
            self.metrics.requests.labels("none", "refused").inc()
            detail = "a valid key is needed, as X-API-Key or as a bearer token"
            await refusal(detail, bearer_challenge(headers))(scope, receive, send)
            return
        request_context.caller.set(key.name)
        quota = key.quota or self.quotas.get(key.name, self.quotas.get(""))
        account = Account(key, quota, self.rates, self.metrics)
        scope.setdefault("state", {})[_ACCOUNT] = account
        # Asking how things are is free. A route of many items charges the others when it knows how many there are.
        is_admitted = scope["method"] == "GET" or await account.begin()
        self.metrics.requests.labels(key.name, "admitted" if is_admitted else "limited").inc()
        if is_admitted:
            await self.app(scope, receive, _telling(account, send))
        elif quota and account.standing:
            await _too_many(quota, account.standing)(scope, receive, send)


def _telling(account: Account, send: Send) -> Send:
    """Says what is left when the answer begins: by then all of a batch was charged."""

    async def send_with_standing(message: Message) -> None:
        if message["type"] == "http.response.start" and account.quota and account.standing:
            MutableHeaders(scope=message).update(headers_of(account.quota, account.standing))
        await send(message)

    return send_with_standing


def _too_many(quota: Quota, standing: Standing) -> ASGIApp:
    error = OverloadedError(f"this key may ask for {quota.prices} prices in {quota.seconds} s")
    error.retry_after = standing.wait
    body = problem_of(error).model_copy(update={"type": QUOTA_EXCEEDED})
    headers = headers_of(quota, standing) | {"Retry-After": str(max(1, int(-(-standing.wait // 1))))}
    return problem_response(body, headers)
