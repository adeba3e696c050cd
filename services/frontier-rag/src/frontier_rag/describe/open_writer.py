"""Puts the writer of product texts together: the chat model's endpoints, counted and bounded together with its prices."""

from __future__ import annotations

from collections.abc import Mapping

from common.ttl_cache import TtlCache
from frontier_rag.chat.chat_model import ChatModel
from frontier_rag.chat.endpoints import endpoints_of
from frontier_rag.chat.in_turn import Money
from frontier_rag.chat.open_chat import limits_of
from frontier_rag.describe.chat_writer import ChatWriter
from frontier_rag.describe.prompt import MOST_TOKENS, SCHEMA
from frontier_rag.settings import Settings

KEPT = 1_000  # drafts, some 2 kB each


def open_writer(settings: Settings, environment: Mapping[str, str], chat: ChatModel | None) -> ChatWriter | None:
    """The writer beside `chat`; None where there is none."""
    if chat is None:
        return None
    from frontier_rag.chat.openai_endpoint import OpenAIEndpoint

    endpoints = endpoints_of(settings, environment)
    return ChatWriter.over(
        [OpenAIEndpoint(each, settings.chat_seed, MOST_TOKENS, SCHEMA) for each in endpoints],
        limits_of(settings),
        Money(chat.meter, chat.budget),
        TtlCache(min(KEPT, settings.chat_cache_size), settings.chat_cache_ttl),
    )
