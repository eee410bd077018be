"""What a script does, command by command: what it logs in to, builds, tags, pushes, pulls, creates and assumes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Span
from ecrlint.model.value import Value, string

Reason = Literal[
    "success", "branch", "loop", "failure", "function", "exit", "return", "break", "hole", "background", "later", "elsewhere"
]


@dataclass(frozen=True, slots=True)
class Guard:
    """One thing that decides whether, or when, a command runs; `span` is what decides it.

    With two of these it runs for sure: `success`: after `&&`, when what comes before succeeds at its work. `background`: at
    the same time as what follows. With the others it may not. `branch`: on one side of a test. `loop`: as often as a loop
    goes round. `failure`: when what comes before `||` fails. `function`: in a function that nothing here calls. `exit`: after a
    place where the script may end well; `return`, `break`: after one where its function or its loop may. `hole`: after a
    place where anything may stand, or where something could not be read. `later`: when a trap, a timer or a written file
    calls it. `elsewhere`: on another machine.
    """

    reason: Reason
    span: Span


_SURE = ("success", "background")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command as the program gets it; `splits`: it may be none, or several, as it is not known and not quoted."""

    value: Value
    span: Span
    splits: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command in the order in which commands run, without what merely starts it (`sudo`, `env`, `timeout`).

    `guards` say when it runs, outermost first. `user` is another user than that of the script (`root` under `sudo`), None
    where it is the script's. `environment` has the variables that are set or exported for it, as far as the script does so.
    `credentials` is the role whose keys it acts with, None where these are those that the script began with; unknown where
    they may be any.
    `failure` says what comes of it where it fails: the script `stops`, `continues`, or has `caught` it (`|| true`, a test).
    `inside`: it runs in a container, not on the machine of the script. `stdin` is what it reads: the commands that write into
    its pipe, or the text that is given to it.
    """

    words: tuple[Word, ...]
    span: Span
    guards: tuple[Guard, ...] = ()
    user: Value | None = None
    environment: Mapping[str, Value] = field(default_factory=dict)
    credentials: Value | None = None
    failure: Literal["stops", "continues", "caught"] = "continues"
    inside: bool = False
    stdin: tuple[Command, ...] | Value | None = None

    @property
    def program(self) -> str | None:
        """The name of the program, without its folder; None where it is not known."""
        name = getattr(self.words[0].value, "value", None) if self.words else None
        return name.rpartition("/")[2] if isinstance(name, str) else None

    @property
    def certain(self) -> bool:
        """Whether it runs for sure, once the script does and nothing before it fails."""
        return all(guard.reason in _SURE for guard in self.guards)


LoginToken = Literal["ecr", "ecr-public", "get-login", "encoded", "other", "none"]
"""Where a password is from: `get-login-password` of a private or the public registry, the `get-login` of version 1, an
authorization token that is still encoded, something else, or nothing."""


@dataclass(frozen=True, slots=True)
class Login:
    """A login of a container engine. No `registry`: the Docker Hub.

    `region` is the one that the token is asked for, None where nothing here states it, and `asked` the command that asks for
    it. `password` is how it gets there: a login that prompts for it takes no notice of what is written into its pipe.
    """

    command: Command
    engine: str
    registry: Value | None
    token: LoginToken
    region: Value | None = None
    user: Value | None = None
    password: Literal["stdin", "argument", "prompt"] = "prompt"
    asked: Command | None = None
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Build:
    """A build of an image. An option that is not given is None or empty.

    `extended`: by buildx or BuildKit's own command, which can build for several platforms and attests by default. `pushes`:
    it pushes what it builds, each tag of which is then a `Push` as well. Not `closed`: there may be more options.
    """

    command: Command
    engine: str
    tags: tuple[Value, ...] = ()
    platforms: tuple[Value, ...] = ()
    provenance: Value | None = None
    sbom: Value | None = None
    attestations: tuple[Value, ...] = ()
    caches: tuple[Value, ...] = ()
    outputs: tuple[Value, ...] = ()
    file: Value | None = None
    context: Value | None = None
    pushes: bool = False
    extended: bool = False
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Tag:
    """A second name for an image."""

    command: Command
    source: Value
    target: Value
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Push:
    """A push of an image; with `all_tags` that of every tag of its repository. `build` is the build that does it."""

    command: Command
    engine: str
    image: Value
    all_tags: bool = False
    build: Build | None = None
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull of an image."""

    command: Command
    engine: str
    image: Value
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """A container that is started. `network` is None where it gets one of its own; `options` are its other options by name.

    `inside` are the commands that are known to run in it, and `acts` what these do there.
    """

    command: Command
    engine: str
    image: Value | None
    network: Value | None = None
    options: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    inside: tuple[Command, ...] = ()
    acts: tuple[Act, ...] = ()
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Compose:
    """A command of Docker Compose (`build`, `push`, `pull`, `up`, `run`), or a deployment to a swarm (`deploy`)."""

    command: Command
    verb: str
    files: tuple[Value, ...] = ()
    closed: bool = True


