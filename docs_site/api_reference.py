"""Writes the OpenAPI documents of all services: uv run python -m docs_site.api_reference [--out FOLDER].

Each is what the service itself tells at /openapi.json: its app is made, and not started. The site shows them by the program that
/docs uses, out of its package.
"""

import argparse
import importlib
import json
import sys
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

SERVICES = ("ensemble", "specialist", "frontier-rag", "random-forest", "scanner", "notifier")  # the dashboard has pages, no API
OUT = Path(__file__).resolve().parents[1] / "dist" / "openapi"
PROGRAM = ("swagger-ui-bundle.js", "swagger-ui.css")
_SHOWN = '{spec: openapiDocument, dom_id: "#openapi", supportedSubmitMethods: [], validatorUrl: null}'  # it asks nobody
_METHODS = ("get", "put", "post", "delete", "patch")


def document(service: str) -> dict[str, Any]:
    """What the service answers at /openapi.json."""
    app = importlib.import_module(f"{service.replace('-', '_')}.app").create_app()
    told: dict[str, Any] = app.openapi()
    return told


def program_file(name: str) -> bytes:
    """A file of Swagger UI."""
    return (files("fastapi_offline") / "static" / name).read_bytes()


def page(service: str, told: dict[str, Any]) -> str:
    """A page with the operations as a table, which the search finds, and all of the document below, to be opened and read."""
    operations = [
        (method, path, each) for path, verbs in told["paths"].items() for method, each in verbs.items() if method in _METHODS
    ]
    rows = (f"| `{method.upper()} {path}` | {_one_line(each)} |" for method, path, each in operations)
    return "\n".join(
        [
            f"# {service}: API",
            "",
            f"Version {told['info']['version']}; a running service shows the same at `/docs`, and answers it at `/openapi.json`.",
            "",
            "| operation | |",
            "|---|---|",
            *rows,
            "",
            f'<link rel="stylesheet" href="../assets/{PROGRAM[1]}">',
            '<div id="openapi" style="background: #fff; border-radius: .4rem"></div>',
            f'<script src="../assets/{PROGRAM[0]}"></script>',
            f'<script src="../assets/openapi/{service}.js"></script>',
            f"<script>SwaggerUIBundle({_SHOWN})</script>",
            "",
        ]
    )


def _one_line(operation: dict[str, Any]) -> str:
    """What it does in its own first sentence, else its name."""
    told = operation.get("description", "").strip().partition("\n\n")[0] or operation.get("summary", "")
    return escape(" ".join(told.split())).replace("|", "&#124;")


def script(told: dict[str, Any]) -> str:
    """The document as a script: a page that was opened from a folder may load no JSON."""
    return f"window.openapiDocument = {json.dumps(told)}\n"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT, help="the folder to write to (default: %(default)s)")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        (out / f"{service}.json").write_text(json.dumps(document(service), indent=1) + "\n", encoding="utf-8")
    print(f"{out}: {len(SERVICES)} documents")
    return 0


if __name__ == "__main__":
    sys.exit(main())
