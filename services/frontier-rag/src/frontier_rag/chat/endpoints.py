"""Reads which chat models to ask, best first, from one setting: `MODEL@WHERE, MODEL@WHERE, ...`.

WHERE is a provider's name or a base URL, after which ` key:NAME` may name the variable that holds the key. Knows no client library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from common.errors import InvalidInputError
from common.private_files import SecretFileError, secret

if TYPE_CHECKING:
    from frontier_rag.settings import Settings

SETTING = "FRONTIER_RAG_CHAT_ENDPOINTS"
OPENAI = "https://api.openai.com/v1"
PROVIDERS = {  # name: base URL, variable that holds the key ("" where there is none)
    "openai": (OPENAI, "OPENAI_API_KEY"),
    "deepseek": ("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "gemini": ("https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    "groq": ("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "openrouter": ("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "ollama": ("http://127.0.0.1:11434/v1", ""),
}
_ENTRY = re.compile(r"(?P<model>\S+)@(?P<where>[^\s@]+)(?: +key:(?P<key>[A-Za-z_][A-Za-z0-9_]*))?")


@dataclass(frozen=True)
class Endpoint:
    """A model and where it is served. `name` is how logs and metrics call it; the key never shows."""

    name: str
    model: str
    base_url: str
    key: str = field(default="", repr=False)


def endpoints_of(settings: Settings, environment: Mapping[str, str]) -> list[Endpoint]:
    """The endpoints in order of preference; none: no chat model is asked. InvalidInputError names what is wrong."""
    if settings.chat_endpoints.strip():
        entries = [entry.strip() for entry in settings.chat_endpoints.split(",") if entry.strip()]
        return [parse_endpoint(entry, environment) for entry in entries]
    if not settings.has_chat:
        return []
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    url = settings.openai_base_url or OPENAI
    where = "openai" if url == OPENAI else urlsplit(url).netloc.rpartition("@")[2] or url
    return [Endpoint(f"{settings.openai_model}@{where}", settings.openai_model, url, key)]


def parse_endpoint(entry: str, environment: Mapping[str, str]) -> Endpoint:
    """One entry of the setting."""
    found = _ENTRY.fullmatch(entry)
    if not found:
        raise InvalidInputError(f"{SETTING}: {entry!r} is not MODEL@PROVIDER or MODEL@URL [key:VARIABLE]", SETTING)
    model, where, variable = found["model"], found["where"], found["key"]
    if where in PROVIDERS:
        url, usual = PROVIDERS[where]
        variable = variable or usual
    elif is_url(where):
        url, where = where, urlsplit(where).netloc
    else:
        raise InvalidInputError(f"{SETTING}: {where!r} is neither a URL nor one of {', '.join(PROVIDERS)}", SETTING)
    return Endpoint(f"{model}@{where}", model, url, _key(entry, variable, environment) if variable else "")


def _key(entry: str, variable: str, environment: Mapping[str, str]) -> str:
    try:
        key = secret(variable, environment)
    except SecretFileError as exc:
        raise InvalidInputError(f"{SETTING}: {exc}", SETTING) from exc
    if not key:
        raise InvalidInputError(f"{SETTING}: {entry!r} needs its key in {variable}", SETTING)
    return key


def is_url(where: str) -> bool:
    """Whether it is the address of an HTTP service."""
    try:
        parts = urlsplit(where)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
