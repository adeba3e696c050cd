"""Makes the Helm chart's templates and values out of deploy/kubernetes: `make chart`.

So the two cannot drift apart: what kustomize renders is taken over as it is, and of the values that installations differ in the
chart's values.yaml has those of the base. Chart.yaml, _helpers.tpl and NOTES.txt are written by hand. Knows no service.
"""

import argparse
import copy
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
CHART = HERE / "product-pricing-agent"
OVERLAYS = HERE.parent / "kubernetes" / "overlays"
TOGGLES = ("gpu", "postgres", "hub")  # overlays that are values here
HEAD = "# Made by deploy/helm/make_chart.py of deploy/kubernetes: edit those.\n"
HASH = re.compile(r"^([a-z-]+-settings)-[a-z0-9]{10}$")
HOSTS = {"ensemble": "prices.example.com", "dashboard": "deals.example.com"}  # as the base names them
Manifest = dict[str, Any]
Key = tuple[str, str]  # kind and name

COMMENTS = {
    "images": "Where the images are, by the name of their service. `pullSecrets`: [{name: ...}]",
    "gpu": "The specialist on GPUs, one a pod, in the place of the small one on the CPU.",
    "postgres": "PostgreSQL for scanner and notifier, at the addresses in the Secret pricing-database.",
    "hub": "A way out to the Hugging Face hub for those that price, as MODEL_REGISTRY=hub:... wants it: docs/kubernetes.md.",
    "ingress": "The names of the two doors from outside, and the Secrets with their certificates.",
    "network": "Namespaces from which requests may come.",
    "replicas": "Of what does not scale by itself and may have more than one pod.",
    "autoscaling": "Pods at least and at most.",
    "resources": "Of each pod.",
    "storage": "Sizes of volumes. `className`: empty for the cluster's default.",
    "settings": "Environment variables of every service, and of each: docs/settings.md.",
}


class Values:
    """The chart's values, as they are found; and what stands in a template where one was."""

    def __init__(self) -> None:
        self.found: Manifest = {
            "images": {"repository": "product-pricing-agent", "tag": "", "pullSecrets": []},
            "gpu": {"enabled": False},
            "postgres": {"enabled": False},
            "hub": {"enabled": False},
            "ingress": {"className": ""},
            "network": {},
            "replicas": {},
            "autoscaling": {},
            "resources": {},
            "storage": {"className": ""},
            "settings": {},
        }
        self.expressions: list[str] = []

    def said(self, path: str, value: Any, form: str = "{}") -> str:
        """A mark for the value at `path` (a.b.c), which is `value` by default; in the template it is within `form`."""
        *groups, last = path.split(".")
        place = self.found
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = place.get(last) or value
        return self.mark("{{ " + form.format(reference([*groups, last])) + " }}")

    def own_place(self, path: str, value: Any, toggle: str) -> str:
        """`path`, or where the base says something else there, or nothing, the toggle's own."""
        group, _, name = path.partition(".")
        return f"{toggle}.{path}" if toggle and self.found[group].get(name) != value else path

    def mark(self, expression: str) -> str:
        """A text that `filled_in` replaces by `expression`."""
        self.expressions.append(expression)
        return f"@@{len(self.expressions) - 1}@@"

    def filled_in(self, text: str) -> str:
        """A template of a text with marks."""
        return re.sub(r"'?@@(\d+)@@'?", lambda found: self.expressions[int(found[1])], text)


def reference(parts: list[str]) -> str:
    """A value, as a template names it: one with a hyphen by its index."""
    if all(part.isidentifier() for part in parts):
        return ".Values." + ".".join(parts)
    return "(index .Values " + " ".join(f'"{part}"' for part in parts) + ")"


