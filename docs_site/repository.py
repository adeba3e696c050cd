"""Which files of the repository become pages of the site, and where a link between two of them leads there.

Everything that a page links to comes along: pages as pages, sources as pages that show them, folders as their README. So the
site needs no address of the repository, and a link works on GitHub and on the site. Knows nothing of mkdocs.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from posixpath import relpath
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]
# Repository paths whose place on the site is another than theirs; README of docs/ and README of the whole are two pages.
PLACES = {"README.md": "index.md", "docs/README.md": "find-your-way.md", "SECURITY.md": "security-policy.md"}
LARGEST = 200_000  # bytes of a source that is shown; larger ones are files to load
_TEXTS = {
    "": "text", ".css": "css", ".html": "html", ".js": "javascript", ".json": "json", ".py": "python", ".sh": "bash",
    ".toml": "toml", ".txt": "text", ".xml": "xml", ".yaml": "yaml", ".yml": "yaml", ".example": "bash", ".psv": "text",
    ".jsonl": "json", ".csv": "text", ".conf": "text",
}  # fmt: skip
_KEPT_OR_LINK = re.compile(r"(^```.*?^```$|`[^`\n]+`)|\]\(([^()\s]+)\)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Place:
    """Where a file of the repository stands on the site, by the name of its source there."""

    path: Path
    site: str

    @property
    def is_page(self) -> bool:
        """A page of its own words, with links of its own."""
        return self.path.suffix == ".md"


def place_of(path: Path, root: Path = ROOT) -> Place:
    """The place of a file or of a folder, for which its README stands."""
    if path.is_dir() and (path / "README.md").is_file():
        path = path / "README.md"
    name = path.relative_to(root).as_posix()
    if name in PLACES:
        return Place(path, PLACES[name])
    if name.startswith("docs/"):
        return Place(path, name.removeprefix("docs/"))
    if path.suffix == ".md":
        return Place(path, name)
    name = re.sub(r"(^|/)\.", r"\1dot.", name)  # mkdocs leaves out what begins with a dot
    return Place(path, f"source/{name}.md" if path.is_dir() or _is_shown(path) else f"source/{name}")


def _is_shown(path: Path) -> bool:
    return path.suffix in _TEXTS and not path.name.endswith(".min.js") and path.stat().st_size <= LARGEST


def relative_targets(text: str) -> Iterator[str]:
    """What a page links to in the repository, without what stands in code and without the web."""
    for match in _KEPT_OR_LINK.finditer(text):
        if match[2] and not re.match(r"[a-z]+:|#", match[2]):
            yield unquote(match[2]).partition("#")[0]


def reached(pages: list[Path], root: Path = ROOT) -> dict[str, Place]:
    """All that these pages lead to, and they themselves, by the name of their source on the site."""
    found: dict[str, Place] = {}
    waiting = [place_of(page, root) for page in pages]
    while waiting:
        place = waiting.pop()
        if place.site not in found:
            found[place.site] = place
            if place.is_page:
                targets = relative_targets(place.path.read_text(encoding="utf-8"))
                linked = ((place.path.parent / target).resolve() for target in targets)
                waiting += [place_of(each, root) for each in linked if each.exists() and each.is_relative_to(root)]
    return found


def with_site_links(text: str, path: Path, site: str, root: Path = ROOT) -> str:
    """The text of a page with its links leading to where the files stand on the site."""

    def led(match: re.Match[str]) -> str:
        target = match[2]
        if match[1] or re.match(r"[a-z]+:|#", target):
            return match[0]
        name, sign, anchor = target.partition("#")
        linked = (path.parent / unquote(name)).resolve()
        if not linked.exists() or not linked.is_relative_to(root):
            return match[0]  # mkdocs tells of it
        return f"]({relpath(place_of(linked, root).site, str(Path(site).parent))}{sign}{anchor})"

    return _KEPT_OR_LINK.sub(led, text)


def shown(place: Place, root: Path = ROOT, read: Callable[[Path], str] = lambda path: path.read_text(encoding="utf-8")) -> str:
    """The page that shows a source, or what is in a folder; the search leaves it out."""
    name = place.path.relative_to(root).as_posix()
    head = f"---\nsearch:\n  exclude: true\n---\n\n# {name}\n\n"
    if place.path.is_dir():
        return head + "".join(f"- {each.name}{'/' if each.is_dir() else ''}\n" for each in _contents(place.path))
    return f"{head}~~~~~~ {_TEXTS[place.path.suffix]}\n{read(place.path)}\n~~~~~~\n"


def _contents(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if not each.name.startswith((".", "__pycache__")))
