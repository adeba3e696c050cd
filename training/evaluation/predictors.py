"""What a --pricer argument means: a service's name, a URL, `constant:`, `python:` or `replay:`.

Names are checked before anything is priced, so that the last of several cannot fail after an hour of the first. Knows nothing of
truths; recorded estimates are looked up in replay.py.
"""

import hashlib
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.artifact import sha256
from common.client import ServiceClient
from common.errors import InvalidInputError
from common.settings import artifacts_dir
from training.evaluation import callables, replay
from training.evaluation.pricers import HTTP_TIMEOUT, MEMBERS, Constant, EvaluatedPricer, OverHttp, load_ensemble, load_member

CONSTANT = "constant:"
URLS = ("http://", "https://")
KNOWN = (
    *MEMBERS,
    "ensemble",
    "http(s)://HOST:PORT",
    "constant:DOLLARS",
    "python:MODULE:FUNCTION",
    "replay:KEY",
    "replay:FILE.jsonl",
)


def check(name: str) -> None:
    """InvalidInputError where `name` means no pricer."""
    if name.startswith(CONSTANT):
        _dollars(name.removeprefix(CONSTANT))
    elif name.startswith(callables.PREFIX):
        callables.find_callable(name.removeprefix(callables.PREFIX))
    elif name not in (*MEMBERS, "ensemble") and not name.startswith((*URLS, replay.PREFIX)):
        raise InvalidInputError(f"unknown pricer {name!r}; known are {', '.join(KNOWN)}", "pricer")


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[EvaluatedPricer]:
    """The live pricer that `name` means, closed at the end."""
    check(name)
    if name.startswith(URLS):
        client = ServiceClient("the pricer", name, timeout=HTTP_TIMEOUT)
        try:
            yield OverHttp(client)
        finally:
            await client.aclose()
    elif name.startswith(CONSTANT):
        yield Constant(_dollars(name.removeprefix(CONSTANT)))
    elif name.startswith(callables.PREFIX):
        yield callables.FromCallable(name, callables.find_callable(name.removeprefix(callables.PREFIX)))
    else:
        yield await (load_ensemble() if name == "ensemble" else load_member(name))


def _dollars(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not (math.isfinite(price) and price > 0):
        raise InvalidInputError(f"constant:{text} is not a price", "pricer")
    return price


def fingerprint(name: str) -> dict[str, str]:
    """Hashes of the artifacts behind a service's name: estimates of one made anew must not be mixed with those of the old."""
    if name not in (*MEMBERS, "ensemble"):
        return {}
    return {path.parent.name: sha256(path) for path in sorted(artifacts_dir().glob("*/meta.json"))}


def file_name(name: str) -> str:
    """A pricer's name as part of a file's name; a hash keeps apart what looks alike after it."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:60]
    return plain if plain == name else f"{plain}-{hashlib.blake2b(name.encode(), digest_size=3).hexdigest()}"