def main() -> None:
    """Write the chart."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=CHART, help="folder of the chart (default: %(default)s)")
    parser.add_argument("--kubectl", default="kubectl", help="(default: %(default)s)")
    arguments = parser.parse_args()
    values = Values()
    files = templates(lambda overlay: rendered(arguments.kubectl, overlay), values)
    folder = arguments.out / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yaml"):
        old.unlink()
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(HEAD + text, encoding="utf-8")
    (arguments.out / "values.yaml").write_text(HEAD + values_text(values.found), encoding="utf-8")


def rendered(kubectl: str, overlay: str) -> dict[Key, Manifest]:
    """An overlay's manifests without its namespace and without the hashes of its ConfigMaps, which Helm does otherwise."""
    command = [kubectl, "kustomize", str(OVERLAYS / overlay)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    manifests = [unhashed(each) for each in yaml.safe_load_all(made.stdout) if each["kind"] != "Namespace"]
    for each in manifests:
        each["metadata"].pop("namespace", None)
    return {(each["kind"], each["metadata"]["name"]): each for each in manifests}


def unhashed(node: Any) -> Any:
    """With the plain names of ConfigMaps."""
    if isinstance(node, dict):
        return {name: unhashed(value) for name, value in node.items()}
    if isinstance(node, list):
        return [unhashed(each) for each in node]
    return HASH.sub(r"\1", node) if isinstance(node, str) else node


def templates(render: Callable[[str], dict[Key, Manifest]], values: Values) -> dict[str, str]:
    """The text of each template file. SystemExit where both overlays change one manifest: no value could say which holds."""
    base, changed = render("cpu"), {toggle: render(toggle) for toggle in TOGGLES}
    files: dict[str, str] = {}
    for key in sorted(set(base).union(*changed.values())):
        toggles = [toggle for toggle in TOGGLES if changed[toggle].get(key) != base.get(key)]
        if len(toggles) > 1:
            raise SystemExit(f"{key} is changed by {toggles}: make_chart.py takes one at most")
        name = file_of(key)
        made = one(base[key], values) if key in base else ""
        document = either(toggles[0], changed[toggles[0]].get(key), made, values) if toggles else made
        files[name] = files.get(name, "") + document
    return files


def file_of(key: Key) -> str:
    """Where a manifest stands: with its service."""
    kind, name = key
    return "network" if kind == "NetworkPolicy" else name.removesuffix("-settings")


def either(toggle: str, with_it: Manifest | None, without: str, values: Values) -> str:
    """Both versions of a manifest, of which the value of `toggle` chooses."""
    chosen = one(with_it, values, toggle) if with_it else ""
    other = f"{{{{- else }}}}\n{without}" if without else ""
    return f"{{{{- if .Values.{toggle}.enabled }}}}\n{chosen}{other}{{{{- end }}}}\n"


def one(manifest: Manifest, values: Values, toggle: str = "") -> str:
    """A manifest as a template. What it has of its own with a toggle stands in the toggle's group of values."""
    made = copy.deepcopy(manifest)
    kind, name = made["kind"], made["metadata"]["name"]
    if kind == "ConfigMap":
        return config_map(made, values, toggle)
    if kind in {"Deployment", "StatefulSet"}:
        lay_values_over_workload(made, values, toggle)
    if kind == "HorizontalPodAutoscaler":
        for word, bound in (("min", "minReplicas"), ("max", "maxReplicas")):
            made["spec"][bound] = values.said(f"autoscaling.{name}.{word}", made["spec"][bound])
    if kind == "Ingress":
        lay_values_over_ingress(made, values)
    if kind == "NetworkPolicy":
        lay_values_over_policy(made, values)
    return "---\n" + values.filled_in(yaml.safe_dump(made, sort_keys=True, width=10_000))


def config_map(made: Manifest, values: Values, toggle: str) -> str:
    """Settings are values as they are, but for names of hosts, which stand with the Ingresses."""
    service = made["metadata"]["name"].removesuffix("-settings")
    group = f"{toggle}.settings" if toggle else f"settings.{service}"
    said = ""
    for setting, value in list(made["data"].items()):
        for door, host in HOSTS.items():
            if host in value:
                del made["data"][setting]
                said += f' "{setting}" ' + f'(printf "{value.replace(host, "%s")}" .Values.ingress.{door}.host)'
    values.said(group, made.pop("data"))
    source = reference(group.split("."))
    data = f'data:\n{{{{- include "pricing.settings" (dict "settings" {source} "said" (dict{said})) | nindent 2 }}}}\n'
    head: str = yaml.safe_dump(made, sort_keys=True)
    return f"---\n{head}{data}"


def lay_values_over_workload(made: Manifest, values: Values, toggle: str) -> None:
    """Image, number, resources, volumes, and a mark of the settings, so that pods are replaced when these change."""
    name, spec = made["metadata"]["name"], made["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    _, _, rest = container["image"].partition("/")
    image, _, tag = rest.partition(":")
    repository, tag = values.said("images.repository", "product-pricing-agent"), values.said("images.tag", tag)
    for each in [container, *pod.get("initContainers", ())]:
        each["image"] = f"{repository}/{image}:{tag}"
    pod["imagePullSecrets"] = values.said("images.pullSecrets", [], "toJson {}")
    own = values.own_place(f"resources.{name}", container["resources"], toggle)
    container["resources"] = values.said(own, container["resources"], "toJson {}")
    replicas = spec.get("replicas", 1)
    if replicas > 1 or image.endswith("-gpu"):
        spec["replicas"] = values.said(values.own_place(f"replicas.{name}", replicas, toggle), replicas)
    for claim in spec.get("volumeClaimTemplates", ()):
        size = claim["spec"]["resources"]["requests"]["storage"]
        form = 'include "pricing.claim" (dict "size" {} "class" .Values.storage.className)'
        claim["spec"] = values.said(values.own_place(f"storage.{name}", size, toggle), size, form)
    if name != "chroma":
        settings = "gpu.settings" if image.endswith("-gpu") else f"settings.{name}"
        told = f"(list .Values.settings.common {reference(settings.split('.'))} .Values.ingress)"
        spec["template"]["metadata"]["annotations"] = {"checksum/settings": values.mark(f"{{{{ {told} | toJson | sha256sum }}}}")}


def lay_values_over_ingress(made: Manifest, values: Values) -> None:
    """Class, host and certificate."""
    name, spec = made["metadata"]["name"], made["spec"]
    spec["ingressClassName"] = values.said("ingress.className", spec["ingressClassName"])
    host = values.said(f"ingress.{name}.host", spec["rules"][0]["host"])
    spec["rules"][0]["host"] = host
    spec["tls"] = [{"hosts": [host], "secretName": values.said(f"ingress.{name}.tlsSecret", spec["tls"][0]["secretName"])}]
    annotations = values.said(f"ingress.{name}.annotations", made["metadata"]["annotations"], "toJson {}")
    made["metadata"]["annotations"] = annotations


def lay_values_over_policy(made: Manifest, values: Values) -> None:
    """The namespaces of the ingress controller and of Prometheus."""
    names = {"ingress-nginx": "network.ingressNamespace", "monitoring": "network.monitoringNamespace"}
    for rule in made["spec"].get("ingress") or ():
        for peer in rule["from"]:
            labels = peer.get("namespaceSelector", {}).get("matchLabels", {})
            for label, namespace in labels.items():
                labels[label] = values.said(names[namespace], namespace)


def values_text(found: Manifest) -> str:
    """values.yaml, each group with what it is."""
    groups = [f"\n# {COMMENTS[name]}\n{yaml.safe_dump({name: group}, sort_keys=False, width=130)}" for name, group in found.items()]
    return "".join(groups)


if __name__ == "__main__":
    main()
