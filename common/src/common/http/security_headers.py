"""What every answer tells the browser not to do with it. Plain ASGI."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = b"content-security-policy"
DATA_ALONE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"  # nothing to load, nothing to run
# A style element may be empty, of which this is the hash: Plotly makes one and adds its rules through the object model.
_EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
_ELSEWHERE = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
OWN_PAGES = f"default-src 'self'; style-src 'self' {_EMPTY}; {_ELSEWHERE}"
_UNUSED = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" would turn the Origin of our own forms into null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
}


class SecurityHeadersMiddleware:
    """Adds them. A route may have said `policy`, the Content-Security-Policy, of its own answer itself."""

    def __init__(self, app: ASGIApp, policy: str = DATA_ALONE) -> None:
        self.app = app
        self.added = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
        self.policy = (_POLICY, policy.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                own = [] if any(name == _POLICY for name, _ in headers) else [self.policy]
                message = {**message, "headers": [*headers, *self.added, *own]}
            await send(message)

        await self.app(scope, receive, send_guarded)
