"""What the doors of web push take and give. Endpoints and keys come in, and never go out."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from notifier.channels.channel import ADDRESS_LENGTH, Name
from notifier.channels.schemas import ChannelOut

_EXAMPLE: JsonDict = {
    "endpoint": "https://push.example/send/a-token-that-only-this-browser-has",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
    "label": "Phone",
}
_KeyText = Annotated[SecretStr, Field(min_length=1, max_length=120)]


class PushKey(BaseModel):
    """`key`: for applicationServerKey of PushManager.subscribe(), as base64url."""

    key: str


class SubscriptionKeys(BaseModel):
    """The keys of PushSubscription.toJSON()."""

    model_config = ConfigDict(extra="forbid")

    p256dh: _KeyText
    auth: _KeyText


class SubscriptionRequest(BaseModel):
    """What PushSubscription.toJSON() gives, and the channel's name. `test`: send to it first, keep it if that works."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    endpoint: Annotated[SecretStr, Field(min_length=1, max_length=ADDRESS_LENGTH)]
    keys: SubscriptionKeys
    label: Name = "Browser"
    expirationTime: Any = None  # noqa: N815 (the browser's name); nobody sets it, and who is gone says 410
    test: Annotated[bool, Field(strict=True)] = False


class Subscriptions(BaseModel):
    """The channels that are browsers."""

    items: list[ChannelOut]
