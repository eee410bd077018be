"""The stage of manifests: Kubernetes manifests, Compose files and `Dockerrun.aws.json` to units."""

from __future__ import annotations

import re

from ecrlint.adapt import manifest
from ecrlint.evaluate import placeholders
from ecrlint.evaluate.json_document import from_node
from ecrlint.model.finding import Problem
from ecrlint.model.value import List, Map, Value, string
from ecrlint.run.read.documents import parse
from ecrlint.run.read.files import Tree
from ecrlint.run.scan_state import ScanState, broke
from ecrlint.run.scenarios.unit import alone

_TEMPLATE = re.compile(r"\{\{|\{%|<%")
_IS_TEMPLATE = "it is a template, of Helm or of another program, and is read only as what that makes of it"
_KUSTOMIZATION = re.compile(r"(?:^|/)kustomization\.ya?ml$")


def scan(run: ScanState, path: str) -> None:
    """Read one file into a unit. A template is no manifest: what it renders to is not known."""
    source = run.tree.source(path)
    if source is None:
        return
    language = source.language
    if _TEMPLATE.search(source.text):
        run.status(path, language, "skipped", _IS_TEMPLATE)
        return
    try:
        nodes, problems = parse(source)
        documents = [placeholders.with_holes(from_node(node, problems)) for node in nodes]
        stack = manifest.adapt(path, language, documents, _replaced(run))
    except Exception as error:  # a file that breaks us must not take the others with it
        run.status(path, language, "failed", broke(run, path, error))
        return
    if stack.manifests:
        run.units.append(alone(stack))
    run.problems.extend(problems)
    reasons = [problem.message for problem in problems if not problem.harmless]
    run.status(path, language, "partial" if reasons else "analysed", "; ".join(reasons[:3]))


def _replaced(run: ScanState) -> frozenset[str]:
    """The images, without tag, in whose place a kustomization of the repository puts others, by its transformer `images`.

    https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/
    """
    if run.replaced_images is None:
        boundary = run.tree.boundary
        tops = [boundary.inside(folder) for folder in boundary.folders]
        paths = dict.fromkeys(path for top in tops for path in run.tree.walk("" if top == "." else top))
        found = (name for path in paths if _KUSTOMIZATION.search(path) for name in _of_kustomization(run.tree, path))
        run.replaced_images = frozenset(found)
    return run.replaced_images


def _of_kustomization(tree: Tree, path: str) -> list[str]:
    source = tree.source(path) if b"newName" in (tree.data(path) or b"") else None
    problems: list[Problem] = []
    documents = [] if source is None else [from_node(node, problems) for node in parse(source)[0]]
    images: list[Value] = []
    for document in documents:
        listed = document.get("images") if isinstance(document, Map) else None
        images += listed.items if isinstance(listed, List) else ()
    named = (string(one.get("name")) for one in images if isinstance(one, Map) and one.get("newName") is not None)
    return [name for name in named if name]
