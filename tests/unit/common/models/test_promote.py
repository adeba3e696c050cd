"""A candidate that takes the place of the one in use is let go as a candidate: nothing is held for it, and nothing waits for it."""

import asyncio
import gc
import weakref
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from common.models.doors import add_models
from common.models.drift.metrics import DriftMetrics
from common.models.drift.monitor import DriftMonitor
from common.models.reloader import Reloader
from common.models.shadow.candidate import Candidate
from common.models.shadow.shadow import Shadow
from common.pricing import PriceRequest
from common.pricing_api.pricer import Pricer
from tests.unit.common.models.kept_models import NAME, make, reloader_over

ASKED = [PriceRequest(description="a lamp")]
pytestmark = pytest.mark.anyio


def shadow_over(reloader: Reloader, version: str, opened: list[weakref.ref[Pricer]]) -> Shadow:
    async def opens(closing: AsyncExitStack) -> Candidate:
        pricer = await reloader.open_beside(version, closing)
        opened.append(weakref.ref(pricer))
        return Candidate(version, pricer, version=version, is_here=True)

    return Shadow(version, opens, lambda: False)  # it never has time for a text


async def test_once_promoted_nothing_is_held_and_nothing_waits(home: Path) -> None:
    make(home / "artifacts" / NAME, 10.0)
    reloader, app, opened, settled = reloader_over(home), FastAPI(), list[weakref.ref[Pricer]](), list[bool]()
    reloader.outside.settle = lambda: settled.append(gc.collect() >= 0)
    await reloader.first()
    version = make(home / "other", 20.0)
    reloader.outside.store.keep(NAME, home / "other")
    shadow = shadow_over(reloader, version, opened)
    reloader.live.watchers = [shadow]
    add_models(app, reloader, DriftMonitor(DriftMetrics()), shadow)
    shadow.start()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        while shadow.candidate is None:  # noqa: ASYNC110 (a shadow has no event)
            await asyncio.sleep(0.01)
        await reloader.live.price(ASKED)
        assert shadow.waiting
        assert (await client.post("/models/promote")).json()["model"] == f"{NAME}@{version}"
        for _ in range(300):
            await reloader.live.price(ASKED)
        told = (await client.get("/models")).json()["shadow"]
    assert (told["waiting"], told["dropped"], told["problem"]) == (0, 0, "it is the one in use now")
    assert settled
    assert [each() for each in opened] == [None]
    await reloader.aclose()
