"""Switches tracing on for a process, where the standard variables of OpenTelemetry name a collector.

What they say beside that (sampler, queue, timeouts) the SDK reads by itself; headers are handed to it, as they may stand in a
file. Where nothing is named nothing of it is imported: it would take memory and time of every start.
"""

from collections.abc import Callable
from typing import Self

import structlog
from pydantic import SecretStr, field_validator, model_validator

from common.service_address import is_address
from common.settings import LAST_SPANS, ServiceSettings
from common.tracing.span import record_with

_SPOKEN = "http/protobuf"


class TracingSettings(ServiceSettings):
    """The variables that decide whether anything is recorded."""

    otel_exporter_otlp_endpoint: str = ""
    otel_exporter_otlp_traces_endpoint: str = ""  # which goes before that
    otel_exporter_otlp_headers: SecretStr = SecretStr("")
    otel_exporter_otlp_traces_headers: SecretStr = SecretStr("")
    otel_exporter_otlp_protocol: str = _SPOKEN
    otel_exporter_otlp_traces_protocol: str = ""
    otel_traces_exporter: str = "otlp"
    otel_sdk_disabled: bool = False

    @property
    def is_on(self) -> bool:
        """Whether there is a collector to be told."""
        is_named = bool(self.otel_exporter_otlp_traces_endpoint or self.otel_exporter_otlp_endpoint)
        return is_named and "otlp" in self.otel_traces_exporter.split(",") and not self.otel_sdk_disabled

    @property
    def headers(self) -> str:
        """What a collector is shown, as these variables write it; a key stands in it."""
        return self.otel_exporter_otlp_traces_headers.get_secret_value() or self.otel_exporter_otlp_headers.get_secret_value()

    @field_validator("otel_exporter_otlp_endpoint", "otel_exporter_otlp_traces_endpoint")
    @classmethod
    def _is_an_address(cls, given: str) -> str:
        if given and not is_address(given):
            raise ValueError("this is no address of a collector such as http://127.0.0.1:4318")
        return given

    @model_validator(mode="after")
    def _is_spoken(self) -> Self:
        if self.is_on and (self.otel_exporter_otlp_traces_protocol or self.otel_exporter_otlp_protocol) != _SPOKEN:
            raise ValueError(f"of OTEL_EXPORTER_OTLP_PROTOCOL {_SPOKEN} alone is spoken here; collectors take it at port 4318")
        return self


class Tracing:
    """What was switched on, if anything was."""

    def __init__(self) -> None:
        self._stop: Callable[[float], None] | None = None

    def start(self, service: str) -> None:
        """Record from now on what `service` does, where a collector is named. UnusableSettingsError says where it cannot be."""
        settings = TracingSettings()
        if not settings.is_on:
            return
        from common.tracing.open_telemetry import OpenTelemetryRecorder

        recorder = OpenTelemetryRecorder(service, headers=settings.headers)
        record_with(recorder)
        self._stop = recorder.stop
        structlog.get_logger().info("traces_on", service=service)

    def close(self) -> None:
        """Hand over what waits, and record no more."""
        if self._stop is not None:
            record_with(None)
            self._stop(LAST_SPANS)
