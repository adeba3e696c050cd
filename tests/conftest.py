"""What all tests share: a clean environment, and the shared data where it is."""

import functools
import gc
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import fastapi.dependencies.models
import pytest
import structlog
from hypothesis import HealthCheck, settings

from common.settings import shared_data_dir

# A shared machine can be slow for a moment, which says nothing of the code; the examples are the same in every run.
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("shared-machine")

# As configure_logs has it; structlog's own way with a traceback takes a second where rich is installed.
structlog.configure(processors=[structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)])

# A shell lets what it starts in the background ignore Ctrl-C, and what tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ("tests.missing", "tests.scheduling")

_OURS = (
    "HOST",
    "OPEN_TO_NETWORK",
    "DASHBOARD_HOST",
    "DASHBOARD_PASSWORD",
    "API_KEYS",
    "API_KEYS_FILE",
    "API_RATE_LIMIT",
    "PEER_API_KEY",
    "REDIS_URL",
    "DATABASE_URL",
    "NOTIFY_URLS",
    "FEEDS",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "FRONTIER_RAG_CHAT_ENDPOINTS",
    "FRONTIER_RAG_CHAT_DAILY_BUDGET",
    "FRONTIER_RAG_CHAT_PRICES",
    "VAR_DIR",
    "MODEL_RELOAD",
    "MODEL_REGISTRY",
)


@pytest.fixture(autouse=True, scope="session")
def _known_host() -> Iterator[None]:
    """Services answer under the name by which Starlette's test client calls them, and ask no bank for rates."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLOWED_HOSTS", "testserver")
        patch.setenv("SCANNER_RATES_URL", "off")
        yield


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the person who runs it."""
    for name in _OURS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """What a test has logged, and where to, is as for the first: a service that is started in a test sets up the whole process."""
    kept, handlers = structlog.get_config(), logging.root.handlers[:]
    levels = {each: each.level for each in _loggers()}
    yield
    structlog.configure(**kept)
    logging.root.handlers[:] = handlers
    for each in _loggers():
        if each.level != (level := levels.get(each, logging.NOTSET)):
            each.setLevel(level)


def _loggers() -> list[logging.Logger]:
    return [logging.root, *(each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger))]


@pytest.fixture(autouse=True)
def _own_process() -> Iterator[None]:
    """The same of what else a service sets up as its process starts: variables, and the rights of new files."""
    before, mask = dict(os.environ), _umask()
    yield
    os.umask(mask)
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def _umask() -> int:
    os.umask(mask := os.umask(0o077))
    return mask


@pytest.fixture(autouse=True, scope="session")
def _imports_set_aside() -> Iterator[None]:
    """A collection looks at what tests made: one that also looks at all imports takes half a second."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    gc.collect()


@pytest.fixture(autouse=True, scope="module")
def _collected(_imports_set_aside: None) -> Iterator[None]:
    """What a module's tests left open is found at its end: later, nobody could tell whose it was.

    FastAPI remembers the routes of some seventy applications, each with all that it holds: a service has one, the tests have
    thousands.
    """
    yield
    for each in vars(fastapi.dependencies.models).values():
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()
    gc.collect()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with data/ and feeds/."""
    folder = shared_data_dir()
    if folder is None:
        pytest.skip("needs the shared data: set PRICER_DATA to a folder with data/ and feeds/")
    return folder
