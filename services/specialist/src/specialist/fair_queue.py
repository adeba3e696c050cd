"""Waiting requests of one or many items, and which items go next. Knows no clock, no event loop and no threads.

Requests of one item go first, in order of arrival; those of many take turns, a slice each, and are owed a share of every batch
so that a stream of single ones does not starve them.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
SHARE_OF_MANY = 0.25  # of a batch is for requests of many items while they wait behind single ones


class Waiting(Generic[T]):
    """The items of one caller, of which the first `taken` have left the queue."""

    def __init__(self, items: Sequence[T], arrived: float = 0.0) -> None:
        self.items, self.arrived, self.taken = items, arrived, 0


W = TypeVar("W", bound=Waiting[Any])


class FairQueue(Generic[W]):
    """len() is the number of items that wait. Adding, dropping and taking cost the same however many wait."""

    def __init__(self) -> None:
        self._single: OrderedDict[W, None] = OrderedDict()
        self._many: OrderedDict[W, None] = OrderedDict()
        self._items = 0
        self._owed = 0.0  # items that requests of many may take before single ones

    def __len__(self) -> int:
        return self._items

    def add(self, request: W) -> None:
        """Let a request wait that was not in the queue before."""
        (self._many if len(request.items) > 1 else self._single)[request] = None
        self._items += len(request.items)

    def drop(self, request: W) -> None:
        """Forget what waits of a request, if anything does."""
        if request in self._single or request in self._many:
            self._items -= len(request.items) - request.taken
            self._single.pop(request, None)
            self._many.pop(request, None)

    def take(self, size: int) -> list[tuple[W, int]]:
        """Up to `size` items, as request and index, with at least one where anything waits."""
        self._owed = self._owed + SHARE_OF_MANY * size if self._many else 0.0
        batch = self._take_single(size - min(int(self._owed), size))
        singles = len(batch)
        while self._many and len(batch) < size:
            batch += self._take_slice(size - len(batch))
        self._owed = max(0.0, self._owed - (len(batch) - singles))
        batch += self._take_single(size - len(batch))
        self._items -= len(batch)
        return batch

    def _take_single(self, most: int) -> list[tuple[W, int]]:
        taken = [self._single.popitem(last=False)[0] for _ in range(min(len(self._single), most))]
        for request in taken:
            request.taken = 1
        return [(request, 0) for request in taken]

    def _take_slice(self, room: int) -> list[tuple[W, int]]:
        """Up to `room` items of the request of many whose turn it is, which then goes to the end."""
        request = next(iter(self._many))
        start, end = request.taken, min(request.taken + room, len(request.items))
        request.taken = end
        self._many.move_to_end(request)
        if end == len(request.items):
            del self._many[request]
        return [(request, index) for index in range(start, end)]
