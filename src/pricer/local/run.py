"""`pricer run`: every service as a local process, until Ctrl-C."""

import asyncio
import contextlib
import importlib
import os
import shlex
import signal
import socket
import sys
import time
import webbrowser
from collections.abc import Mapping, Sequence

from common.environment.certificates import own_authorities
from common.environment.unusable import UnusableSettingsError
from common.http.listening import UNUSABLE_SETTINGS, refusal_to_listen
from common.models.settings import ModelSettings
from common.pricing import EXAMPLE
from common.private_files import keep_private
from common.service_address import ServiceAddress
from common.settings import HttpSettings, ServiceSettings, artifacts_dir, var_dir
from common.tracing.start import TracingSettings
from dashboard.settings import Settings as DashboardSettings
from pricer.asking import Readiness
from pricer.local.redis_server import NoRedisError, RedisServer, find_redis
from pricer.local.supervisor import Command, LogStream, Supervisor
from pricer.local.system import environment, services
from pricer.printing import print_json_line

_REDIS_GRACE = 12.0  # seconds to end: it writes its file
_PATIENCE = 5.0  # seconds that a service has to say whether it is ready
_SLOW_START = 120.0  # seconds after which what is missing is said once more


def run(*, for_program: bool = False) -> int:
    """Run the whole system; the process's exit code. `for_program`: JSON Lines on standard output, the log on the other."""
    if refusal := _refusal():
        print(refusal, file=sys.stderr)
        return UNUSABLE_SETTINGS
    keep_private(var_dir())
    taken = [service for service in services() if _is_taken(service.port)]
    if taken:
        for service in taken:
            print(f"Port {service.port} is taken. Give {service.name} another by {service.prefix}_PORT.", file=sys.stderr)
        return 1
    try:
        redis = find_redis(var_dir() / "redis")
    except NoRedisError as exc:
        print(exc, file=sys.stderr)
        return 1
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_supervise(redis, for_program=for_program))
    if for_program:
        print_json_line({"state": "stopped"})
    else:
        print("Stopped.")
    return 0


def _refusal() -> str:
    """Why the services would not start with these settings; said once, before anything runs, and not by each of them."""
    kinds: list[type[ServiceSettings]] = [HttpSettings, TracingSettings, ModelSettings, *map(_settings_of, services())]
    if told := list(dict.fromkeys(sentence for kind in kinds for sentence in _unusable(kind))):
        return "\n".join(told)
    own_authorities()
    http, dashboard = HttpSettings(), DashboardSettings()
    if refusal := refusal_to_listen(http.host, http):
        return refusal
    return "" if dashboard.password.get_secret_value() else refusal_to_listen(dashboard.host or http.host, http)


def _settings_of(service: ServiceAddress) -> type[ServiceSettings]:
    found: type[ServiceSettings] = importlib.import_module(f"{service.module}.settings").Settings
    return found


def _unusable(kind: type[ServiceSettings]) -> Sequence[str]:
    try:
        kind()
    except UnusableSettingsError as exc:
        return exc.sentences
    return ()


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


async def _supervise(redis: RedisServer, *, for_program: bool) -> None:
    readiness = Readiness(services(), _PATIENCE)
    env = environment(redis.url)
    env["ARTIFACTS_DIR"], env["VAR_DIR"] = str(artifacts_dir()), str(var_dir())
    commands = [command_of(service, env) for service in services()]
    if redis.argv:
        commands.insert(0, Command("redis", redis.argv, env, _REDIS_GRACE, serves_others=True))
    log = LogStream([command.name for command in commands] + ["pricer"], sys.stderr if for_program else sys.stdout)
    supervisor = Supervisor(commands, log)
    loop = asyncio.get_running_loop()
    for number in ending_signals():
        loop.add_signal_handler(number, supervisor.stop)
    announcer = asyncio.create_task(_announce(readiness, log, for_program=for_program))
    await supervisor.run()
    announcer.cancel()


def ending_signals() -> list[signal.Signals]:
    """The signals that end a run; SIGHUP not where whoever started it had it ignored, as `nohup` does."""
    is_kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([] if is_kept else [signal.SIGHUP])]


def command_of(service: ServiceAddress, env: Mapping[str, str]) -> Command:
    """A service as a process, which has as long to end as its own settings say it takes."""
    try:
        grace = _settings_of(service)().stop_seconds
    except UnusableSettingsError:  # which the service tells itself, and does not start
        grace = ServiceSettings().stop_seconds
    return Command(service.name, (sys.executable, "-m", service.module), env, grace)


async def _announce(readiness: Readiness, log: LogStream, *, for_program: bool) -> None:
    """Say when everything is ready and what to try; say what is missing where that takes long."""
    started, complained = time.monotonic(), False
    async with contextlib.aclosing(readiness):
        while missing := [each for each in await readiness.ask() if not each.is_ready]:
            if time.monotonic() - started > _SLOW_START and not complained:
                complained = True
                for each in missing:
                    log.line("pricer", f"still not ready: {each.service.name}: {each.lacks}")
            await asyncio.sleep(0.3)
    seconds = time.monotonic() - started
    _print_banner(log, seconds)
    if for_program:
        urls = {service.name: service.url for service in services()}
        print_json_line({"state": "ready", "seconds": round(seconds, 1), "data": str(var_dir()), "urls": urls})


def _print_banner(log: LogStream, seconds: float) -> None:
    urls = {service.name: service.url for service in services()}
    body = f'{{"description": "{EXAMPLE}"}}'
    curl = f"curl -s {urls['ensemble']}/price -H 'Content-Type: application/json' -d {shlex.quote(body)}"
    for line in (
        f"Ready after {seconds:.1f} s.",
        f"Dashboard: {urls['dashboard']}",
        f"Data: {var_dir()}",
        "Try:",
        f"  {curl}",
        "Ctrl-C stops everything.",
    ):
        log.line("pricer", line)
    if sys.stdout.isatty() and (os.environ.get("DISPLAY") or sys.platform == "darwin") and not os.environ.get("PRICER_NO_BROWSER"):
        webbrowser.open(urls["dashboard"])
