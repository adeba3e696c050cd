"""Writes what the system is made of as CycloneDX 1.6: uv run python -m supply_chain.sbom [--out FILE].

uv reads the packages, their hashes and who needs whom from the lock file; licences are those of docs/licences.md; other people's
files and our trained ones are added with their hashes. The same commit gives
the same bytes: no clock and no random number is in it.
"""

import argparse
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import jsonschema_rs

from supply_chain.expressions import is_one_name
from supply_chain.facts import ROOT, read_facts
from supply_chain.licences import PAGE, licences_told
from supply_chain.lock_file import LOCK

OUT = ROOT / "dist" / "sbom.cdx.json"
SECONDS = 120  # uv reads a file; it asks no index
_EXPORT = (
    "export",
    "--frozen",
    "--quiet",
    "--no-dev",
    "--extra",
    "postgres",
    "--format",
    "cyclonedx1.5",
    "--preview-features",
    "sbom-export",
)
_MODEL, _FILE = "machine-learning-model", "file"
Json = dict[str, Any]


def locked(uv: str) -> Json:
    """What wheel and images bring, as uv reads it from the lock file."""
    command = [uv, *_EXPORT, "--project", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    bom: Json = json.loads(done.stdout)
    return bom


def licences_field(expression: str) -> list[Json]:
    """A licence in CycloneDX's form."""
    if not is_one_name(expression):
        return [{"expression": expression}]
    return [{"license": {"name" if expression.startswith("LicenseRef-") else "id": expression}}]


def with_licences(components: list[Json]) -> None:
    """Say of each package what docs/licences.md says."""
    told = licences_told(PAGE.read_text(encoding="utf-8"))
    for component in components:
        licence = told.get(component["name"]) if "purl" in component else "Apache-2.0"  # without an address: ours
        if licence:
            component["licenses"] = licences_field(licence)


def our_files() -> Iterator[Json]:
    """Other people's scripts and weights that lie in the repository, and what we trained."""
    for one in read_facts().carried:
        kind = _MODEL if one["path"].startswith("artifacts/") else _FILE
        yield _component(ROOT / one["path"], kind, one["name"], one["version"]) | {"licenses": licences_field(one["licence"])}
    for meta in sorted((ROOT / "artifacts").glob("*/meta.json")):
        version = json.loads(meta.read_text(encoding="utf-8"))["version"]
        yield _component(meta, _MODEL, f"artifacts/{meta.parent.name}", version) | {"licenses": licences_field("Apache-2.0")}


def _component(path: Path, kind: str, name: str, version: str) -> Json:
    digest = {"alg": "SHA-256", "content": sha256(path.read_bytes()).hexdigest()}
    return {"type": kind, "bom-ref": path.relative_to(ROOT).as_posix(), "name": name, "version": version, "hashes": [digest]}


def document(uv: str) -> str:
    """The whole, as JSON that the schema of CycloneDX accepts; ValueError where it does not."""
    bom = locked(uv)
    with_licences(bom["components"])
    bom["components"] += our_files()
    del bom["metadata"]["timestamp"]
    manifest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name = f"{manifest['name']}@{manifest['version']}:{sha256(LOCK.read_bytes()).hexdigest()}"
    bom |= {"specVersion": "1.6", "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"}
    text = json.dumps(bom, indent=1) + "\n"
    if fault := next(_validator().iter_errors(json.loads(text)), None):
        raise ValueError(f"no CycloneDX 1.6: {fault.message} at {fault.instance_path}")
    return text


def _validator() -> jsonschema_rs.Validator:
    """Of the schemas that cyclonedx-python-lib brings. Its own takes 0.3 s for each of thousands of addresses."""
    folder = files("cyclonedx.schema") / "_res"

    def schema(address: str) -> Any:
        return json.loads((folder / address.rpartition("/")[2]).read_text(encoding="utf-8"))

    return jsonschema_rs.validator_for(schema("bom-1.6.SNAPSHOT.schema.json"), retriever=schema)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT, help="where to write it (default: %(default)s)")
    parser.add_argument("--uv", default="uv", help="the uv to ask (default: %(default)s)")
    arguments = parser.parse_args()
    text = document(arguments.uv)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, encoding="utf-8")
    print(f"{arguments.out}: {len(json.loads(text)['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
