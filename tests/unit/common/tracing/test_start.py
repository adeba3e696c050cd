"""Tracing is off until the standard variables name a collector. Until then the SDK and its exporter are not even imported.

What FastAPI and redis import by themselves is not ours to keep out: the API, and the metrics of the SDK.
"""

import subprocess
import sys

import pytest

from common.environment.unusable import UnusableSettingsError
from common.tracing.start import Tracing, TracingSettings

OFF = """
import sys
from importlib import import_module
from common.tracing.start import Tracing
for name in ("ensemble", "specialist", "frontier_rag", "random_forest", "scanner", "notifier", "dashboard"):
    import_module(f"{name}.app").create_app()
tracing = Tracing()
tracing.start("a-service")
tracing.close()
late = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.proto")
print(sorted(name for name in sys.modules if name.startswith(late)))
"""
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def test_where_no_collector_is_named_nothing_of_what_records_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", OFF], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("variables", "is_on"),
    [
        ({}, False),
        ({ENDPOINT: ""}, False),
        ({ENDPOINT: "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector/v1/traces"}, True),
        ({ENDPOINT: "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({ENDPOINT: "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False),
        (
            {
                ENDPOINT: "http://c:4318",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            },
            True,
        ),
    ],
)
def test_the_standard_variables_switch_it_on_and_off(
    variables: dict[str, str], is_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert TracingSettings().is_on is is_on


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (ENDPOINT, "collector:4318", f"{ENDPOINT}: .*no address of a collector"),
        (ENDPOINT, "http://", "no address of a collector"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"),
    ],
)
def test_a_variable_that_cannot_be_used_stops_the_service_and_is_not_repeated(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINT, "http://collector:4318")
    monkeypatch.setenv(name, value)
    with pytest.raises(UnusableSettingsError, match=says) as caught:
        Tracing().start("scanner")
    assert "input_value" not in str(caught.value)
