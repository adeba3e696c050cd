"""uvicorn's HTTP protocol with the bounds that it lacks on what comes between two requests and on their heads.

A connection that says nothing would stay for ever, as would one that dribbles bytes which begin no request (uvicorn stops counting
its rest at the first of them), or one that reads none of its answer; and a head without end would fill the memory. Bodies have
bounds of their own (admission.py).
"""

import asyncio
import math
import struct
from contextlib import suppress
from fcntl import ioctl
from termios import TIOCOUTQ

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MOST_HEAD = 64 * 1024  # bytes of a request line with its headers, beside what came with their first ones
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class HeadDeadlineProtocol(HttpToolsProtocol):
    """Closes a connection whose request line and headers are not there within `head_seconds`, or not within MOST_HEAD bytes.

    One that rests is closed after uvicorn's `timeout_keep_alive`, whatever comes meanwhile that is no request, such as the rest of
    a body that was refused. One that has answers to read must read some of them every `read_seconds`.
    """

    head_seconds = 10.0
    read_seconds = 60.0
    _late: asyncio.TimerHandle | None = None
    _head = 0  # bytes
    _reading: asyncio.TimerHandle | None = None
    _unread = math.inf  # bytes, when it was looked at last and nothing was written since
    _served: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection was opened."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        began, rest = self._late, self.timeout_keep_alive_task
        super().data_received(data)
        if self._late is not None:
            self._head += len(data) if self._late is began else 0  # what it began with holds the end of a body, too
            if self._head > MOST_HEAD:
                self._refuse_head()
        elif rest is not None and self._is_resting:
            self.timeout_keep_alive_task = self.loop.call_at(rest.when(), self.timeout_keep_alive_handler)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        if self._late is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._stop_waiting()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Of several requests that came at once uvicorn knows the last, and would tell that one alone that the caller left."""
        self._served = cycle
        super()._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """More of an answer waits for its reader than is kept ready."""
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        """Enough of it was read."""
        super().resume_writing()
        self._watch_reader()

    def on_response_complete(self) -> None:
        """An answer was written, though perhaps not read yet."""
        super().on_response_complete()
        self._watch_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stop_waiting()
        if self._reading:
            self._reading.cancel()
        if self._served is not None and not self._served.response_complete:
            self._served.disconnected = True
            self._served.message_event.set()
        super().connection_lost(exc)

    @property
    def _is_resting(self) -> bool:
        """Whether no request is being served."""
        return self.cycle is not None and self.cycle.response_complete and not self.transport.is_closing()

    def _watch_reader(self) -> None:
        """From now on some of what is written must be read every `read_seconds`."""
        self._unread = math.inf
        if self._reading is None:
            self._look_at_reader()

    def _look_at_reader(self) -> None:
        waiting, self._reading = self.transport.get_write_buffer_size(), None
        unread = waiting + _sent(self.transport.get_extra_info("socket").fileno()) if waiting else 0
        if unread >= self._unread:
            self.transport.abort()  # closing would wait for the reader
        elif unread:
            self._unread, self._reading = unread, self.loop.call_later(self.read_seconds, self._look_at_reader)

    def _refuse_head(self) -> None:
        self._stop_waiting()
        if self.cycle is None or self.cycle.response_complete:  # else this would stand in the midst of an answer
            self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _expect_head(self) -> None:
        self._head = 0
        self._late = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None


def _sent(connection: int) -> int:
    """Bytes that this machine's kernel has and the reader's has not; 0 where it does not tell.

    It takes some more only when a third of its room is free again: a slow reader would seem to read nothing for a minute.
    """
    with suppress(OSError):
        return int(struct.unpack("i", ioctl(connection, TIOCOUTQ, bytes(4)))[0])
    return 0