@dataclass(frozen=True, slots=True)
class CreateRepository:
    """A repository that a script creates."""

    command: Command
    name: Value
    region: Value | None = None
    public: bool = False
    mutability: Value | None = None
    closed: bool = True


@dataclass(frozen=True, slots=True)
class AssumeRole:
    """A role that a script assumes; `by` says with what."""

    command: Command
    role: Value
    by: Literal["keys", "web identity", "saml"] = "keys"
    closed: bool = True


@dataclass(frozen=True, slots=True)
class AwsCall:
    """A call of AWS by its command line, beyond what other acts say of it; `options` by name, without their dashes."""

    command: Command
    service: str
    operation: str
    region: Value | None = None
    options: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Metadata:
    """A request to the metadata service of an instance; with a `token` it is one of IMDSv2, and `session` asks for the token."""

    command: Command
    path: Value
    token: bool = False
    session: bool = False
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Invoke:
    """Something else that a script starts: a script by its path, or targets of a Makefile in a folder.

    `shares`: it runs in the same shell, which knows afterwards what it sets.
    """

    command: Command
    kind: Literal["script", "make"]
    path: Value | None
    arguments: tuple[Word, ...] = ()
    shares: bool = False
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Write:
    """Text that a script writes into a file; `appends` to what is there."""

    command: Command
    path: Value
    text: Value
    appends: bool = False
    closed: bool = True


Act: TypeAlias = (
    Login | Build | Tag | Push | Pull | Run | Compose | CreateRepository | AssumeRole | AwsCall | Metadata | Invoke | Write
)


@dataclass(frozen=True, slots=True)
class Script:
    """The commands of a script in the order in which they run, and the acts that these are.

    Not `whole`: there may be more in it than is here, for the reason and at the place of `open`. `opaque` are commands
    that run something of which nothing is known here, and that may therefore do any act. `unread` names the language of
    a script that is not read ("PowerShell"). `variables` are those that are set when it ends, and `exports` and `outputs` what
    it hands to the steps after it by `$GITHUB_ENV` and `$GITHUB_OUTPUT`; a value that may be another is unknown. `sets` are the
    names of all variables that it sets, with the first place and value of each. `texts` are what stands in it and is not run:
    all of a script that is not read, and the settings of cloud-init and of Bottlerocket.
    """

    span: Span
    commands: tuple[Command, ...] = ()
    acts: tuple[Act, ...] = ()
    whole: bool = True
    open: tuple[Guard, ...] = ()
    opaque: tuple[Span, ...] = ()
    unread: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict)
    exports: Mapping[str, Value] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    sets: Mapping[str, Word] = field(default_factory=dict)
    texts: tuple[Value, ...] = ()

    @property
    def may_do_more(self) -> str:
        """Why it may do more than its acts; empty where it does not."""
        if self.unread:
            return f"a script in {self.unread} is not read"
        return "" if self.whole and not self.opaque else "its script runs something that is not here"


SHELL = "script:"
"""How the address of a reference begins that the shell alone knows: a variable of its environment, what a program writes."""


ReadFile: TypeAlias = Callable[[str], "Value | None"]
"""The document, or the text, of a file of the repository, by its path; None where there is none."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a script finds when it starts.

    `variables` are those of its environment, as far as these are known; any other is a reference whose address is `name`.
    Where `closed`, a variable that is not there is unset. `account` and `region` are those of its credentials, None where
    they are not known. `stops`: it runs under `set -e`; `pipefail`: a pipe fails where any of its commands does. `folder` is
    where it begins, from the top of its repository, None where that is not known; `file` has the scripts of the repository by
    their paths.
    """

    name: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict)
    closed: bool = False
    account: Value | None = None
    region: Value | None = None
    stops: bool = False
    pipefail: bool = False
    folder: str | None = None
    file: ReadFile | None = None


def specification_path(specification: Value) -> str | None:
    """The path of a file that a build specification is stated by; None where it is stated itself, or is not known."""
    text = string(specification)
    return text if text is not None and text.strip() and "\n" not in text.strip() and ":" not in text else None


@dataclass(frozen=True, slots=True)
class Scripts:
    """How the scripts in attributes are read: each to what it does, one for each part and each value that it may have.

    A build specification may be a path in the repository of the unit. `origin` gives where that repository is cloned from
    (`github.com/acme/shop`), and nothing where that is not known.
    """

    user_data: Callable[[Value | None], tuple[Script, ...]]
    build: Callable[[Value, Surroundings], tuple[Script, ...]]
    origin: Callable[[], str]


def _unread(value: Value | None, _: Surroundings | None = None) -> tuple[Script, ...]:
    return () if value is None else (Script(value.span, whole=False),)


UNREAD = Scripts(_unread, _unread, lambda: "")
"""Where no script is read."""
