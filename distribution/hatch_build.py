"""Makes one wheel of the workspace: every member that the root asks for, with its data, migrations and the trained artifacts.

What the members depend on becomes the wheel's own, read from their pyproject.toml at each build, so that there is no copy to be
forgotten. A member's name is never a dependency: on a package index it may be somebody else's.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
ARTIFACTS = "common/artifacts"  # in the wheel: common.settings looks there
_SAME = ("description", "requires-python", "scripts")  # fields that are the root's own
_LEFT = (".part", "__pycache__")  # folders: an artifact under construction, what Python keeps
Project = Mapping[str, Any]


class Workspace:
    """The root and its members, each by its name with the folder that it lies in."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        manifest = _manifest(root)
        self.project: Project = manifest["project"]
        patterns = manifest["tool"]["uv"]["workspace"]["members"]
        found = (folder for pattern in patterns for folder in sorted(root.glob(pattern)))
        self.folders = {_name(folder): folder for folder in found if (folder / "pyproject.toml").is_file()}

    def carried(self) -> dict[str, Path]:
        """The members that the root's dependencies lead to, the root among them."""
        found: dict[str, Path] = {canonicalize_name(self.project["name"]): self.root}
        waiting = list(self.project["dependencies"])
        while waiting:
            name = canonicalize_name(Requirement(waiting.pop()).name)
            if name in self.folders and name not in found:
                found[name] = self.folders[name]
                waiting += _manifest(found[name])["project"]["dependencies"]
        return found

    def dependencies(self) -> list[str]:
        """All that the carried members ask for of others, each name once."""
        return merged(self._flat(self.project["dependencies"]))

    def optional_dependencies(self) -> dict[str, list[str]]:
        """The root's extras, but for those of members that are not carried: training has none of its code here."""
        carried = self.carried()
        extras = {name: [Requirement(each) for each in wanted] for name, wanted in self.project["optional-dependencies"].items()}
        ours = {name: wanted for name, wanted in extras.items() if all(canonicalize_name(each.name) in carried for each in wanted)}
        return {name: merged(one for each in wanted for one in self._flat(self._extra(each))) for name, wanted in ours.items()}

    def _flat(self, wanted: Iterable[str], seen: frozenset[str] = frozenset()) -> Iterator[Requirement]:
        """The same, with what members ask for in their place."""
        for requirement in map(Requirement, wanted):
            folder = self.folders.get(canonicalize_name(requirement.name))
            if folder is None:
                yield requirement
            elif str(requirement) not in seen:
                inner = [*_manifest(folder)["project"]["dependencies"], *self._extra(requirement)]
                yield from self._flat(inner, seen | {str(requirement)})

    def _extra(self, requirement: Requirement) -> list[str]:
        """What a member's extras ask for beyond the member itself."""
        folder = self.folders[canonicalize_name(requirement.name)]
        return [one for extra in requirement.extras for one in _manifest(folder)["project"]["optional-dependencies"][extra]]

    def files(self) -> dict[str, str]:
        """Each file that the wheel holds, by its full path, with its place there."""
        sources = [(folder / "src", "") for folder in self.carried().values()]
        return {
            str(path): f"{prefix}{path.relative_to(top).as_posix()}"
            for top, prefix in [*sources, (self.root / "artifacts", f"{ARTIFACTS}/")]
            for path in sorted(top.rglob("*"))
            if path.is_file() and not any(part.endswith(_LEFT) for part in path.relative_to(top).parts)
        }


def merged(requirements: Iterable[Requirement]) -> list[str]:
    """The same with each name (and marker) once: all its bounds and extras together."""
    found: dict[tuple[str, str], Requirement] = {}
    for each in requirements:
        first = found.setdefault((canonicalize_name(each.name), str(each.marker or "")), each)
        first.specifier &= each.specifier
        first.extras |= each.extras
    return sorted(map(str, found.values()))


def _manifest(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def _name(folder: Path) -> str:
    return canonicalize_name(_manifest(folder)["project"]["name"])


class CustomMetadataHook(MetadataHookInterface):
    """What the wheel says of itself."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in the fields that are dynamic."""
        workspace = Workspace()
        project = workspace.project
        metadata.update({field: project[field] for field in _SAME})
        metadata["license"] = project["license"]
        text = (ROOT / project["readme"]).read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["dependencies"] = workspace.dependencies()
        metadata["optional-dependencies"] = workspace.optional_dependencies()


class CustomBuildHook(BuildHookInterface[Any]):
    """What the wheel holds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name every file. ValueError where something else than this wheel is asked for."""
        if self.target_name != "wheel" or version != "standard":
            raise ValueError("this folder makes a wheel of the whole workspace, and nothing else: make wheel")
        build_data["force_include"].update(Workspace().files())
