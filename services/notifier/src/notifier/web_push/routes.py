"""The doors of web push. Routes parse, call the desk, and answer."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path

from notifier.channels.routes import told
from notifier.channels.schemas import ChannelOut
from notifier.web_push.desk import Desk, Subscription
from notifier.web_push.schemas import PushKey, SubscriptionRequest, Subscriptions

Key = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,16}$")]


def build_router(desk: Callable[[], Desk]) -> APIRouter:
    """The routes, over what `desk` returns at the moment of the request."""
    router = APIRouter(prefix="/push", tags=["channels"])

    @router.get("/key")
    async def read_key() -> PushKey:
        """The public key with which browsers subscribe; it never changes."""
        return PushKey(key=await desk().public_key())

    @router.get("/subscriptions")
    async def list_subscriptions() -> Subscriptions:
        """The channels that are browsers."""
        return Subscriptions(items=[ChannelOut.model_validate(told(each)) for each in await desk().all()])

    @router.post("/subscriptions", status_code=201)
    async def add_subscription(request: SubscriptionRequest) -> ChannelOut:
        """Keep a browser's subscription as a channel; one that is known by its endpoint is renewed."""
        keys = request.keys.p256dh.get_secret_value(), request.keys.auth.get_secret_value()
        given = Subscription(request.endpoint.get_secret_value(), *keys, request.label)
        return ChannelOut.model_validate(told(await desk().add(given, test=request.test)))

    @router.delete("/subscriptions/{id}", status_code=204)
    async def remove_subscription(id: Key) -> None:  # noqa: A002 (the path's name)
        """Send there no more."""
        await desk().remove(id)

    return router
