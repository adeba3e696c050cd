"""The use case: each opportunity reaches each address once, with bounded retries, and the outcome is stored."""

import asyncio

import pytest

from common.errors import NotFoundError
from notifier.notification import RetryPolicy, Sent, State
from notifier.service import Notifier
from tests.unit.notifier.samples import FakeCounts, FakeStore, FakeTarget, opportunity, until

NO = Sent("phone", is_sent=False, error="refused")


def notifier_of(*targets: FakeTarget, store: FakeStore | None = None, policy: RetryPolicy | None = None) -> Notifier:
    return Notifier(store or FakeStore(), targets, policy or RetryPolicy(base=0), FakeCounts())


def stored(notifier: Notifier) -> FakeStore:
    assert isinstance(notifier.store, FakeStore)
    return notifier.store


def test_an_opportunity_is_sent_and_its_outcome_stored() -> None:
    phone = FakeTarget()
    notifier = notifier_of(phone)
    assert asyncio.run(notifier.deliver(opportunity())) is State.SENT
    row = stored(notifier).rows["opp-1"]
    assert (row.state, row.attempts, row.delivered) == (State.SENT, 1, {"phone"})


def test_the_same_opportunity_is_sent_once_however_often_it_comes() -> None:
    phone = FakeTarget()
    notifier = notifier_of(phone)

    async def thrice() -> list[State]:
        first = list(await asyncio.gather(notifier.deliver(opportunity()), notifier.deliver(opportunity())))
        return [*first, await notifier.deliver(opportunity())]

    assert asyncio.run(thrice()) == [State.SENT] * 3
    assert len(phone.pushes) == 1


def test_a_failure_is_retried() -> None:
    phone = FakeTarget(answers=[NO, NO])
    notifier = notifier_of(phone)
    assert asyncio.run(notifier.deliver(opportunity())) is State.SENT
    assert len(phone.pushes) == 3
    assert stored(notifier).rows["opp-1"].attempts == 3


def test_after_the_last_attempt_it_has_failed_and_says_why() -> None:
    phone = FakeTarget(answers=[NO] * 10)
    notifier = notifier_of(phone, policy=RetryPolicy(attempts=4, base=0))
    assert asyncio.run(notifier.deliver(opportunity())) is State.FAILED
    assert len(phone.pushes) == 4
    assert stored(notifier).rows["opp-1"].error == "phone: refused"


def test_a_retry_spares_the_addresses_that_have_it() -> None:
    phone, mail = FakeTarget("phone", answers=[NO, NO]), FakeTarget("mail")
    assert asyncio.run(notifier_of(phone, mail).deliver(opportunity())) is State.SENT
    assert (len(phone.pushes), len(mail.pushes)) == (3, 1)


def test_a_restart_spares_the_addresses_that_have_it() -> None:
    store, mail = FakeStore(), FakeTarget("mail")
    stuck = FakeTarget("phone", gate=asyncio.Event())

    async def killed_midway() -> None:
        task = asyncio.create_task(notifier_of(mail, stuck, store=store).deliver(opportunity()))
        await until(lambda: "opp-1" in store.leases)  # the success of mail is stored while phone hangs
        task.cancel()

    asyncio.run(killed_midway())
    phone = FakeTarget("phone")
    assert asyncio.run(notifier_of(mail, phone, store=store).deliver(opportunity())) is State.SENT
    assert (len(mail.pushes), len(phone.pushes)) == (1, 1)


def test_without_an_address_it_is_logged() -> None:
    notifier = notifier_of()
    assert asyncio.run(notifier.deliver(opportunity())) is State.LOGGED


def test_a_peer_that_rests_does_not_use_up_attempts() -> None:
    resting = Sent("phone", is_sent=False, error="429", wait=0.0, is_tried=False)
    phone = FakeTarget(answers=[resting] * 10)
    notifier = notifier_of(phone, policy=RetryPolicy(attempts=2, base=0))
    assert asyncio.run(notifier.deliver(opportunity())) is State.SENT
    assert stored(notifier).rows["opp-1"].attempts == 1


def test_a_peer_that_asks_to_wait_is_given_that_time() -> None:
    store = FakeStore()
    phone = FakeTarget(answers=[Sent("phone", is_sent=False, error="429", wait=3600.0)])
    notifier = notifier_of(phone, store=store)

    async def first_attempt() -> None:
        task = asyncio.create_task(notifier.deliver(opportunity()))
        await until(lambda: "opp-1" in store.leases)
        await notifier.stop(grace=5)
        assert await task is State.PENDING

    asyncio.run(first_attempt())
    assert store.leases["opp-1"] >= 3600
    assert len(phone.pushes) == 1


def test_one_that_another_consumer_delivers_is_left_to_it() -> None:
    store, phone = FakeStore(), FakeTarget()
    store.elsewhere.add("opp-1")
    notifier = notifier_of(phone, store=store)

    async def wait_a_little() -> State:
        task = asyncio.create_task(notifier.deliver(opportunity()))
        await until(lambda: "opp-1" in store.rows)
        await notifier.stop(grace=5)
        return await task

    assert asyncio.run(wait_a_little()) is State.PENDING
    assert phone.pushes == []


def test_stopping_lets_a_push_under_way_finish_and_stores_it() -> None:
    async def scenario() -> tuple[State, State]:
        phone = FakeTarget(gate=asyncio.Event())
        notifier = notifier_of(phone)
        task = asyncio.create_task(notifier.deliver(opportunity()))
        await until(lambda: phone.pushes)
        stopping = asyncio.create_task(notifier.stop(grace=30))
        await asyncio.sleep(0)
        assert phone.gate
        phone.gate.set()
        await stopping
        return await task, stored(notifier).rows["opp-1"].state

    assert asyncio.run(scenario()) == (State.SENT, State.SENT)


def test_what_an_earlier_process_left_pending_is_taken_up() -> None:
    store, phone = FakeStore(), FakeTarget()

    async def scenario() -> None:
        await store.claim(opportunity())
        notifier = notifier_of(phone, store=store)
        await notifier.recover()
        await notifier.deliver(opportunity())

    asyncio.run(scenario())
    assert len(phone.pushes) == 1


def test_resending_goes_to_every_address_again() -> None:
    phone = FakeTarget()
    notifier = notifier_of(phone)

    async def scenario() -> State:
        await notifier.deliver(opportunity())
        assert (await notifier.resend("opp-1")).state is State.PENDING
        return await notifier.deliver(opportunity())

    assert asyncio.run(scenario()) is State.SENT
    assert len(phone.pushes) == 2


def test_resending_what_does_not_exist_is_refused() -> None:
    with pytest.raises(NotFoundError):
        asyncio.run(notifier_of().resend("nothing"))


def test_waits_double_up_to_the_cap_and_are_never_quite_alike() -> None:
    policy = RetryPolicy(base=2, cap=60)
    for attempt, longest in enumerate((2, 4, 8, 16, 32, 60, 60), 1):
        waits = {policy.wait(attempt) for _ in range(50)}
        assert longest / 2 <= min(waits) < max(waits) <= longest


@pytest.mark.parametrize(
    ("attempts", "waited", "is_over"), [(4, 0.0, False), (5, 0.0, True), (1, 3600.0, False), (1, 3600.1, True), (6, 9e9, True)]
)
def test_it_is_given_up_after_the_last_attempt_or_an_hour_of_waits(attempts: int, waited: float, is_over: bool) -> None:
    assert RetryPolicy(attempts=5).is_over(attempts, waited) is is_over
