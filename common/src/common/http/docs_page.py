"""/docs: the API described for people, by Swagger UI out of the package fastapi-offline, as no page of ours loads from elsewhere.

FastAPI's own page takes the same program from a public network, which could then do with our API whatever it likes.
"""

import base64
import hashlib
import re
from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response

PAGE = "/docs"
FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "favicon.png": "image/png"}
PATHS = frozenset({PAGE, *(f"{PAGE}/{name}" for name in FILES)})
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def add_docs(app: FastAPI) -> None:
    """The page and its files. Its addresses are relative, so that it may stand below a prefix of a proxy."""
    html = get_swagger_ui_html(
        openapi_url=(app.openapi_url or "").lstrip("/"),
        title=f"{app.title}: API",
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="docs/favicon.png",
    ).body
    headers = {"Content-Security-Policy": _policy(bytes(html).decode())}

    @app.get(PAGE, include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(html, headers=headers)

    for name, media in FILES.items():
        _add_file(app, name, media)


def _add_file(app: FastAPI, name: str, media: str) -> None:
    @app.get(f"{PAGE}/{name}", include_in_schema=False)
    def file() -> Response:
        content = (files("fastapi_offline") / "static" / name).read_bytes()
        return Response(content, media_type=media, headers={"Cache-Control": "private, max-age=86400"})


def _policy(html: str) -> str:
    """What the page may load: our files, its one inline script by its hash, and the pictures within its style."""
    (script,) = _SCRIPT.findall(html)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
