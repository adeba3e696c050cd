"""What stands before a pricer: it retries what may pass, leaves alone what keeps failing, and finds out when it is back."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry

from common.pricing import PricedItem, PriceRequest, PriceResponse
from ensemble.metrics import EnsembleMetrics
from ensemble.peer.guarded_peer import GuardedPeer, GuardLimits
from ensemble.peer.peer_error import PeerError, Reason
from tests.waiting import eventually

ONE = [PriceRequest(description="lamp")]
PRICE = PriceResponse(price=10, low=5, high=20, model="m@1")
HANGS = 3600.0


@dataclass
class ScriptedPeer:
    """Plays `script` call by call: an error, or seconds until the price; afterwards it answers at once."""

    script: list[PeerError | float] = field(default_factory=list)
    alive: bool = True
    calls: int = 0
    probes: int = 0

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        self.calls += 1
        step = self.script.pop(0) if self.script else 0.0
        if isinstance(step, PeerError):
            raise step
        await asyncio.sleep(step)
        return [PRICE for _ in requests]

    async def is_alive(self) -> bool:
        self.probes += 1
        return self.alive


class GatedLate(ScriptedPeer):
    """Its first four calls are late once the gate opens; the others are answered."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def price(self, requests: Sequence[PriceRequest], seconds: float) -> list[PricedItem]:
        self.calls += 1
        if self.calls > 4:
            return [PRICE for _ in requests]
        await self.gate.wait()
        raise PeerError("late", "no")


class Case:
    """A guarded peer and its metrics."""

    def __init__(self, peer: ScriptedPeer, limits: GuardLimits | None = None) -> None:
        self.registry = CollectorRegistry()
        self.peer = peer
        self.guard = GuardedPeer("p", peer, limits or GuardLimits(probe=0.001), EnsembleMetrics(self.registry))

    async def ask(self, seconds: float = 5.0) -> str:
        """ "ok", or the reason why not."""
        try:
            await self.guard.price(ONE, seconds)
        except PeerError as exc:
            return exc.reason
        return "ok"

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, {"pricer": "p", **labels})


def failing(reason: Reason, times: int = 3) -> list[PeerError | float]:
    return [PeerError(reason, "no") for _ in range(times)]


async def asked(case: Case, times: int, seconds: float = 5.0) -> list[str]:
    try:
        return [await case.ask(seconds) for _ in range(times)]
    finally:
        await case.guard.aclose()


def test_a_connection_that_ended_is_tried_again_at_once() -> None:
    case = Case(ScriptedPeer(failing("disconnected", 2)))
    assert asyncio.run(asked(case, 1)) == ["ok"]
    assert case.peer.calls == 3
    assert case.metric("ensemble_pricer_retries_total") == 2


def test_retries_end() -> None:
    case = Case(ScriptedPeer(failing("disconnected", 9)))
    assert asyncio.run(asked(case, 1)) == ["disconnected"]
    assert case.peer.calls == 3


@pytest.mark.parametrize("reason", ["late", "unreachable", "status", "malformed", "wrong_length", "refused", "overloaded"])
def test_what_would_fail_again_is_not_tried_again(reason: Reason) -> None:
    case = Case(ScriptedPeer(failing(reason, 1)))
    assert asyncio.run(asked(case, 1)) == [reason]
    assert case.peer.calls == 1


def test_failures_in_a_row_open_the_breaker_and_calls_fail_at_once() -> None:
    case = Case(ScriptedPeer(failing("status"), alive=False))
    assert asyncio.run(asked(case, 5)) == ["status", "status", "status", "open", "open"]
    assert case.peer.calls == 3
    assert case.metric("ensemble_pricer_breaker_state") == 2
    assert case.metric("ensemble_pricer_errors_total", reason="status") == 3
    assert case.metric("ensemble_pricer_errors_total", reason="open") == 2


@pytest.mark.parametrize("reason", ["overloaded", "refused"])
def test_a_pricer_that_is_there_but_declines_is_not_left_alone(reason: Reason) -> None:
    case = Case(ScriptedPeer(failing(reason, 5)), GuardLimits(retries=0))
    assert asyncio.run(asked(case, 6)) == [reason] * 5 + ["ok"]


def test_a_callers_own_short_deadline_does_not_open_the_breaker() -> None:
    case = Case(ScriptedPeer(failing("late", 5)), GuardLimits(fair=4.0))
    assert asyncio.run(asked(case, 6, seconds=0.5)) == ["late"] * 5 + ["ok"]


def test_calls_that_were_late_while_others_were_answered_do_not_open_the_breaker() -> None:
    peer = GatedLate()
    case = Case(peer)

    async def scenario() -> list[str]:
        late = [asyncio.create_task(case.ask()) for _ in range(4)]
        await asyncio.sleep(0.01)
        answers = [await case.ask()]
        peer.gate.set()
        answers += await asyncio.gather(*late)
        return [*answers, case.guard.breaker.state]

    assert asyncio.run(scenario()) == ["ok", "late", "late", "late", "late", "closed"]


def test_a_pricer_that_is_back_is_found_by_a_probe_and_closed_by_a_call() -> None:
    case = Case(ScriptedPeer(failing("unreachable"), alive=False))

    async def scenario() -> list[str]:
        answers = [await case.ask() for _ in range(3)]
        await eventually(lambda: case.peer.probes > 3)
        answers.append(await case.ask())
        case.peer.alive = True
        await eventually(lambda: case.guard.breaker.state == "half-open")
        answers += [await case.ask(), case.guard.breaker.state]
        await case.guard.aclose()
        return answers

    assert asyncio.run(scenario()) == ["unreachable"] * 3 + ["open", "ok", "closed"]
    assert case.metric("ensemble_pricer_breaker_state") == 0


def test_a_trial_that_fails_leaves_the_pricer_alone_again_until_the_next_probe() -> None:
    case = Case(ScriptedPeer(failing("status", 4)))

    async def scenario() -> list[str]:
        answers = [await case.ask() for _ in range(3)]
        for _ in range(2):
            await eventually(lambda: case.guard.breaker.state == "half-open")
            answers.append(await case.ask())
        await case.guard.aclose()
        return answers

    assert asyncio.run(scenario()) == ["status"] * 4 + ["ok"]


def test_while_one_trial_is_under_way_no_other_call_waits_for_the_pricer() -> None:
    case = Case(ScriptedPeer([*failing("status"), HANGS]))

    async def scenario() -> list[str]:
        for _ in range(3):
            await case.ask()
        await eventually(lambda: case.guard.breaker.state == "half-open")
        trial = asyncio.create_task(case.ask())
        await eventually(lambda: case.peer.calls == 4)
        answers = [await case.ask()]
        trial.cancel()
        await asyncio.gather(trial, return_exceptions=True)
        answers.append(await case.ask())
        await case.guard.aclose()
        return answers

    assert asyncio.run(scenario()) == ["open", "ok"]


def test_closing_ends_the_probing() -> None:
    async def scenario() -> int:
        case = Case(ScriptedPeer(failing("status"), alive=False))
        for _ in range(3):
            await case.ask()
        await case.guard.aclose()
        return len(asyncio.all_tasks())

    assert asyncio.run(scenario()) == 1
