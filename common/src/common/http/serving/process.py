"""Runs a service as a process: who may reach it, logs, traces, and an end that lets what is under way finish."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

import uvicorn
from fastapi import FastAPI

from common.activity.from_logs import LogTap
from common.environment.certificates import FILE, FOLDER, own_authorities
from common.environment.unusable import UnusableSettingsError
from common.http.listening import UNUSABLE_SETTINGS, refusal_to_listen
from common.http.serving.draining import DrainingServer
from common.http.serving.head_deadline import HeadDeadlineProtocol
from common.logs import configure_logs
from common.models.memory import bound_arenas
from common.private_files import keep_private
from common.settings import HTTP_GRACE, HttpSettings, ServiceSettings, var_dir
from common.tracing.start import Tracing

S = TypeVar("S", bound=ServiceSettings)
_NOT_STARTED = 3  # the exit code: uvicorn's own


def usable(kind: type[S]) -> S:
    """The settings of a service. SystemExit with UNUSABLE_SETTINGS, and a sentence for each variable, where one cannot be used."""
    with _ending_unusable():
        return kind()


@contextlib.contextmanager
def _ending_unusable() -> Iterator[None]:
    try:
        yield
    except UnusableSettingsError as exc:
        sys.stderr.write("".join(f"{sentence}\n" for sentence in exc.sentences))
        raise SystemExit(UNUSABLE_SETTINGS) from None


def serve(create_app: Callable[[], FastAPI], port: int, *, host: str = "", has_sign_in: bool = False) -> None:
    """Run a service until it is told to stop. HOST, LOG_LEVEL and LOG_FORMAT come from the environment; `host` goes before HOST.

    SystemExit with UNUSABLE_SETTINGS where one of them cannot be used, or where strangers could reach the service without a key, or
    `has_sign_in` something like it.
    """
    bound_arenas()
    keep_private(var_dir())
    for name in (FILE, FOLDER):
        if os.environ.get(name) == "":  # not set, as everywhere; OpenSSL would take it for a file
            del os.environ[name]
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else ONNX Runtime reports to its maker what runs here
    with _ending_unusable():
        settings = HttpSettings()
        host = host or settings.host
        own_authorities()
        if not has_sign_in and (refusal := refusal_to_listen(host, settings)):
            raise UnusableSettingsError(refusal)
    configure_logs(settings.log_level, settings.log_format)
    tracing = Tracing()

    def create_own_app() -> FastAPI:
        with _ending_unusable():
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
