"""Docker, Podman and the other programs that handle images: what their commands do to which image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ecrlint.evaluate.script.options import CommandOptions, options, text_of
from ecrlint.evaluate.script.passwords import PasswordOrigins
from ecrlint.model.script import Act, Build, Command, Compose, Login, Pull, Push, Run, Tag, Word
from ecrlint.model.value import Scalar, Value, join, pieces, prefix, string

ENGINES = {"docker", "podman", "nerdctl", "buildah", "finch", "img"}

_GLOBAL_FLAGS = {"-D", "--debug", "--tls", "--tlsverify", "-v", "--version", "--help", "--remote", "-r", "--syslog"}
_FLAGS = {
    "build": {
        *("--no-cache", "--pull", "--push", "--load", "-q", "--quiet", "--rm", "--force-rm", "--squash", "--compress", "-D"),
        *("--disable-content-trust", "--check", "--layers", "--tls-verify", "--squash-all", "--debug", "--no-hosts"),
    },
    "run": {
        *("-d", "--detach", "-i", "--interactive", "-t", "--tty", "--rm", "--privileged", "--init", "-P", "--publish-all"),
        *("--read-only", "--sig-proxy", "--no-healthcheck", "--oom-kill-disable", "-q", "--quiet", "--disable-content-trust"),
        *("--help", "--replace", "--tls-verify", "--systemd", "--rmi"),
    },
    "push": {"-a", "--all-tags", "-q", "--quiet", "--disable-content-trust", "--tls-verify", "--remove-signatures", "--all"},
    "pull": {"-a", "--all-tags", "-q", "--quiet", "--disable-content-trust", "--tls-verify"},
    "tag": set[str](),
    "login": {"--password-stdin", "--tls-verify", "-v", "--verbose", "--get-login", "--insecure", "--debug"},
    "compose": {"-d", "--detach", "--build", "--no-build", "--pull", "--push", "--no-deps", "-T", "--rm", "-q", "--quiet"},
    "create": {"--append", "--dry-run", "--prefer-index"},
}
_MANAGED = {"image", "container", "builder", "buildx", "manifest", "plugin", "system", "volume", "network"}
_COMPOSE = {"build", "push", "pull", "up", "run", "create", "start"}
_TRUE = ("true", "1", "yes", "")


def arguments(command: Command) -> tuple[list[str], Sequence[Word], CommandOptions] | None:
    """The words that say what an engine is to do, the words after these, and the engine's own options.

    None where not even that is known.
    """
    found = options(command.words[1:], _GLOBAL_FLAGS, stops=True)
    rest = list(found.words)
    verbs: list[str] = []
    while rest and len(verbs) < 3:
        verb = text_of(rest[0])
        if verb is None or not re.fullmatch(r"[a-z]+", verb):
            break
        verbs.append(verb)
        rest.pop(0)
        if verb not in _MANAGED and verb not in ("imagetools", "stack", "service"):
            break
    return (verbs, rest, found) if verbs else None


def acts(command: Command, engine: str, tokens: PasswordOrigins) -> Iterator[Act]:
    """What a command of an engine does."""
    found = arguments(command)
    if found is None:
        return
    verbs, rest, _ = found
    extended = "buildx" in verbs or engine == "buildah"
    match verbs[-1]:
        case "login" if len(verbs) == 1:
            yield _login(command, engine, rest, tokens)
        case "build" | "bud" | "b" if "compose" not in verbs:
            yield from _build(command, engine, rest, extended)
        case "bake":
            yield from _bake(command, engine, rest)
        case "tag":
            given = options(rest, _FLAGS["tag"])
            if len(given.words) >= 2:
                for target in given.words[1:]:
                    yield Tag(command, given.words[0].value, target.value, given.is_closed(2))
        case "push" if "compose" not in verbs:
            yield from _push(command, engine, rest)
        case "pull" if "compose" not in verbs:
            given = options(rest, _FLAGS["pull"] | {"--all"})
            for word in given.words[:1]:
                yield Pull(command, engine, word.value, given.is_closed(1))
        case "run" | "create" if verbs[0] in ("run", "create", "container"):
            yield _run(command, engine, rest)
        case "create" if verbs[-2:] in (["imagetools", "create"], ["manifest", "create"]):
            yield from _manifest(command, engine, rest, pushes=verbs[-2] == "imagetools")
        case "deploy" | "create" if verbs[0] in ("stack", "service"):
            yield Compose(command, "deploy")
        case "compose":
            yield from compose(command, rest)
        case _:
            return


def compose(command: Command, words: Sequence[Word]) -> Iterator[Act]:
    """What a command of Docker Compose does."""
    own = options(words, _GLOBAL_FLAGS | {"--verbose", "--compatibility", "--all-resources", "--no-ansi"}, stops=True)
    verb = text_of(own.words[0]) if own.words else None
    if verb in _COMPOSE:
        yield Compose(command, verb, own.all("-f", "--file"), own.closed)


# Logins


def _login(command: Command, engine: str, words: Sequence[Word], tokens: PasswordOrigins) -> Login:
    given = options(words, _FLAGS["login"])
    password = given.last("-p", "--password")
    if given.has("--password-stdin"):
        how, (token, asked, region) = "stdin", tokens.of_stdin(command.stdin)
    elif given.has("-p", "--password"):
        how, (token, asked, region) = "argument", tokens.of_value(password)
    elif command.stdin is not None:
        how, (token, asked, region) = "prompt", tokens.of_stdin(command.stdin)
    else:
        how, (token, asked, region) = "prompt", ("none", None, None)
    registry = given.words[0].value if given.words else None
    user = given.last("-u", "--username")
    return Login(command, engine, registry, token, region, user, how, asked, given.is_closed(1))  # type: ignore[arg-type]


# Builds


def _build(command: Command, engine: str, words: Sequence[Word], extended: bool) -> Iterator[Act]:
    given = options(words, _FLAGS["build"])
    outputs = given.all("-o", "--output")
    pushes = _is_on(given, "--push") or any(_pushes(output) for output in outputs)
    closed = given.is_closed(1)
    tags = given.all("-t", "--tag")
    named = tuple(name for output in outputs if (name := _field(output, "name")) is not None)
    platforms = tuple(part for value in given.all("--platform") for part in _listed(value))
    made = Build(
        command,
        engine,
        tags=tags + named,
        platforms=platforms,
        provenance=given.last("--provenance"),
        sbom=given.last("--sbom"),
        attestations=given.all("--attest"),
        caches=given.all("--cache-to"),
        outputs=outputs,
        file=given.last("-f", "--file"),
        context=given.words[0].value if given.words else None,
        pushes=pushes,
        extended=extended,
        closed=closed,
    )
    yield made
    if pushes:
        for tag in made.tags:
            yield Push(command, engine, tag, build=made, closed=closed)


def _bake(command: Command, engine: str, words: Sequence[Word]) -> Iterator[Act]:
    given = options(words, _FLAGS["build"] | {"--print"})
    if not given.has("--print"):
        yield Build(command, engine, file=given.last("-f", "--file"), pushes=_is_on(given, "--push"), extended=True, closed=False)


def _is_on(given: CommandOptions, name: str) -> bool:
    value = given.last(name)
    return given.has(name) and (value is None or string(value) in _TRUE)


def _pushes(output: Value) -> bool:
    parts = pieces(output)
    fields = [field for part in parts if isinstance(part, Scalar) for field in str(part.value).split(",")]
    return "type=registry" in fields or "push=true" in fields


def _field(output: Value, name: str) -> Value | None:
    """A field of a value like `type=image,name=NAME,push=true`."""
    parts = pieces(output)
    kept: list[Value | str] = []
    inside = False
    for part in parts:
        if not isinstance(part, Scalar):
            if inside:
                kept.append(part)
            continue
        text = str(part.value)
        if not inside:
            _, equals, text = f",{text}".partition(f",{name}=")
            inside = bool(equals)
        if inside:
            first, comma, _ = text.partition(",")
            if first:
                kept.append(first)
            if comma:
                break
    return join(kept, output.span) if kept else None


def _listed(value: Value) -> tuple[Value, ...]:
    """The items of a list with commas, where all of it is known."""
    text = string(value)
    return (value,) if text is None else tuple(Scalar(item.strip(), value.span) for item in text.split(",") if item.strip())


# Pushes, copies, containers


def _push(command: Command, engine: str, words: Sequence[Word]) -> Iterator[Act]:
    given = options(words, _FLAGS["push"])
    closed = given.is_closed(1)
    if given.words:
        image = given.words[-1].value if engine in ("buildah", "podman") else given.words[0].value
        yield Push(command, engine, _without_transport(image), given.has("-a", "--all-tags"), closed=closed)


def _manifest(command: Command, engine: str, words: Sequence[Word], pushes: bool) -> Iterator[Act]:
    given = options(words, _FLAGS["create"] | {"--amend", "-a", "--insecure"})
    if pushes and not given.has("--dry-run"):
        for tag in given.all("-t", "--tag"):
            yield Push(command, engine, tag, closed=given.closed)


def _without_transport(image: Value) -> Value:
    """An image without the `docker://` that names how it is reached."""
    first, *rest = pieces(image)
    text = string(first)
    if text is None or not text.startswith("docker://"):
        return image
    return join([text.removeprefix("docker://"), *rest], image.span)


def _run(command: Command, engine: str, words: Sequence[Word]) -> Run:
    given = options(words, _FLAGS["run"], stops=True)
    first = given.words[0] if given.words else None
    closed = given.closed and not (first is not None and first.splits and len(given.words) > 1)
    return Run(
        command,
        engine,
        None if first is None else first.value,
        given.last("--network", "--net"),
        given.values,
        closed=closed and first is not None,
    )


def of_container(command: Command) -> tuple[Word, ...]:
    """The words that a container is started with, its image first; none where a command starts no container."""
    found = arguments(command)
    if found is None or found[0][-1] not in ("run", "create") or found[0][0] not in ("run", "create", "container"):
        return ()
    given = options(found[1], _FLAGS["run"], stops=True)
    entry = given.last("--entrypoint")
    if entry is not None and given.words:
        return (given.words[0], Word(entry, entry.span), *given.words[1:])
    return given.words


# Other programs


def others(command: Command, program: str, tokens: PasswordOrigins) -> Iterator[Act]:
    """What skopeo, crane, regctl, oras, helm and kaniko do to images."""
    words = command.words[1:]
    given = options(
        words, {"--all", "-a", "--insecure", "--password-stdin", "-q", "--force", "--preserve-digests", "--src-no-creds"}
    )
    verbs = [text_of(word) for word in given.words]
    rest = given.words
    if program == "executor":
        if "kaniko" in (text_of(command.words[0]) or "") or given.has("--destination", "-d"):
            yield from _kaniko(command, given)
    elif "login" in verbs[:2] and program in ("skopeo", "crane", "helm", "oras", "regctl"):
        at = verbs.index("login")
        yield _login(command, program, [*words[at + 1 :]] if words[at : at + 1] else words, tokens)
    elif program in ("skopeo", "crane") and verbs[:1] in (["copy"], ["cp"]) and len(rest) >= 3:
        closed = given.is_closed(3)
        for made, word in ((Pull, rest[1]), (Push, rest[2])):
            if program == "crane" or _is_remote(word.value):
                yield made(command, program, _without_transport(word.value), closed=closed)
    elif program in ("crane", "oras") and verbs[:1] == ["push"] and len(rest) >= 2:
        image = rest[2] if program == "crane" and len(rest) > 2 else rest[1]
        yield Push(command, program, image.value, closed=given.closed)
    elif program in ("crane", "oras") and verbs[:1] == ["pull"] and len(rest) >= 2:
        yield Pull(command, program, rest[1].value, closed=given.closed)
    elif program == "helm" and verbs[:1] == ["push"] and len(rest) >= 3:
        yield Push(command, program, rest[2].value, closed=given.is_closed(3))


def _is_remote(value: Value) -> bool:
    return prefix(value).startswith("docker://")


def _kaniko(command: Command, given: CommandOptions) -> Iterator[Act]:
    tags = given.all("-d", "--destination")
    pushes = not given.has("--no-push")
    platforms = given.all("--custom-platform", "--customPlatform")
    made = Build(
        command,
        "kaniko",
        tags=tags,
        platforms=platforms,
        file=given.last("-f", "--dockerfile"),
        context=given.last("-c", "--context"),
        pushes=pushes,
        closed=given.closed,
    )
    yield made
    if pushes:
        for tag in tags:
            yield Push(command, "kaniko", tag, build=made, closed=given.closed)
