"""Pictures of the way of an image as a Mermaid flowchart, which GitHub and GitLab draw in a Markdown file.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ecrlint.model.picture import PathStep, Picture
from ecrlint.model.visible import short
from ecrlint.report.labels import STATES, place, plain, verdict

_STYLES = (
    "classDef proven fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "classDef broken fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-width:3px",
    "classDef unknown fill:#fff8c5,stroke:#9a6700,color:#1f2328,stroke-dasharray:4 3",
)
_ACTING = re.compile(r"[^\w .,/:()\-]", re.ASCII)
"""Everything that may mean something to Mermaid, or to the Markdown and HTML that it takes in labels."""
_LONGEST = 120


def render(pictures: Iterable[Picture]) -> str:
    """All of them in one chart: each picture a box, in it a box for each stage, in that a node for each step."""
    lines = ["flowchart LR"]
    for at, picture in enumerate(pictures):
        lines += _picture(picture, f"w{at}")
    return "".join(f"{line}\n" for line in (*lines, *(f"  {style}" for style in _STYLES)))


def _picture(picture: Picture, name: str) -> Iterator[str]:
    yield f'  subgraph {name}["{_text(verdict(picture))}"]'
    for at, stage in enumerate(picture.stages):
        yield f'    subgraph {name}s{at}["{_text(stage.title)}"]'
        for number, step in enumerate(stage.steps):
            yield f"      {name}s{at}n{number}{_node(step)}"
        yield "    end"
    for at in range(1, len(picture.stages)):
        yield f"    {name}s{at - 1} --> {name}s{at}"
    yield "  end"


def _node(step: PathStep) -> str:
    state = STATES[step.truth]
    lines = [f"{state}: {step.label}", step.words, place(step)]
    label = "<br/>".join(_text(line) for line in lines if line)
    return f'["{label}"]:::{state.removeprefix("not ").replace("known", "unknown")}'


def _text(text: str) -> str:
    """A text whose every character is only read: what might act is written as its number."""
    return _ACTING.sub(lambda found: f"#{ord(found[0])};", short(plain(text), _LONGEST))
