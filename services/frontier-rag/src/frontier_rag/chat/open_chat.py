"""Puts the chat model together as the settings ask: endpoints, prices, budget, cache; or none, where no endpoint is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from common.errors import InvalidInputError
from common.ttl_cache import TtlCache
from frontier_rag.chat.chat_calibration import bundled_calibration
from frontier_rag.chat.chat_model import ChatModel
from frontier_rag.chat.cost_meter import SETTING as CHAT_PRICES
from frontier_rag.chat.cost_meter import CostMeter, price_table
from frontier_rag.chat.daily_budget import DailyBudget
from frontier_rag.chat.endpoints import endpoints_of
from frontier_rag.chat.in_turn import ChatLimits, Money
from frontier_rag.chat.metrics import ChatMetrics
from frontier_rag.chat.spend_ledger import SpendLedger
from frontier_rag.settings import Settings


def open_chat(settings: Settings, environment: Mapping[str, str], metrics: Callable[[], ChatMetrics]) -> ChatModel | None:
    """The chat model, where the settings name an endpoint. InvalidInputError: they cannot be meant."""
    endpoints = endpoints_of(settings, environment)
    if not endpoints:
        return None
    from frontier_rag.chat.openai_endpoint import OpenAIEndpoint

    bundled_calibration()  # read now, so that a damaged one shows at the start
    meter = CostMeter(price_table(settings.chat_prices), metrics())
    unpriced = [each.model for each in endpoints if not meter.announce(each.model)]
    if unpriced and settings.chat_daily_budget is not None:
        words = f"{CHAT_PRICES} needs what {', '.join(unpriced)} takes for a million tokens: the budget has to count it"
        raise InvalidInputError(words, CHAT_PRICES)
    structlog.get_logger().info("chat_endpoints", endpoints=[each.name for each in endpoints], without_price=unpriced)
    return ChatModel(
        [OpenAIEndpoint(each, settings.chat_seed, settings.chat_max_tokens) for each in endpoints],
        limits_of(settings),
        Money(meter, DailyBudget(settings.chat_daily_budget, SpendLedger(settings.spend_file), meter.metrics)),
        TtlCache(settings.chat_cache_size, settings.chat_cache_ttl),
    )


def limits_of(settings: Settings) -> ChatLimits:
    """What the settings allow an answer."""
    return ChatLimits(settings.chat_timeout, settings.chat_retries, settings.chat_concurrency)
