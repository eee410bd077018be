"""Mutations of small trees: of bytes, of words, of blocks and of files, each drawn from a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence

from fuzz.corpus import Case, kind

MOST = 2 << 20
"""No file grows beyond what is read of one."""

WORDS: tuple[bytes, ...] = tuple(
    word.encode("utf-8", "surrogatepass")
    for word in (
        "0 -1 1 256 65536 2147483648 1e3 1e999 -1e-999 0x10 NaN .inf null ~ true false yes",
        '"" {} [] ${} %{ ${var.x} %{if true} <<EOF <<-EOF \\ \\u0000 \\ud800 \\x00 $${ %%{ * ? ** & | ; # // /* */',
        "\u202e \u2066 \u2028 \u0085 \x0c \x1b[31m \x07 \x7f \ud800 \U0001f600 \ufeff \r \x00 \u200f e\u0301",
        "each.value each.key count.index self.x path.module var.x local.x module.x data.x terraform.workspace",
        "for_each count dynamic provider depends_on source lifecycle for in if else endfor endif",
        "!Ref !Sub !GetAtt !If !Select !Split !Join !FindInMap !Transform !ImportValue !Equals !Not !And !Or !Condition",
        "Fn::If Fn::Sub Fn::ForEach::A Fn::Transform Ref Condition AWS::NoValue ${AWS::AccountId} ${!x} << &a *a !!binary",
        "Effect Action NotAction Resource NotResource Principal NotPrincipal Condition Statement Version Sid",
        "arn:aws:ecr:*:*:* arn:aws:iam::111122223333:role/x ecr:* ecr:GetAuthorizationToken sts:AssumeRole repo:*",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1 public.ecr.aws/x/y @sha256:0 ${{ }} ${{secrets.X}}",
        "$(x) `x` $((1)) ${x:-y} ${x@Q} <(x) 2>&1 && || set -e eval source docker aws",
        "extends include !reference needs rules when script before_script image services matrix strategy uses with env",
        "jsonencode( jsondecode( yamldecode( templatefile( file( merge( concat( flatten( range(",
        "regex( replace( format( cidrsubnet( setproduct( tonumber(",
    )
    for word in word.split(" ")
)
NUMBERS = (b"9" * 400, b"-" + b"9" * 5000, b"0.0000001", b"1e400", b"0x" + b"f" * 400, b"1" * 20, b"00", b"1_0")
NESTS = (
    *((b"[", b"]"), (b"{", b"}"), (b"(", b")"), (b'"${', b'}"'), (b"{a=", b"}"), (b'{"a":', b"}"), (b"!(", b")"), (b"- ", b"")),
    *(
        (b"$(", b")"),
        (b"!Sub [", b"]"),
        (b"!If [A,", b",B]"),
        (b"jsonencode(", b")"),
        (b"a ? b : ", b""),
        (b"-", b""),
        (b"not ", b""),
    ),
    *(
        (b"[for x in ", b" : x]"),
        (b"%{if true}", b"%{endif}"),
        (b"if true; then ", b"; fi;"),
        (b"a.", b""),
        (b"a[", b"]"),
        (b"${", b"}"),
    ),
)
LINE_ENDS = ("\r", "\r\n", "\x0c\n", "\u0085", "\u2028", "\n\n", "\t\n", "\\\n", "")
ENDINGS = (".tf", ".tf.json", ".tfvars", ".json", ".yaml", ".yml", ".template", ".sh", ".tpl", ".tofu")
TIMES = (2, 3, 10, 50, 120, 400, 1000, 5000)

_TOKEN = re.compile(rb"[\w.:/-]+|\s+|[^\w\s]")
_VALUE = re.compile(rb'"(?:[^"\\\n]|\\.)*"|\b\d+\b|\b(?:true|false|null)\b|(?<=: )[^\s#][^\n]*|(?<== )[^\s#][^\n]*')
_NUMBER = re.compile(rb"\b\d+\b")

Change = Callable[[bytes, random.Random, Sequence[bytes]], bytes]


def mutated(case: Case, draw: random.Random, pool: Mapping[str, Sequence[bytes]]) -> dict[str, bytes]:
    """The files of a case after a few mutations, most of them of one file."""
    files = dict(case.files)
    path = draw.choice(sorted(files))
    for _ in range(draw.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        if draw.random() < 0.1:
            path = draw.choice(sorted(files))
        data = files[path]
        alike = pool.get(kind(path, data)) or (data,)
        change = draw.choices(_CHANGES, _WEIGHTS)[0]
        files[path] = change(data, draw, alike)[:MOST]
    if draw.random() < 0.04:
        _moved(files, path, draw)
    if draw.random() < 0.03:
        _joined_by(files, draw, pool)
    return files


def _moved(files: dict[str, bytes], path: str, draw: random.Random) -> None:
    """A file of another name: another ending, another folder, two names."""
    data = files[path] if draw.random() < 0.3 else files.pop(path)
    stem = path.rpartition(".")[0] or path
    files[
        draw.choice((stem + draw.choice(ENDINGS), f"below/{path}", "buildspec.yml", ".gitlab-ci.yml", ".github/workflows/x.yml"))
    ] = data


def _joined_by(files: dict[str, bytes], draw: random.Random, pool: Mapping[str, Sequence[bytes]]) -> None:
    """One more file, of another case."""
    other = draw.choice(sorted(pool))
    ending = {"workflow": ".yml", "pipeline": ".yml", "plan": ".json", "json": ".json", "yaml": ".yaml"}.get(other, other)
    name = {"workflow": ".github/workflows/more", "pipeline": ".gitlab-ci", ".toml": "ecrlint"}.get(other, "more")
    files[name + ending] = draw.choice(pool[other])[:MOST]


def _cut(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    start, end = _stretch(data, draw)
    return data[:start] + data[end:]


def _doubled(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    start, end = _stretch(data, draw)
    return data[:end] + data[start:end] + data[end:]


def _flipped(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = draw.randrange(len(data))
    return data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]


def _ended(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _with_word(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    at = _edge(data, draw)
    return data[:at] + draw.choice(WORDS) + data[at:]


def _other_value(data: bytes, draw: random.Random, alike: Sequence[bytes]) -> bytes:
    """A value in the place of another one."""
    found = list(_VALUE.finditer(data))
    if not found:
        return _with_word(data, draw, alike)
    old = draw.choice(found)
    if draw.random() < 0.4:
        word = draw.choice(WORDS)
        new = word if draw.random() < 0.5 else b'"' + word + b'"'
    else:
        there = [match[0] for match in _VALUE.finditer(draw.choice(alike))]
        new = draw.choice(there or [b'""'])
    return data[: old.start()] + new + data[old.end() :]


def _other_number(data: bytes, draw: random.Random, alike: Sequence[bytes]) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return _other_value(data, draw, alike)
    old = draw.choice(found)
    return data[: old.start()] + draw.choice(NUMBERS) + data[old.end() :]


def _other_token(data: bytes, draw: random.Random, alike: Sequence[bytes]) -> bytes:
    """A word in the place of another one."""
    found = _TOKEN.findall(data)
    if not found:
        return draw.choice(WORDS)
    at = draw.randrange(len(found))
    there = _TOKEN.findall(draw.choice(alike)[:20_000])
    found[at] = draw.choice(WORDS) if draw.random() < 0.5 or not there else draw.choice(there)
    return b"".join(found)


def _other_lines(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    first, second = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _moved_lines(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    """Some lines deeper or less deep."""
    lines = data.split(b"\n")
    start = draw.randrange(len(lines))
    for at in range(start, min(len(lines), start + draw.choice((1, 2, 5, 20)))):
        lines[at] = draw.choice((b"  ", b"\t", b"    ")) + lines[at] if draw.random() < 0.5 else lines[at][2:]
    return b"\n".join(lines)


def _with_block(data: bytes, draw: random.Random, alike: Sequence[bytes]) -> bytes:
    """Some lines of another file."""
    lines, others = data.split(b"\n"), draw.choice(alike).split(b"\n")
    start = draw.randrange(len(others))
    at = draw.randrange(len(lines) + 1)
    return b"\n".join([*lines[:at], *others[start : start + draw.choice((1, 3, 10, 30))], *lines[at:]])


def _nested(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    """A value in many brackets; sometimes the brackets alone."""
    values = list(_VALUE.finditer(data))
    start, end = values[draw.randrange(len(values))].span() if values else (0, len(data))
    left, right = draw.choice(NESTS)
    times = draw.choice(TIMES)
    closed = right * times if draw.random() < 0.8 else b""
    return data[:start] + left * times + data[start:end] + closed + data[end:]


def _repeated(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    """Some lines or characters very often."""
    if draw.random() < 0.5:
        start, end = _stretch(data, draw)
    else:
        start = data.rfind(b"\n", 0, draw.randrange(len(data) + 1)) + 1
        end = start
        for _line in range(draw.choice((1, 2, 8))):
            end = data.find(b"\n", end) + 1 or len(data)
    piece = data[start:end] or b" "
    times = min(draw.choice(TIMES), draw.choice((2_000, 20_000, 200_000)) // len(piece) + 1)
    return data[:start] + piece * times + data[end:]


def _numbered(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    """A block very often, each time under another name."""
    blocks = re.split(rb"(?m)^(?=\S)", data)
    block = draw.choice(blocks)
    names = re.findall(rb"[\w-]{3,}", block)
    if not names:
        return data
    name = draw.choice(names)
    times = min(draw.choice(TIMES), 100_000 // len(block) + 2)
    return data + b"".join(block.replace(name, b"%s%d" % (name, at)) for at in range(times))


def _other_line_ends(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    new = draw.choice(LINE_ENDS).encode()
    return data.replace(b"\n", new) if draw.random() < 0.5 else data.replace(b"\n", new, draw.randrange(1, 4))


def _encoded(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    text = data.decode(errors="replace")
    return draw.choice(
        (b"\xef\xbb\xbf" + data, text.encode("utf-16"), text.encode("utf-16-be"), text.encode("utf-32"), data + b"\x1a")
    )


def _shuffled(data: bytes, draw: random.Random, _: Sequence[bytes]) -> bytes:
    blocks = re.split(rb"(?m)^(?=\S)", data)
    draw.shuffle(blocks)
    return b"".join(blocks)


def _stretch(data: bytes, draw: random.Random) -> tuple[int, int]:
    start, end = _edge(data, draw), _edge(data, draw)
    if draw.random() < 0.5:
        end = start + draw.choice((1, 2, 5, 20, 100))
    return min(start, end), max(start, end)


def _edge(data: bytes, draw: random.Random) -> int:
    """A place in a text, more often than not where a word begins."""
    at = draw.randrange(len(data) + 1)
    if draw.random() < 0.7:
        found = _TOKEN.search(data, at)
        at = found.end() if found else at
    return at


_WEIGHED: dict[Change, int] = {
    _other_value: 10,
    _other_token: 10,
    _with_block: 8,
    _with_word: 6,
    _cut: 6,
    _nested: 4,
    _other_lines: 4,
    _moved_lines: 4,
    _other_number: 4,
    _doubled: 3,
    _flipped: 3,
    _shuffled: 2,
    _repeated: 2,
    _ended: 2,
    _numbered: 1,
    _other_line_ends: 1,
    _encoded: 1,
}
_CHANGES, _WEIGHTS = tuple(_WEIGHED), tuple(_WEIGHED.values())
