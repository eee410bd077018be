"""Pictures of the way of an image in the language of Graphviz.

https://graphviz.org/doc/info/lang.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrlint.model.picture import PathStep, Picture
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.report.labels import STATES, place, plain, verdict, wrapped

_NODES = {
    YES: 'color="#1a7f37", fillcolor="#dafbe1", style="filled,rounded"',
    NO: 'color="#cf222e", fillcolor="#ffebe9", style="filled,rounded,bold"',
    MAYBE: 'color="#9a6700", fillcolor="#fff8c5", style="filled,rounded,dashed"',
}
_HEAD = (
    'graph [rankdir="LR", compound="true", bgcolor="white", fontname="Helvetica", fontsize="12", labeljust="l"];',
    'node [shape="box", fontname="Helvetica", fontsize="11", fontcolor="#1f2328"];',
    'edge [color="#59636e"];',
)
_WIDTH, _LINES = 34, 5


def render(pictures: Iterable[Picture]) -> str:
    """All of them in one graph: each picture a cluster, in it a cluster for each stage, in that a node for each step."""
    lines = [f"  {line}" for line in _HEAD]
    for at, picture in enumerate(pictures):
        lines += _picture(picture, f"{at}")
    return "".join(f"{line}\n" for line in ("digraph way {", *lines, "}"))


def _picture(picture: Picture, name: str) -> Iterator[str]:
    yield f"  subgraph cluster_{name} {{"
    yield f'    label={_quoted(verdict(picture))}; color="#59636e";'
    for at, stage in enumerate(picture.stages):
        yield f"    subgraph cluster_{name}_{at} {{"
        yield f'      label={_quoted(stage.title)}; color="#d1d9e0";'
        for number, step in enumerate(stage.steps):
            yield f"      n{name}_{at}_{number} [label={_label(step)}, {_NODES[step.truth]}];"
        yield "    }"
    for at in range(1, len(picture.stages)):
        ends = f'ltail="cluster_{name}_{at - 1}", lhead="cluster_{name}_{at}"'
        yield f"    n{name}_{at - 1}_0 -> n{name}_{at}_0 [{ends}];"
    yield "  }"


def _label(step: PathStep) -> str:
    said = wrapped(plain(step.words), _WIDTH, _LINES) if step.words else []
    lines = [STATES[step.truth], *wrapped(plain(step.label), _WIDTH, _LINES), *said, place(step)]
    return f'"{"".join(f"{_escaped(line)}{chr(92)}l" for line in lines)}"'


def _quoted(text: str) -> str:
    return f'"{_escaped(plain(text))}"'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
