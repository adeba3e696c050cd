"""The order in which waiting items go: nobody is lost, nobody is starved."""

from hypothesis import given
from hypothesis import strategies as st

from specialist.fair_queue import FairQueue, Waiting

SIZES = st.lists(st.integers(1, 40), max_size=30)


def filled(sizes: list[int]) -> tuple[FairQueue[Waiting[int]], list[Waiting[int]]]:
    queue: FairQueue[Waiting[int]] = FairQueue()
    requests = [Waiting(range(size)) for size in sizes]
    for request in requests:
        queue.add(request)
    return queue, requests


def emptied(queue: FairQueue[Waiting[int]], size: int) -> list[list[tuple[Waiting[int], int]]]:
    batches = []
    while len(queue):
        batches.append(queue.take(size))
        assert batches[-1], "a queue that is not empty gives something"
    return batches


@given(SIZES, st.integers(1, 16))
def test_every_item_is_taken_once_and_in_the_order_of_its_request(sizes: list[int], size: int) -> None:
    queue, requests = filled(sizes)
    assert len(queue) == sum(sizes)
    batches = emptied(queue, size)
    assert all(len(batch) <= size for batch in batches)
    assert all(len(batch) == size for batch in batches[:-1]), "a batch is full while items wait"
    for request in requests:
        assert [index for batch in batches for taken, index in batch if taken is request] == list(request.items)


@given(SIZES, st.data())
def test_what_is_dropped_never_comes_and_no_longer_counts(sizes: list[int], data: st.DataObject) -> None:
    queue, requests = filled(sizes)
    queue.take(5)
    gone = {id(request) for request in requests if data.draw(st.booleans())}
    for request in requests:
        if id(request) in gone:
            queue.drop(request)
            queue.drop(request)
    assert len(queue) == sum(len(r.items) - r.taken for r in requests if id(r) not in gone)
    assert not gone & {id(request) for batch in emptied(queue, 8) for request, _ in batch}


def test_single_requests_go_ahead_of_a_large_one() -> None:
    queue, (large, *singles) = filled([1000, 1, 1, 1])
    first = queue.take(4)
    assert [request for request, _ in first] == [*singles, large]


@given(st.integers(1, 64))
def test_a_stream_of_single_requests_leaves_a_large_one_its_share(size: int) -> None:
    queue, (large,) = filled([2 * size])
    batches = 0
    while large.taken < len(large.items):
        for _ in range(2 * size):
            queue.add(Waiting([0]))
        queue.take(size)
        batches += 1
        assert batches <= 8, "a quarter of each batch: two batches' worth of items within eight"


def test_large_requests_take_turns() -> None:
    queue, (first, second) = filled([100, 100])
    assert [{request for request, _ in queue.take(10)} for _ in range(4)] == [{first}, {second}, {first}, {second}]
