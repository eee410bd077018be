"""The steps of a job in order, those of local composite actions among them: what each does."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from ecrlint.evaluate.budget import INSTANCE, Exceeded
from ecrlint.evaluate.workflow.actions import Given, known
from ecrlint.evaluate.workflow.context import JobContext, as_text
from ecrlint.evaluate.workflow.expression import condition, is_true
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.job import ActionAct, Step, StepAct
from ecrlint.model.script import Guard, ReadFile, Script, Surroundings
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES, Truth
from ecrlint.model.value import List, Map, Ref, Scalar, Value, key, string

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
"""The variables by which a program finds credentials of AWS."""

MAX_DEPTH = 6
"""How deep local actions may call others."""


@dataclass
class Machine:
    """The machine that a job runs on, while it is followed. `shell` is what runs scripts that name no other, `folder` where.

    `checked_out`: the working directory has the files of the repository, at the top.
    """

    context: JobContext
    document: ReadFile
    shell: str = "bash"
    account: Value | None = None
    scripts: dict[object, Script] | None = None
    text: ReadFile | None = None
    folder: Value | None = None
    checked_out: bool = False

    def follow(self, steps: Value | None, runs: Truth = YES, depth: int = 0) -> Iterator[Step]:
        """What each step does, one after another."""
        budget = self.context.budget
        for item in steps.items if isinstance(steps, List) else ():
            try:
                budget.step(INSTANCE)
                if isinstance(item, Map):
                    yield from self._step(item, runs, depth)
            except (Exceeded, RecursionError) as exceeded:
                budget.cut_off("the rest of the steps", exceeded, item.span)
                self.context.open = True
                yield replace(self.before(item.span, runs), opaque="more is done here than is evaluated")
                return

    def _step(self, step: Map, runs: Truth, depth: int) -> Iterator[Step]:
        context = self.context
        uses, script = string(step.get("uses")), step.get("run")
        own = {**context.environment, **context.values(step.get("env"))}
        outer, context.environment = context.environment, own
        runs = runs & condition(step.get("if"), context.lookup, context.budget)
        try:
            if runs is NO:
                return
            if script is not None:
                yield self._script(step, script, runs, outer)
            elif uses is not None and uses.startswith("./"):
                yield from self._local(step, uses, runs, outer, depth)
            elif uses is not None:
                yield self._action(step, uses, runs, outer)
        finally:
            context.environment = outer

    def _action(self, step: Map, uses: str, runs: Truth, outer: dict[str, Value]) -> Step:
        context = self.context
        place = step.entries["uses"].span
        action = known(uses.partition("@")[0])
        tolerated = self._is_tolerated(step)
        made = replace(self.before(place, runs), tolerated=tolerated)
        if action is None:
            context.open = True
            return replace(made, opaque=f"{uses.partition('@')[0]} may do anything")
        if uses.lower().startswith("actions/checkout@"):
            self.checked_out = runs is YES and not {"repository", "path"} & context.values(step.get("with")).keys()
        done = action(Given(context.values(step.get("with")), context.environment, self.account, place))
        self._leave(step, done.outputs or {}, done.exports or {}, runs, outer)
        if done.account is not None:
            self.account = done.account if runs is YES else Ref(f"credentials:{place.path}:{place.start}", "account", place)
        return replace(made, acts=tuple(guarded(act, runs) for act in done.acts))

    def _leave(
        self, step: Map, outputs: Mapping[str, Value], exports: Mapping[str, Value], runs: Truth, outer: dict[str, Value]
    ) -> None:
        """What a step hands to the ones after it; of one that may not run it is not known whether it does."""
        name = string(step.get("id"))
        if name is not None:
            self.context.steps[name] = dict(outputs)
        for variable, value in exports.items():
            outer[variable] = value if runs is YES else Ref(f"step:{step.span.path}:{step.span.start}", variable, step.span)

    def _script(self, step: Map, script: Value, runs: Truth, outer: dict[str, Value]) -> Step:
        from ecrlint.evaluate import script as reader

        context = self.context
        text = context.filled(script)
        context.budget.step(len(context.environment))
        keyed, region, account = self.keyed, self.region, self.account
        shell = string(step.get("shell")) or self.shell
        surroundings = Surroundings(
            variables=context.environment,
            account=self.account,
            region=self.region,
            stops=True,
            pipefail=shell == "bash" and string(step.get("shell")) is not None,
            folder=self._folder(step),
            file=self.text,
        )
        scripts = self.scripts if self.scripts is not None else {}
        asked = (
            script.span.path,
            script.span.start,
            shell,
            surroundings.folder,
            key(text),
            *((name, key(value)) for name, value in sorted(context.environment.items())),
        )
        read = scripts.get(asked)
        if read is None:
            read = reader.read(text, context.budget, shell, surroundings)
            if not context.budget.cut:  # which is of this workflow, and not of the script
                scripts[asked] = read
        self._leave(step, read.outputs, read.exports, runs, outer)
        return Step(
            script.span,
            tuple(guarded(act, runs) for act in read.acts),
            runs,
            read.may_do_more,
            self._is_tolerated(step),
            keyed,
            self.attests,
            region,
            account,
            dict(context.environment),
        )

    def _folder(self, step: Map) -> str | None:
        """The folder that a script begins in, from the top of the repository; None where that is not known."""
        stated = step.get("working-directory") or self.folder
        name = "" if stated is None else string(self.context.filled(stated))
        if not self.checked_out or name is None or name.startswith(("/", "~", "..")):
            return None
        return "" if name in ("", ".") else posixpath.normpath(name)

    def _local(self, step: Map, uses: str, runs: Truth, outer: dict[str, Value], depth: int) -> Iterator[Step]:
        """The steps of an action of the repository, which sees its own inputs and hands on its outputs."""
        place = step.entries["uses"].span
        folder = posixpath.normpath(uses.partition("@")[0])
        found = next((one for name in ("action.yml", "action.yaml") if (one := self.document(f"{folder}/{name}"))), None)
        runs_how = found.get("runs") if isinstance(found, Map) else None
        if (
            not isinstance(found, Map)
            or not isinstance(runs_how, Map)
            or string(runs_how.get("using")) != "composite"
            or depth >= MAX_DEPTH
        ):
            self.context.open = True
            yield Step(place, runs=runs, opaque=f"{uses} is not read", region=self.region, account=self.account)
            return
        context = self.context
        given = context.values(step.get("with"))
        inside = replace_context(context, inputs=inputs(found.get("inputs"), given, context), steps={})
        self.context = inside
        inside.environment = dict(context.environment)
        try:
            yield from self.follow(runs_how.get("steps"), runs, depth + 1)
            outputs = found.get("outputs")
            made = {
                name: inside.filled(value)
                for name, output in (outputs.entries.items() if isinstance(outputs, Map) else ())
                if isinstance(output, Map) and (value := output.get("value")) is not None
            }
        finally:
            self.context = context
            context.open = context.open or inside.open
        exported = {name: value for name, value in inside.environment.items() if context.environment.get(name) is not value}
        self._leave(step, made, exported, YES, outer)

    @property
    def region(self) -> Value | None:
        return Given({}, self.context.environment, None, self.context.start.span).region

    def before(self, place: Span, runs: Truth) -> Step:
        """A step that does nothing, on the machine as it is."""
        context = self.context
        return Step(
            place,
            runs=runs,
            keyed=self.keyed,
            attests=self.attests,
            region=self.region,
            account=self.account,
            variables=dict(context.environment),
        )

    @property
    def attests(self) -> bool:
        """https://docs.docker.com/build/building/variables/#buildx_no_default_attestations"""
        return not self.context.open and "BUILDX_NO_DEFAULT_ATTESTATIONS" not in self.context.environment

    @property
    def keyed(self) -> bool:
        return self.context.open or any(name in self.context.environment for name in KEYS)

    def _is_tolerated(self, step: Map) -> bool:
        tolerated = step.get("continue-on-error")
        return tolerated is not None and is_true(self.context.filled(tolerated)) is not NO


def replace_context(context: JobContext, inputs: Mapping[str, Value], steps: dict[str, Mapping[str, Value]]) -> JobContext:
    return replace(context, inputs=inputs, inputs_known=True, steps=steps)


def inputs(declared: Value | None, given: Mapping[str, Value], context: JobContext) -> dict[str, Value]:
    """The inputs of an action or a called workflow: what is given, or the default."""
    found = dict(given)
    for name, one in declared.entries.items() if isinstance(declared, Map) else ():
        default = one.get("default") if isinstance(one, Map) else None
        if name not in found:
            found[name] = Scalar("", one.span) if default is None else as_text(context.filled(default))
    return found


def guarded(act: StepAct, runs: Truth) -> StepAct:
    """An act of a step that may not run."""
    if runs is YES or isinstance(act, ActionAct):
        return act
    command = act.command
    return replace(act, command=replace(command, guards=(Guard("branch", command.span), *command.guards)))
