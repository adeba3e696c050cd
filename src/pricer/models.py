"""`pricer models list|pull|use|rollback|promote`: which versions of the models are in use, and taking another or the former one."""

import argparse
from typing import Any

from common.about.checks import artifacts_of
from common.client import ServiceClient
from common.errors import PricingAgentError
from common.models.model_store import Choice, ModelStore, checked_name, checked_version, read_meta
from common.models.registry import open_registry, pull
from common.models.settings import ModelSettings
from common.pricers import PRICERS
from pricer.arguments import address, seconds
from pricer.asking import ask, object_of
from pricer.commands import Commands
from pricer.failures import PricingFailedError, UsageError
from pricer.local.system import services
from pricer.printing import plain, print_json

_SECONDS = 1800.0  # a version may have to be fetched first
_PRICING = ("ensemble", *(pricer.name for pricer in PRICERS))


def add_commands(commands: Commands) -> None:
    """Those below `pricer models`."""
    commands.add("list", list_models, "versions in use, kept and in the registry")
    for name, do, meaning in (
        ("pull", pull_model, "bring a version from MODEL_REGISTRY to this machine; nothing uses it yet"),
        ("use", use_model, "let a version take the place of the one in use, while the service answers"),
        ("rollback", roll_back, "go back to the version that was in use before"),
    ):
        parser = commands.add(name, do, meaning)
        parser.add_argument("name", help="specialist, random-forest, frontier-rag/estimator, ensemble or judge")
        if name != "rollback":
            parser.add_argument("version", help="as `pricer models list` tells it")
        if name != "pull":
            _add_service(parser)
        if name == "use":
            parser.add_argument("--offline", action="store_true", help="choose it for the next start; no canary tries it")
    parser = commands.add("promote", promote, "let the candidate of a service's SHADOW take the place of the one in use")
    parser.add_argument("name", choices=_PRICING, help="the service")
    _add_service(parser)


def list_models(arguments: argparse.Namespace) -> int:
    """Tell what services and disk say; the exit code."""
    found = [each for name in _PRICING for each in _of_service(name, arguments)]
    if arguments.json:
        print_json({"items": found})
        return 0
    for each in found:
        print(_line(each))
    return 0


