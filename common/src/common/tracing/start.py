"""Switches tracing on for a process, where the standard variables of OpenTelemetry name a collector.

What they say beside that (headers, sampler, queue, timeouts) the SDK reads by itself. Where nothing is named nothing of it is
imported: it would take memory and time of every start.
"""

from urllib.parse import urlsplit

import structlog
from pydantic import AliasChoices, Field, field_validator

from common.settings import LAST_SPANS, ServiceSettings
from common.tracing.span import record_with

_SPOKEN = "http/protobuf"


class TracingSettings(ServiceSettings):
    """The variables that decide whether anything is recorded."""

    endpoint: str = Field("", validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"))
    protocol: str = Field(
        _SPOKEN, validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    )
    exporter: str = Field("otlp", validation_alias="OTEL_TRACES_EXPORTER")
    is_disabled: bool = Field(False, validation_alias="OTEL_SDK_DISABLED")

    @property
    def is_on(self) -> bool:
        """Whether there is a collector to be told."""
        return bool(self.endpoint) and self.exporter == "otlp" and not self.is_disabled

    @field_validator("endpoint")
    @classmethod
    def _is_an_address(cls, given: str) -> str:
        parts = urlsplit(given)
        if given and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("this is no address of a collector such as http://127.0.0.1:4318")
        return given

    @field_validator("protocol")
    @classmethod
    def _is_spoken(cls, given: str) -> str:
        if given != _SPOKEN:
            raise ValueError(f"{_SPOKEN} is the one that is spoken here; collectors take it at port 4318")
        return given


class Tracing:
    """What was switched on, if anything was."""

    def __init__(self) -> None:
        self._recorder: object | None = None

    def start(self, service: str) -> None:
        """Record from now on what `service` does, where a collector is named. ValueError for variables that make no sense."""
        if not TracingSettings().is_on:
            return
        from common.tracing.open_telemetry import OpenTelemetryRecorder

        self._recorder = recorder = OpenTelemetryRecorder(service)
        record_with(recorder)
        structlog.get_logger().info("traces_on", service=service)

    def close(self) -> None:
        """Hand over what waits, and record no more."""
        if self._recorder is None:
            return
        from common.tracing.open_telemetry import OpenTelemetryRecorder

        record_with(None)
        if isinstance(self._recorder, OpenTelemetryRecorder):
            self._recorder.stop(LAST_SPANS)
        self._recorder = None
