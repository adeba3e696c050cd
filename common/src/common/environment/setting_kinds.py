"""Kinds of values that settings have: addresses, ports, words. ValueError says what is wrong with one, and never shows it."""

import re
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from common.service_address import HIGHEST_PORT, NO_ADDRESS, is_address


def _of_redis(given: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(given.get_secret_value())
        _ = parts.port
    except ValueError:  # whose message would name what it takes for the port: a part of the password
        raise ValueError("this is no address; % encodes the characters / ? # @ : in its password") from None
    if given.get_secret_value() and parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError("this is no address of a Redis such as redis://127.0.0.1:6379/0")
    return given


def _of_database(given: SecretStr) -> SecretStr:
    if given.get_secret_value() and not _DATABASE.match(given.get_secret_value()):
        raise ValueError("this is no address of a database such as postgresql://host/pricer")
    return given


def _of_service(given: str) -> str:
    if given and not is_address(given):
        raise ValueError(NO_ADDRESS)
    return given


def one_of(*known: str) -> Callable[[str], str]:
    """Reads one of these words, in whatever case, as it stands here."""

    def read(given: str) -> str:
        if given.lower() not in known:
            raise ValueError(f"takes {', '.join(known[:-1])} or {known[-1]}")
        return given.lower()

    return read


_DATABASE = re.compile(r"(sqlite|postgres(ql)?)(\+\w+)?://")
RedisAddress = Annotated[SecretStr, AfterValidator(_of_redis)]
DatabaseAddress = Annotated[SecretStr, AfterValidator(_of_database)]
HttpAddress = Annotated[str, AfterValidator(_of_service)]
Port = Annotated[int, Field(ge=0, le=HIGHEST_PORT)]
