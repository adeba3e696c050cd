"""Posts a push to whoever takes it over HTTP, and tells what the answer means.

Redirects are not followed, since what is sent is for one receiver; an answer is read within bounds of time and size.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx2

from common.bounded_answer import read_bounded
from common.errors import AnswerTooLargeError
from common.outgoing.address_guard import PrivateAddressError, UnreachableError
from common.retry_after import read_retry_after
from notifier.channels.answer_words import connection_words, words_in
from notifier.channels.secrecy import masked
from notifier.notification import Outcome, Sent

_MOST = 64 * 1024  # bytes of an answer
Gone = Callable[[str], Awaitable[None]]
_GONE, _BUSY, _PASSED_ON, _OF_THE_PUSH = 410, (429, 503), (504, 524), (400, 413, 422)


@dataclass(frozen=True)
class Posting:
    """One POST for one push, and what its answer means. `gone`: the statuses by which a receiver says that it wants no more.

    `deadline`: seconds for one push; `throttle_pause`: that a peer rests after a plain 429.
    """

    deadline: float
    throttle_pause: float
    gone: tuple[int, ...] = (_GONE,)
    transport: Callable[[], httpx2.AsyncBaseTransport | None] = lambda: None  # a new one for each: a client closes its own

    async def post(self, request: httpx2.Request, label: str, secrets: Sequence[str], gone: Gone | None) -> Sent:
        """Failure is an answer, not an exception; `secrets` are kept out of its words."""
        place = request.url.netloc.decode()
        try:
            async with asyncio.timeout(self.deadline):
                status, asked, said = await self._exchange(request)
        except (UnreachableError, PrivateAddressError) as exc:
            return Sent(label, Outcome.NOT_SENT, str(exc))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol) as exc:
            return Sent(label, Outcome.NOT_SENT, connection_words(place, exc))
        except (TimeoutError, httpx2.TimeoutException):
            return Sent(label, Outcome.UNKNOWN, f"no answer from {place} within {self.deadline:g} s")
        except (httpx2.HTTPError, OSError):
            return Sent(label, Outcome.UNKNOWN, f"{place} cut the connection after it was sent")
        words = f"{status} from {place}: {masked(self._told(status, said), secrets)}"
        if status in self.gone and gone is not None:
            await gone(words)
        return self._judge(label, status, asked, words)

    async def _exchange(self, request: httpx2.Request) -> tuple[int, str | None, bytes]:
        """Status, Retry-After and the beginning of the answer."""
        limits = httpx2.Timeout(self.deadline, connect=self.deadline * 0.8)  # a connection that fails is told as such
        async with httpx2.AsyncClient(transport=self.transport(), trust_env=False, timeout=limits) as client:
            answer = await client.send(request, stream=True, follow_redirects=False)
            try:
                said = await read_bounded(answer.aiter_raw(), _MOST)
            except AnswerTooLargeError:
                said = b""  # a status is a status, however much is said of it
            finally:
                await answer.aclose()
            return answer.status_code, answer.headers.get("retry-after"), said

    def _judge(self, label: str, status: int, asked: str | None, words: str) -> Sent:
        if 200 <= status < 300:
            return Sent(label, Outcome.SENT)
        if status in _PASSED_ON:
            return Sent(label, Outcome.UNKNOWN, words)
        if status in _BUSY or asked:
            wait = read_retry_after(asked)
            pause = self.throttle_pause if status == 429 else 0.0
            return Sent(label, Outcome.NOT_SENT, words, pause if wait is None else wait)
        return Sent(label, Outcome.REFUSED if status in _OF_THE_PUSH else Outcome.NOT_SENT, words)

    def _told(self, status: int, said: bytes) -> str:
        more = "redirects are not followed" if 300 <= status < 400 else "it wants no more" if status in self.gone else ""
        return "; ".join(each for each in (more, words_in(said)) if each) or "it says no more"
