"""What a script is seen to do, gathered while it is followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ecrlint.evaluate.script import aws, engines, metadata, output, wrappers
from ecrlint.evaluate.script.options import text_of
from ecrlint.evaluate.script.passwords import PasswordOrigins
from ecrlint.evaluate.script.programs import PLAIN, SHELLS
from ecrlint.evaluate.script.shell_state import ShellState, is_credential, joined
from ecrlint.evaluate.script.simple_command import SimpleCommand
from ecrlint.model.dataclass import replace
from ecrlint.model.script import Act, AssumeRole, AwsCall, Command, Guard, Invoke, Login, Run, Script, Surroundings, Word, Write
from ecrlint.model.source import Span
from ecrlint.model.value import Ref, Scalar, Unknown, Value, prefix, string


class Journal:
    """The commands and acts of one script in order; `contain` follows what a container is started with, `written` what a file
    runs that is written."""

    def __init__(
        self,
        surroundings: Surroundings,
        contain: Callable[[Run, tuple[Word, ...]], Run],
        written: Callable[[Write, ShellState], None],
    ) -> None:
        self.surroundings = surroundings
        self.written = written
        self.contain = contain
        self.tokens = PasswordOrigins()
        self.commands: list[Command] = []
        self.acts: list[Act] = []
        self.open: list[Guard] = []
        self.opaque: list[Span] = []
        self.exports: dict[str, Value] = {}
        self.outputs: dict[str, Value] = {}
        self.sets: dict[str, Word] = {}
        self.roles: list[AssumeRole] = []
        self.region = surroundings.region

    def script(self, span: Span, state: ShellState) -> Script:
        """All of it, as it is when the shell has come to its end."""
        return Script(
            span,
            tuple(self.commands),
            tuple(self.acts),
            not self.open,
            tuple(dict.fromkeys(self.open)),
            tuple(dict.fromkeys(self.opaque)),
            "",
            {name: value for name, value in state.variables.items() if value is not None},
            self.exports,
            self.outputs,
            self.sets,
        )

    def record(self, call: SimpleCommand, state: ShellState) -> Command:
        """A command that runs a program, and its acts."""
        command = Command(
            call.words,
            call.span,
            state.guards,
            state.user,
            state.environment(call.own, call.span),
            self._credentials(call, state),
            "caught" if state.failure == "caught" else state.failure or ("stops" if state.stops else "continues"),
            state.inside,
            call.stdin,
        )
        self.commands.append(command)
        for act in self._acts(command, call):
            self.acts.append(act)
            if isinstance(act, AssumeRole):
                self.roles.append(act)
            elif isinstance(act, Write):
                self.written(act, state)
        return command

    def _credentials(self, call: SimpleCommand, state: ShellState) -> Value | None:
        own = [name for name in call.own if is_credential(name)]
        return Unknown("they are set for this command", call.span) if own else state.credentials

    def _acts(self, command: Command, call: SimpleCommand) -> Iterator[Act]:
        program = command.program
        if program is None:
            yield from self._unnamed(command)
            return
        if program == "aws":
            yield from self._aws(command)
        elif program in engines.ENGINES:
            for act in engines.acts(command, program, self.tokens):
                yield self._inside(act, command)
        elif program == "docker-compose":
            yield from engines.compose(command, command.words[1:])
        elif program in ("skopeo", "crane", "helm", "oras", "regctl", "executor"):
            yield from engines.others(command, program, self.tokens)
        elif program in SHELLS:
            yield from self._shell(program, command)
        elif program == "make":
            self.opaque.append(command.span)
            yield from wrappers.make(command)
        elif (text_of(command.words[0]) or "").endswith(".sh"):
            self.opaque.append(command.span)
            yield Invoke(command, "script", command.words[0].value, command.words[1:])
        elif program not in PLAIN:
            self.opaque.append(command.span)
        yield from metadata.acts(command)
        yield from self._written(command, call)

    def _shell(self, program: str, command: Command) -> Iterator[Act]:
        """A shell whose script is not here."""
        token, asked, _ = self.tokens.of_stdin(command.stdin)
        made = self.tokens.calls.get(id(asked)) if token == "get-login" else None
        if made is not None:
            yield self._get_login(command, made)
            return
        self.opaque.append(command.span)
        yield from wrappers.called(program, command)

    def _unnamed(self, command: Command) -> Iterator[Act]:
        """A command whose program is not known; what `aws ecr get-login` writes is a login."""
        for asked in self.tokens.calls_behind(command.words[0].value) if command.words else ():
            if (asked.service, asked.operation) == ("ecr", "get-login"):
                yield self._get_login(command, asked)
                return
        self.opaque.append(command.span)

    def _get_login(self, command: Command, asked: AwsCall) -> Login:
        span = asked.command.span
        account = (asked.options.get("registry-ids") or (self.account(command, span),))[0]
        region = asked.region or Unknown("the region is that of the environment", span)
        dots = [Scalar(".dkr.ecr.", span), region, Scalar(".amazonaws.com", span)]
        return Login(
            command,
            "docker",
            joined([account, *dots], span),
            "get-login",
            asked.region,
            Scalar("AWS", span),
            "argument",
            asked.command,
        )

    def account(self, command: Command, span: Span) -> Value:
        """The account of the credentials of a command."""
        role = string(command.credentials)
        parts = role.split(":") if role else []
        if len(parts) > 5 and parts[4]:
            return Scalar(parts[4], span)
        if command.credentials is not None or "AWS_PROFILE" in command.environment:
            return Unknown("the account of these credentials is not known", span)
        return self.surroundings.account or Ref(self.surroundings.name, "account", span)

    def _aws(self, command: Command) -> Iterator[Act]:
        made = aws.call(command, self.region)
        if made is None:
            self.opaque.append(command.span)
            return
        if "profile" in made.options:
            command = replace(command, credentials=Unknown("they are those of a profile", command.span))
            self.commands[-1] = command
            made = replace(made, command=command)
        self.tokens.calls[id(command)] = made
        if made.service == "configure":
            values = made.options.get("words") or ()
            if made.operation == "set" and len(values) > 1 and (string(values[0]) or "").rpartition(".")[2] == "region":
                certain = command.certain
                self.region = values[1] if certain else Unknown("whether it is set depends on a condition", command.span)
        yield from aws.acts(made)

    def _inside(self, act: Act, command: Command) -> Act:
        words = engines.of_container(command) if isinstance(act, Run) and act.closed else ()
        return self.contain(act, words) if isinstance(act, Run) and words else act

    def _written(self, command: Command, call: SimpleCommand) -> Iterator[Act]:
        """The file that a command writes into, with the text where that is known."""
        written = output.written(command, call)
        if written is None:
            return
        word, path, appends, text = written
        name = next((part.value[0] for part in word.value if part.tag == "variable"), "") if word is not None else ""
        handed = {"GITHUB_ENV": self.exports, "GITHUB_OUTPUT": self.outputs}.get(name)
        if handed is not None:
            self._hand_on(text, handed, command)
        elif not prefix(path).startswith("/dev/"):
            yield Write(command, path, text, appends)

    def _hand_on(self, text: Value, handed: dict[str, Value], command: Command) -> None:
        for name, value in output.pairs(text):
            known = value if command.certain and name not in handed else Unknown("it may be another", command.span)
            handed[name] = known

    # Credentials

    def assigned(self, name: str, value: Value | None, state: ShellState, span: Span) -> None:
        """What changes where a shell sets a variable: that it does, and which credentials it has."""
        if value is not None:
            self.sets.setdefault(name, Word(value, span))
        if not is_credential(name):
            return
        if value is None:
            state.credentials = None
        elif name in state.exported or state.exports_all:
            state.credentials = self.role_behind(value) or Unknown("the script sets them", span)
        else:
            state.credentials = Unknown("the script may set them", span)

    def derived(self, values: Sequence[Value | tuple[Command, ...] | None], what: str, state: ShellState, span: Span) -> Ref:
        """A value that is not known and is made of these."""
        value = state.fresh(what, span)
        self.tokens.written[value.attribute] = self.tokens.behind(values)
        return value

    def role_behind(self, value: Value) -> Value | None:
        """The role whose keys a value is."""
        for asked in self.tokens.calls_behind(value):
            for act in self.roles:
                if act.command is asked.command:
                    return act.role
        return None
