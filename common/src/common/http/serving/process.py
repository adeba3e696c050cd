"""Runs a service as a process: who may reach it, logs, traces, and an end that lets what is under way finish."""

import contextlib
import os
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from common.activity.from_logs import LogTap
from common.http.listening import UNUSABLE_SETTINGS, refusal_to_listen
from common.http.serving.draining import DrainingServer
from common.http.serving.head_deadline import HeadDeadlineProtocol
from common.logs import configure_logs
from common.models.memory import bound_arenas
from common.private_files import keep_private
from common.settings import HTTP_GRACE, HttpSettings, var_dir
from common.tracing.start import Tracing

_NOT_STARTED = 3  # the exit code: uvicorn's own


def serve(create_app: Callable[[], FastAPI], port: int, *, host: str = "", has_sign_in: bool = False) -> None:
    """Run a service until it is told to stop. HOST, LOG_LEVEL and LOG_FORMAT come from the environment; `host` goes before HOST.

    SystemExit with UNUSABLE_SETTINGS where strangers could reach it without a key, or `has_sign_in` something like it.
    """
    bound_arenas()
    keep_private(var_dir())
    if os.environ.get("SSL_CERT_FILE") == "":  # not set, as everywhere; OpenSSL would take it for a file
        del os.environ["SSL_CERT_FILE"]
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else ONNX Runtime reports to its maker what runs here
    settings = HttpSettings()
    host = host or settings.host
    if not has_sign_in and (refusal := refusal_to_listen(host, settings)):
        sys.stderr.write(f"{refusal}\n")
        raise SystemExit(UNUSABLE_SETTINGS)
    configure_logs(settings.log_level, settings.log_format)
    tracing = Tracing()

    def create_own_app() -> FastAPI:
        app = create_app()
        configure_logs(settings.log_level, settings.log_format, LogTap(app.state.activity))
        tracing.start(app.title)
        app.state.owns_process = True
        app.state.is_stopping = lambda: server.should_exit
        app.state.is_leaving = lambda: server.is_leaving
        return app

    server = DrainingServer(
        uvicorn.Config(
            create_own_app,
            factory=True,
            host=host,
            port=port,
            http=HeadDeadlineProtocol,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=HTTP_GRACE,
            timeout_keep_alive=settings.keep_alive_seconds,
        ),
        settings.drain_seconds,
    )
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(tracing):
        server.run()
    if not server.started:
        raise SystemExit(_NOT_STARTED)
