"""The trace that a request or a scan leaves: spans where time is spent, handed to an OpenTelemetry collector where one is named."""
