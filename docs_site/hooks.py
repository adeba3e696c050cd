"""What mkdocs calls while it builds the site: which pages there are, their order, and where links lead.

The order is that of the table in docs/README.md, so that a page that is listed there is in the menu.
"""

import logging
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # mkdocs loads hooks by their path

from docs_site import api_reference  # noqa: E402 (needs the line above)
from docs_site.repository import Place, place_of, reached, relative_targets, shown, with_site_links  # noqa: E402

_PAGES = ("README.md", "docs/README.md", "CHANGELOG.md", "SECURITY.md")
_places: dict[str, Place] = {}  # of the build that runs
logging.getLogger("structlog").setLevel(logging.ERROR)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The menu."""
    guides = [place_of((ROOT / "docs" / each).resolve()).site for each in _listed()]
    config.nav = [
        {"Home": ["index.md", "find-your-way.md"]},
        {"Guides": [each for each in guides if "/" not in each]},
        {"API reference": [f"reference/{service}.md" for service in api_reference.SERVICES]},
        {"Parts": [each for each in guides if "/" in each] + [f"services/{each.name}/README.md" for each in _services()]},
        {"Project": ["CHANGELOG.md", "security-policy.md"]},
    ]
    return config


def _listed() -> list[str]:
    """Pages that the first table of docs/README.md lists."""
    table = (ROOT / "docs" / "README.md").read_text(encoding="utf-8").partition("\n\n## ")[0]
    first = (line.split("|")[1] for line in table.splitlines() if line.startswith("| ["))
    return [next(relative_targets(cell)) for cell in first]


def _services() -> list[Path]:
    return sorted(each.parent for each in (ROOT / "services").glob("*/README.md"))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """All that the pages lead to, and the API reference."""
    pages = [
        *(ROOT / each for each in _PAGES),
        *sorted((ROOT / "docs").glob("*.md")),
        *(each / "README.md" for each in _services()),
    ]
    _places.update(reached([each for each in pages if each.exists()]))
    for site, place in _places.items():
        if (taken := files.get_file_from_path(site)) is not None:
            files.remove(taken)
        files.append(File.generated(config, site, **_content(place)))
    if (taken := files.get_file_from_path("README.md")) is not None:
        files.remove(taken)  # of docs/, which is find-your-way.md here
    for name, content in _reference():
        files.append(File.generated(config, name, content=content))
    return files


def _content(place: Place) -> dict[str, Any]:
    if place.is_page:
        return {"content": with_site_links(place.path.read_text(encoding="utf-8"), place.path, place.site)}
    return {"content": shown(place)} if place.site.endswith(".md") else {"abs_src_path": str(place.path)}


def _reference() -> list[tuple[str, str | bytes]]:
    found: list[tuple[str, str | bytes]] = [(f"assets/{name}", api_reference.program_file(name)) for name in api_reference.PROGRAM]
    for service in api_reference.SERVICES:
        told = api_reference.document(service)
        found.append((f"reference/{service}.md", api_reference.page(service, told)))
        found.append((f"assets/openapi/{service}.js", api_reference.script(told)))
    found.append(("assets/iframe-worker.js", (ROOT / "docs_site" / "vendor" / "iframe-worker.js").read_bytes()))
    return found
