"""What was made anew is taken by itself, also where it came while another version was being loaded."""

import asyncio
from pathlib import Path

import pytest

from common.models.reloader import Reloader
from common.models.watcher import Watcher
from tests.unit.common.models.kept_models import NAME, make, reloader_over
from tests.waiting import eventually

pytestmark = pytest.mark.anyio


async def started(home: Path) -> tuple[Reloader, Watcher]:
    make(home / "artifacts" / NAME, 10.0)
    reloader = reloader_over(home)
    await reloader.first()
    watcher = Watcher(reloader, 0.02)
    watcher.start()
    return reloader, watcher


async def test_what_is_made_anew_while_another_reload_is_under_way_is_taken_after_it(home: Path) -> None:
    reloader, watcher = await started(home)
    async with reloader._busy:
        version = make(home / "artifacts" / NAME, 20.0)
        await asyncio.sleep(0.3)  # several looks
    await eventually(lambda: reloader.version == version)
    await watcher.stop()
    await reloader.aclose()


async def test_a_signal_while_another_reload_is_under_way_counts_after_it(home: Path) -> None:
    reloader, watcher = await started(home)
    async with reloader._busy:
        watcher._told.set()
        await asyncio.sleep(0.3)
    await eventually(lambda: reloader.last is not None and reloader.last.outcome == "unchanged")
    await watcher.stop()
    await reloader.aclose()


async def test_what_is_refused_is_not_tried_again_until_it_changes(home: Path) -> None:
    reloader, watcher = await started(home)
    make(home / "artifacts" / NAME, 1e9)
    await eventually(lambda: reloader.last is not None)
    await asyncio.sleep(0.3)
    assert reloader.outside.metrics.reloads.labels("refused")._value.get() == 1
    version = make(home / "artifacts" / NAME, 20.0)
    await eventually(lambda: reloader.version == version)
    await watcher.stop()
    await reloader.aclose()
