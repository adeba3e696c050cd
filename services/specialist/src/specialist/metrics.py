"""What the specialist counts beside HTTP itself: how requests share batches; and which kernel computes them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_ITEMS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class BatchingMetrics:
    """What a batcher counts: sizes of its batches, items that wait, how long they did, and those that were turned away.

    `kernel` is 1 at the one that the onnx backend multiplies with.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.size = Histogram("batch_items", "Items computed at once", buckets=_ITEMS, registry=registry)
        self.queued = Gauge("batch_queue_items", "Items that wait to be computed", registry=registry)
        self.waited = Histogram("batch_wait_seconds", "Time from arrival to computation", buckets=_SECONDS, registry=registry)
        self.computed = Histogram("batch_compute_seconds", "Time to compute a batch", buckets=_SECONDS, registry=registry)
        self.rejected = Counter(
            "batch_rejected_items",
            "Items not computed: full, late, gone (the caller left) or closing",
            ["reason"],
            registry=registry,
        )
        self.kernel = Gauge("model_kernel", "How the model multiplies on this processor", ["kernel"], registry=registry)


class DeviceMetrics:
    """Of a fleet: which devices are up, batches that each was given, and those that went down with it."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.up = Gauge("device_up", "1 where a device's process prices", ["device"], registry=registry)
        self.batches = Counter("device_batches", "Batches given to a device", ["device"], registry=registry)
        self.lost = Counter("device_batches_lost", "Batches under way when its process ended", ["device"], registry=registry)
