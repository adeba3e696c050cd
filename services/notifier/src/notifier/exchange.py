"""What went on the wire for one push, and what that says in words: the status, who gave it, and what it said of it.

Apprise says yes or no and keeps the rest to itself. wire.py sees it and writes it down here.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

_PASSED_ON = (504, 524)  # a gateway says that it handed the push on and heard nothing: silence, at second hand


class GivenUpError(OSError):
    """The push's time is over: nothing more of it may go out."""


@dataclass
class Call:
    """One request. `status`: None where none came; `is_out`: some of it may have reached the peer; `is_refused`: as what it is.

    `host`: with whom was spoken; `words`: what it said.
    """

    place: str
    status: int | None = None
    retry_after: float | None = None
    is_out: bool = True
    is_refused: bool = False
    problem: str = ""
    host: str = ""
    words: str = ""


@dataclass
class Exchange:
    """What went on the wire for one push. `link`: where a tap on it leads. `early`: what a mail server said before it was there."""

    push_id: str
    calls: list[Call] = field(default_factory=list)
    is_given_up: bool = False
    link: str = ""
    early: Call | None = None

    @property
    def last(self) -> Call | None:
        """The call that decided; None where nothing was sent."""
        return self.calls[-1] if self.calls else None

    @property
    def may_have_arrived(self) -> bool:
        """Whether the peer may have the push although it did not say so, or a part of it.

        An earlier yes at the same place is that of another recipient at this address, or of the first half of a long push.
        """
        last = self.last
        if last is None:
            return False
        is_silent = last.is_out and (last.status is None or last.status in _PASSED_ON)
        return is_silent or any(call.place == last.place and is_yes(call.status) for call in self.calls[:-1])

    def begin(self, place: str, host: str = "") -> Call:
        """A call goes out."""
        if self.is_given_up:
            raise GivenUpError("its time is over")
        self.calls.append(Call(place, host=host))
        return self.calls[-1]


def explain(call: Call) -> str:
    """A call's end in words: the status, who gave it, and what it said of it."""
    if call.status is None:
        return call.problem or "no answer"
    if call.status == 200 and call.problem:
        return call.problem  # SMTP has statuses of its own
    asked = f", asks to wait {call.retry_after:g} s" if call.retry_after else ""
    return f"{call.status} from {call.host}: {call.words or _phrase(call.status)}{asked}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "it says no more"


def is_yes(status: int | None) -> bool:
    """Whether a status says that it was taken."""
    return status is not None and 200 <= status < 300
