"""Whom a scan tells of itself, and where its steps are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from scanner.deal_data import ScanReport
from scanner.metrics import ScannerMetrics
from scanner.tracing.telling import Telling


class TraceBook(Protocol):
    """Where it is kept what a scan did when."""

    async def record(self, scan_id: str, begun: float, taken: float, trace: Mapping[str, Any]) -> None:
        """Keep a scan's trace."""
        ...


@dataclass(frozen=True)
class Observers:
    """`traces` None: a scan's steps are not kept."""

    metrics: ScannerMetrics = field(default_factory=ScannerMetrics)
    telling: Telling = field(default_factory=Telling)
    traces: TraceBook | None = None

    def tell(self, scan_id: str, done: ScanReport | None, report: Mapping[str, Any]) -> None:
        """A scan is over and recorded as `report`; `done` is None where it failed as a whole."""
        if done is not None:
            self.telling.done(scan_id, done)
        else:
            self.telling.failed(scan_id, str(report.get("error", "")))

    async def keep_trace(self, scan_id: str, done: ScanReport) -> None:
        """What cannot be kept is told in the log alone: the scan itself went well."""
        if self.traces is None or done.taken is None:
            return
        begun, taken = (moment.timestamp() for moment in done.taken)
        try:
            await self.traces.record(scan_id, begun, taken, done.trace.as_json())
        except Exception:  # noqa: BLE001 (see above)
            structlog.get_logger().exception("trace_not_kept", scan=scan_id)