def _of_service(service: str, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    told = _asked_quietly(service, arguments)
    in_use = {each["name"]: each for each in told.get("artifacts", [])}
    return [_row(service, name, in_use.get(name)) for name in artifacts_of(service)]


def _row(service: str, name: str, in_use: dict[str, Any] | None) -> dict[str, Any]:
    store, registry = ModelStore(), open_registry(ModelSettings().registry)
    row: dict[str, Any] = {"service": service, "name": name, "in_use": in_use["version"] if in_use else None}
    try:
        row["chosen"] = str(read_meta(store.folder(name))["version"])
        row["kept"] = store.versions(name)
        row["registry"] = registry.versions(name) if registry else []
    except PricingAgentError as exc:
        row["problem"] = str(exc)
    return row | {"former": store.choice(name).former}


def _line(row: dict[str, Any]) -> str:
    shown = [f"{row['name']:24} {row['in_use'] or row.get('chosen') or '-':20} {'' if row['in_use'] else 'not running'}".rstrip()]
    shown += [f"{key}: {row[key]}" for key in ("former", "problem") if row.get(key)]
    shown += [f"{key}: {', '.join(row[key])}" for key in ("kept", "registry") if row.get(key)]
    return "  ".join(map(plain, shown))


def pull_model(arguments: argparse.Namespace) -> int:
    """Bring a version to this machine; the exit code."""
    registry = open_registry(ModelSettings().registry)
    if registry is None:
        raise UsageError("MODEL_REGISTRY names no registry: set it to a folder, or to hub:OWNER/REPOSITORY@REVISION")
    store = ModelStore()
    try:
        pull(registry, store, arguments.name, arguments.version)
        told = {"name": arguments.name, "version": arguments.version, "folder": str(store.place(arguments.name, arguments.version))}
    except PricingAgentError as exc:
        raise PricingFailedError(str(exc)) from exc
    _say(arguments, told, f"{told['name']} {told['version']} is in {told['folder']}")
    return 0


def use_model(arguments: argparse.Namespace) -> int:
    """Have the service take it; the exit code."""
    if arguments.offline:
        return _choose(arguments)
    body = {"artifact": arguments.name, "version": arguments.version}
    return _told(arguments, _post(arguments, _service_of(arguments.name), "/models/reload", body))


def _choose(arguments: argparse.Namespace) -> int:
    store = ModelStore()
    try:
        name, version = checked_name(arguments.name), checked_version(arguments.version)
        former = str(read_meta(store.folder(name))["version"])
        _, chosen = store.find(name, version)
        store.choose(name, Choice(chosen, former if former != version else store.choice(name).former))
    except PricingAgentError as exc:
        raise PricingFailedError(str(exc)) from exc
    _say(arguments, {"name": name, "version": version}, f"{name} {version} is used from the next start of {_service_of(name)}")
    return 0


def roll_back(arguments: argparse.Namespace) -> int:
    """Have the service go back; the exit code."""
    return _told(arguments, _post(arguments, _service_of(arguments.name), "/models/rollback", {"artifact": arguments.name}))


def promote(arguments: argparse.Namespace) -> int:
    """Have the candidate's version taken: by the service itself, or where it prices elsewhere by the pricer that it stands for."""
    shadow = object_of(_get(arguments, arguments.name)).get("shadow")
    if not isinstance(shadow, dict):
        raise PricingFailedError(f"{arguments.name} has no candidate: set its SHADOW")
    if not shadow["member"] and "://" not in shadow["candidate"]:
        return _told(arguments, _post(arguments, arguments.name, "/models/promote", None))
    _, _, version = str(shadow["model"]).partition("@")
    if not version:
        raise PricingFailedError("the candidate has answered nothing yet, so that its version is not known")
    if target := shadow["member"]:  # which answers at an address of its own
        arguments.url = _url_of(argparse.Namespace(), target)
    return _told(arguments, _post(arguments, target or arguments.name, "/models/reload", {"version": version}))


def _add_service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", type=address, help="the service (default: the one on this machine that stands on the model)")
    parser.add_argument("--timeout", type=seconds, default=_SECONDS, help="seconds for an answer (default: %(default)s)")


def _service_of(artifact: str) -> str:
    found = next((name for name in _PRICING if artifact in artifacts_of(name)), None)
    if found is None:
        raise UsageError(f"no service stands on {artifact}; known are {', '.join(n for s in _PRICING for n in artifacts_of(s))}")
    return found


def _url_of(arguments: argparse.Namespace, service: str) -> str:
    return getattr(arguments, "url", "") or next(each.url for each in services() if each.name == service)


def _post(arguments: argparse.Namespace, service: str, path: str, body: object) -> dict[str, Any]:
    given = argparse.Namespace(url=_url_of(arguments, service), timeout=arguments.timeout)
    return object_of(ask(service, given, lambda client: client.post(path, body)))


def _get(arguments: argparse.Namespace, service: str) -> object:
    given = argparse.Namespace(url=_url_of(arguments, service), timeout=30.0)
    return ask(service, given, _models)


def _asked_quietly(service: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Nothing of a service that does not run: the disk tells what it would use."""
    try:
        return object_of(ask(service, argparse.Namespace(url=_url_of(arguments, service), timeout=5.0), _models))
    except PricingFailedError:
        return {}


async def _models(client: ServiceClient) -> object:
    return await client.get("/models")


def _told(arguments: argparse.Namespace, attempt: dict[str, Any]) -> int:
    _say(arguments, attempt, f"{attempt.get('outcome')}: answers as {attempt.get('model')}")
    return 0


def _say(arguments: argparse.Namespace, told: dict[str, Any], text: str) -> None:
    if arguments.json:
        print_json(told)
    else:
        print(plain(text))
