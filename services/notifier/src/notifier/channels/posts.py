"""A channel with who serves it, in one instance. Knows no store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, overload

from notifier.channels.renderer import Renderer
from notifier.message import Push
from notifier.notification import OnUnknown, Outcome, Sent
from notifier.service import Target


class Serves(Protocol):
    """A channel's worker."""

    def start(self) -> None:
        """Begin."""
        ...

    async def stop(self, grace: float) -> None:
        """Come to an end, within so many seconds for an open push."""
        ...

    def wake(self) -> None:
        """There is something to send."""
        ...


@dataclass
class UnusableTarget:
    """Stands for a channel whose address this version does not understand: nothing goes out, and that is told."""

    label: str
    key: str
    why: str
    on_unknown: OnUnknown = OnUnknown.ASK

    async def send(self, _: Push) -> Sent:
        """Nothing."""
        return Sent(self.label, Outcome.NOT_SENT, self.why)


@dataclass
class Post:
    """A channel with who serves it. `place`: what it was made of; another one makes another target."""

    target: Target
    renderer: Renderer
    worker: Serves
    place: tuple[str, ...] = ()
    noted: str = ""


class LiveTargets(Sequence[Target]):
    """The targets that are served now, for those who send to all of them."""

    def __init__(self, posts: Mapping[str, Post]) -> None:
        self._posts = posts

    @overload
    def __getitem__(self, at: int) -> Target: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Target]: ...
    def __getitem__(self, at: int | slice) -> Target | Sequence[Target]:
        return [post.target for post in self._posts.values()][at]

    def __iter__(self) -> Iterator[Target]:
        return iter([post.target for post in self._posts.values()])

    def __len__(self) -> int:
        return len(self._posts)
