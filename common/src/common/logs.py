"""Structured logs: one event a line, with the ids of request, trace and span, as coloured text or JSON."""

import logging
import sys

import structlog

from common import request_context


def _add_ids(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    identifier, parent = request_context.request_id.get(), request_context.traceparent.get()
    if identifier:
        event.setdefault("request_id", identifier)
    if parent:
        _, trace, span, *_ = parent.split("-")
        event.setdefault("trace_id", trace)
        event.setdefault("span_id", span)
    return event


def configure_logs(level: str = "INFO", form: str = "console", *taps: structlog.typing.Processor) -> None:
    """Send structlog's and the standard library's records to stdout in one form: console or json. `taps` see structlog's before."""
    shared: list[structlog.typing.Processor] = [
        _add_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if form == "json" else "%H:%M:%S", utc=form == "json"),
        structlog.processors.StackInfoRenderer(),
    ]
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(),
        pad_event_to=0,
        # Where rich is installed structlog would print all local values in colour: keys, and a second of the event loop.
        exception_formatter=structlog.dev.plain_traceback,
    )
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()] if form == "json" else [console]
    )
    structlog.configure(
        processors=[*taps, *shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    formatter_chain = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=formatter_chain, foreign_pre_chain=shared))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level.upper())
    for chatty in ("httpx", "httpx2", "httpcore", "httpcore2", "uvicorn", "chromadb", "apprise", "aiosqlite", "mcp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings quote addresses, and those of push services hold secrets
