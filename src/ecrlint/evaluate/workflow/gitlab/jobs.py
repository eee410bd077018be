"""The jobs of a GitLab pipeline: one for each way in which it is started, with the variables that it then has.

https://docs.gitlab.com/ci/yaml/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from ecrlint.evaluate import script as reader
from ecrlint.evaluate.alignment import align
from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.workflow.gitlab.configuration import PipelineConfiguration
from ecrlint.evaluate.workflow.gitlab.starts import PipelineStart, starts
from ecrlint.model.dataclass import dataclass
from ecrlint.model.job import Credentials, Job, Step, StepAct, Trigger
from ecrlint.model.script import SHELL, AssumeRole, AwsCall, ReadFile, Script, Surroundings
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, Truth, truth
from ecrlint.model.value import List, Map, Ref, Scalar, Unknown, Value, join, key, string, written

JOB = 1_500
"""How many steps a job costs, whatever is in it."""

TOKEN = "id_token"
"""The address of a token of the platform, whose attribute is its name."""

_DEFAULTS = ("before_script", "after_script", "id_tokens")
_GLOBALS = ("before_script", "after_script")
_VARIABLE = re.compile(r"\$\$|\$\{(?P<braced>\w+)\}|\$(?P<bare>\w+)")
_MAX_EXPANSIONS = 8


def jobs(path: str, found: PipelineConfiguration, text: ReadFile, budget: Budget) -> Iterator[Job]:
    """The jobs that have a script."""
    try:
        for name, job, whole in found.jobs():
            if "script" in job.entries:
                yield from _PipelineJob(path, name, _completed(job, found), whole and found.whole, found, text, budget).runs()
    except (Exceeded, RecursionError) as exceeded:
        place = next((entry.span for entry in found.entries.values()), None)
        if place is not None:
            budget.cut_off("the rest of its jobs", exceeded, place)


def _completed(job: Map, found: PipelineConfiguration) -> Map:
    """A job with what the pipeline states for all of them."""
    inherits = job.entries.get("inherit")
    takes = inherits.entries.get("default") if isinstance(inherits, Map) else None
    kept = {string(item) for item in takes.items} if isinstance(takes, List) else None
    entries: dict[str, Value] = {}
    default = found.entries.get("default")
    for name in _GLOBALS:
        if (stated := found.entries.get(name)) is not None:
            entries[name] = stated
    for name in _DEFAULTS if isinstance(default, Map) else ():
        if isinstance(default, Map) and (stated := default.entries.get(name)) is not None:
            entries[name] = stated
    if isinstance(takes, Scalar) and takes.value is False:
        entries = {}
    elif kept is not None:
        entries = {name: value for name, value in entries.items() if name in kept}
    whole = {**entries, **job.entries}
    rules = whole.get("rules")
    if rules is not None:
        whole["rules"] = List(tuple(found.lines(rules)), rules.span)
    return Map(whole, job.span)


@dataclass
class _PipelineJob:
    """One job. Not `whole`: something that is not here may add to it."""

    path: str
    name: str
    job: Map
    whole: bool
    configuration: PipelineConfiguration
    text: ReadFile
    budget: Budget
    scripts: dict[object, Script] = field(default_factory=dict)

    def runs(self) -> Iterator[Job]:
        """The job in each way in which it is started."""
        workflow = self.configuration.entries.get("workflow")
        for start, trigger, runs, variables in starts(self.job, workflow, self.whole, self.budget):
            self.budget.step(JOB)
            yield self._run(start, trigger, runs, variables)

    def _run(self, start: PipelineStart, trigger: Trigger, runs: Truth, more: Mapping[str, Value]) -> Job:
        variables = self._variables(start, more)
        region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION")
        steps = [*self._assumed(variables, region)]
        for names in (("before_script", "script"), ("after_script",)):
            lines = tuple(line for name in names for line in self.configuration.lines(self.job.entries.get(name)))
            if lines:
                steps.append(self._step(names[-1], lines, variables, region))
        return Job(
            f"{self.path}#{self.name}",
            self.name,
            _head(self.job),
            "gitlab",
            trigger,
            tuple(steps),
            runs,
            MAYBE,
            token=truth(bool(self._tokens)) if self.whole else MAYBE,
        )

    # Variables

    @property
    def _shell(self) -> str:
        return f"{SHELL}{self.path}#{self.name}"

    @property
    def _tokens(self) -> Mapping[str, Value]:
        """The tokens of the job, by the variables that hold them."""
        stated = self.job.entries.get("id_tokens")
        return stated.entries if isinstance(stated, Map) else {}

    def _variables(self, start: PipelineStart, more: Mapping[str, Value]) -> dict[str, Value]:
        """What the job states of its environment. What is set in the settings of a project is not here."""
        inherits = self.job.entries.get("inherit")
        takes = inherits.entries.get("variables") if isinstance(inherits, Map) else None
        stated: dict[str, Value] = {}
        for source in (self.configuration.entries.get("variables") if takes is None else None, self.job.entries.get("variables")):
            if isinstance(source, Map):
                stated.update((name, _value(value)) for name, value in source.entries.items())
        stated.update((name, _value(value)) for name, value in more.items())
        span = self.job.span
        for name in ("CI_COMMIT_TAG", "CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "CI_PIPELINE_SOURCE"):
            known = start.variable(name, span)
            if isinstance(known, Scalar) and name not in stated:
                stated[name] = known
        found = {name: self._expanded(value, stated, (name,)) for name, value in stated.items()}
        found.update((name, Ref(TOKEN, name, value.span)) for name, value in self._tokens.items())
        return found

    def _expanded(self, value: Value, stated: Mapping[str, Value], names: tuple[str, ...]) -> Value:
        """A value with its variables replaced, as far as they are known.

        https://docs.gitlab.com/ci/variables/where_variables_can_be_used/
        """
        text = string(value)
        if text is None or "$" not in text:
            return value
        self.budget.write(len(text))
        locate = align(text, value.span)
        parts: list[Value] = []
        at = 0
        for match in _VARIABLE.finditer(text):
            if match.start() > at:
                parts.append(Scalar(text[at : match.start()], locate(at, match.start())))
            parts.append(self._variable(match, stated, names, locate(match.start(), match.end())))
            at = match.end()
        if at < len(text):
            parts.append(Scalar(text[at:], locate(at, len(text))))
        if len(parts) == 1:
            return parts[0]
        made = join(parts, value.span)
        self.budget.make(self.budget.weigh(made))
        return made

    def _variable(self, match: re.Match[str], stated: Mapping[str, Value], names: tuple[str, ...], span: Span) -> Value:
        name = match["braced"] or match["bare"]
        if name is None:
            return Scalar("$", span)
        value = stated.get(name)
        if value is None or name in names or len(names) > _MAX_EXPANSIONS:
            return Ref(self._shell, name, span)
        return self._expanded(value, stated, (*names, name))

    # Steps

    @property
    def _folder(self) -> str | None:
        """The folder that its scripts begin in: the top of the repository, where that is cloned."""
        stated = (self.configuration.entries.get("variables"), self.job.entries.get("variables"))
        moves = any(isinstance(one, Map) and one.entries.keys() & {"GIT_STRATEGY", "GIT_CLONE_PATH"} for one in stated)
        return None if moves else posixpath.dirname(self.path)

    def _step(self, name: str, lines: tuple[Value, ...], variables: Mapping[str, Value], region: Value | None) -> Step:
        asked = (name, *((variable, key(value)) for variable, value in sorted(variables.items())))
        script = self.scripts.get(asked)
        if script is None:
            surroundings = Surroundings(
                self._shell, variables, region=region, stops=True, pipefail=True, folder=self._folder, file=self.text
            )
            script = self.scripts[asked] = reader.read_all(lines, self.budget, "bash", surroundings, lines[0].span)
        acts: list[StepAct] = [
            self._as_credentials(act, script, region) if isinstance(act, AssumeRole) else act for act in script.acts
        ]
        assumed = self._exported(script, region)
        if assumed is not None:
            acts.insert(0, assumed)
        return Step(
            lines[0].span,
            tuple(acts),
            opaque=script.may_do_more or ("" if self.whole else "something that is included is not here"),
            keyed=True,
            attests="BUILDX_NO_DEFAULT_ATTESTATIONS" not in variables,
            region=region,
            variables=variables,
        )

    def _assumed(self, variables: Mapping[str, Value], region: Value | None) -> Iterator[Step]:
        """The role that the AWS command line assumes by the variables of the job.

        https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web-identity.html
        """
        role = variables.get("AWS_ROLE_ARN")
        if role is not None and "AWS_WEB_IDENTITY_TOKEN_FILE" in variables:
            act = Credentials(role.span, "token", role, region, self._inputs(None))
            yield Step(role.span, (act,), keyed=True, attests=False, region=region, variables=variables)

    def _exported(self, script: Script, region: Value | None) -> Credentials | None:
        """The role that the AWS command line assumes by the variables that a script sets."""
        role, place = script.variables.get("AWS_ROLE_ARN"), script.sets.get("AWS_ROLE_ARN")
        if role is None or place is None or "AWS_WEB_IDENTITY_TOKEN_FILE" not in script.variables:
            return None
        return Credentials(place.span, "token", role, region, self._inputs(None))

    def _as_credentials(self, act: AssumeRole, script: Script, region: Value | None) -> StepAct:
        """A role that a script assumes for sure with a token of the platform."""
        if act.by != "web identity" or not act.command.certain or not act.closed:
            return act
        call = next((one for one in script.acts if isinstance(one, AwsCall) and one.command is act.command), None)
        options = {} if call is None else call.options
        given = options.get("web-identity-token", ())
        inputs = self._inputs(given[0] if given else None)
        if duration := options.get("duration-seconds"):
            inputs["role-duration-seconds"] = duration[-1]
        return Credentials(act.role.span, "token", act.role, region, inputs)

    def _inputs(self, token: Value | None) -> dict[str, Value]:
        """What a token is asked for: its audience, where it is known which of the tokens of the job it is."""
        tokens = self._tokens
        name = (
            token.attribute
            if isinstance(token, Ref) and token.address == TOKEN
            else next(iter(tokens))
            if len(tokens) == 1
            else ""
        )
        stated = tokens.get(name)
        audience = stated.entries.get("aud") if isinstance(stated, Map) else None
        if audience is None:
            return {}
        return {
            "audience": self._expanded(audience, {}, ())
            if isinstance(audience, Scalar)
            else Unknown("it is a list", audience.span)
        }


def _value(stated: Value) -> Value:
    """A variable, which may be a map with its value; it is a string."""
    if isinstance(stated, Map):
        raw = stated.entries.get("expand")
        if isinstance(raw, Scalar) and raw.value is False:
            return Unknown("it is not expanded", stated.span)
        stated = stated.entries.get("value") or Unknown("it has no value", stated.span)
    return Scalar(written(stated), stated.span) if isinstance(stated, Scalar) and stated.value is not None else stated


def _head(job: Map) -> Span:
    """The first line of a job's body."""
    first = next(
        (value for value in job.entries.values() if value.span.source is job.span.source and value.span.start >= job.span.start),
        None,
    )
    end = job.span.end if first is None else max(job.span.start, min(first.span.end, job.span.end))
    return Span(job.span.source, job.span.start, end)
