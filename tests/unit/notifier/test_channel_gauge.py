"""Whether a channel is up is told of those that this instance serves, under their names of today, and of no others."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from notifier.channel_worker import ChannelWorker
from notifier.metrics import NotifierMetrics
from notifier.notification import DeliveryPolicy, Outcome, Sent
from tests.unit.notifier.samples import FakeTarget, OpenStores, opened, opportunity
from tests.waiting import eventually


@dataclass
class NamedTarget(FakeTarget):
    """One whose name a person may change."""

    label: str = "phone"  # type: ignore[assignment, misc]


@dataclass
class Scene:
    """A channel that did not answer, its worker, and what /metrics tells."""

    stores: OpenStores
    target: NamedTarget
    worker: ChannelWorker
    registry: CollectorRegistry

    def shown(self) -> dict[str, float]:
        return {
            sample.labels["channel"]: sample.value
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name == "notifier_channel_up"
        }


def in_scene(tmp_path: Path, work: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opened(tmp_path, DeliveryPolicy(patience=86_400.0)) as stores:
            registry, target = CollectorRegistry(), NamedTarget(answers=[Sent("phone", Outcome.NOT_SENT, "HTTP 500")])
            worker = ChannelWorker(target, stores.of("one", lease=0.3), stores.policy, NotifierMetrics(registry))
            scene = Scene(stores, target, worker, registry)
            await stores.notifications.add([opportunity("a")], ["phone"])
            worker.start()
            await eventually(lambda: scene.shown() == {"phone": 0.0})
            await work(scene)
            await worker.stop(5)

    asyncio.run(run())


def test_a_channel_that_nobody_serves_any_more_is_not_told_of(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        await scene.worker.stop(5)
        assert scene.shown() == {}

    in_scene(tmp_path, work)


def test_a_channel_with_another_name_is_told_of_under_that_alone(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        scene.target.label = "mobile"
        await eventually(lambda: scene.shown() == {"mobile": 0.0})

    in_scene(tmp_path, work)


def test_a_channel_that_another_instance_serves_is_not_told_of(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        lease = scene.worker._lease
        assert lease is not None
        await scene.stores.deliveries.release(lease)
        assert await scene.stores.of("other").acquire("phone", "phone")
        await eventually(lambda: scene.shown() == {})

    in_scene(tmp_path, work)
