"""What a job of GitLab is started for: branches, tags, merge requests, by its rules.

https://docs.gitlab.com/ci/jobs/job_rules/
https://docs.gitlab.com/ci/variables/predefined_variables/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.workflow.gitlab.rule_condition import holds
from ecrlint.evaluate.workflow.triggers import HEADS, TAGS
from ecrlint.model.dataclass import dataclass
from ecrlint.model.job import Trigger
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth, any_of, truth
from ecrlint.model.value import List, Map, Ref, Scalar, Unknown, Value, join, string

MERGE_REQUEST = "merge_request_event"
_MAX_STARTS = 20

_BRANCH = re.compile(
    r"""CI_COMMIT_(?:BRANCH|REF_NAME)\}?\s*==\s*["']([^"']+)["']|["']([^"']+)["']\s*==\s*\$\{?CI_COMMIT_(?:BRANCH|REF_NAME)"""
)
_SOURCE = re.compile(r"""CI_PIPELINE_SOURCE\}?\s*==\s*["']([^"']+)["']|["']([^"']+)["']\s*==\s*\$\{?CI_PIPELINE_SOURCE""")
_KEYWORDS = {
    "pushes": "push",
    "merge_requests": MERGE_REQUEST,
    "schedules": "schedule",
    "web": "web",
    "api": "api",
    "triggers": "trigger",
    "pipelines": "pipeline",
    "external": "external",
    "chat": "chat",
}
"""The words of `only` and `except` for what starts a pipeline: https://docs.gitlab.com/ci/yaml/deprecated_keywords/"""


@dataclass(frozen=True, slots=True)
class PipelineStart:
    """A way in which a pipeline may be started: what starts it, and for what. `name` is None where it is any other branch."""

    event: str
    kind: str
    name: str | None = None

    def variable(self, name: str, span: Span) -> Value | None:
        """A predefined variable; None where it is not set, unknown where nobody knows."""
        branch: Value = Ref("gitlab", "branch", span) if self.name is None else Scalar(self.name, span)
        if self.kind == "default":
            branch = Ref("gitlab", "default branch", span)
        match name:
            case "CI_PIPELINE_SOURCE":
                return Scalar(self.event, span)
            case "CI_COMMIT_TAG":
                return (
                    Ref("gitlab", "tag", span)
                    if self.kind == "tag"
                    else None
                    if self.kind != "any"
                    else Unknown("it may be a tag", span)
                )
            case "CI_COMMIT_BRANCH" if self.kind in ("tag", "merge request"):
                return None
            case "CI_COMMIT_REF_NAME" if self.kind == "tag":
                return Ref("gitlab", "tag", span)
            case "CI_COMMIT_BRANCH" | "CI_COMMIT_REF_NAME" if self.kind in ("branch", "default"):
                return branch
            case "CI_DEFAULT_BRANCH":
                return Ref("gitlab", "default branch", span)
        if name.startswith("CI_MERGE_REQUEST_") and self.kind != "any":
            return Ref("gitlab", name, span) if self.kind == "merge request" else None
        return Unknown(f"{name} is not known", span)

    def trigger(self, span: Span) -> Trigger:
        hole = Unknown("its name is not known", span)
        match self.kind:
            case "tag":
                return Trigger(self.event, join([TAGS, hole], span), span)
            case "branch" | "default":
                named = Scalar(self.name, span) if self.name is not None else hole
                return Trigger(self.event, join([HEADS, named], span), span, self.name is not None)
            case "merge request":
                return Trigger(self.event, join(["refs/merge-requests/", hole, "/head"], span), span)
        return Trigger(self.event, hole, span)


def starts(
    job: Map, workflow: Value | None, whole: bool, budget: Budget
) -> Iterator[tuple[PipelineStart, Trigger, Truth, Mapping[str, Value]]]:
    """The ways in which a job is started, whether it then runs, and the variables that the rules set.

    Those for which it surely runs come first. Where nothing is stated of it, or where others may state it, it is started for any
    branch or tag.
    """
    rules, only, without = job.entries.get("rules"), job.entries.get("only"), job.entries.get("except")
    above = workflow.entries.get("rules") if isinstance(workflow, Map) else None
    stated = next((value for value in (rules, only, without, above) if value is not None), None)
    anything = PipelineStart("push", "any")
    if stated is None or not whole:
        yield anything, anything.trigger(job.span), YES if whole else MAYBE, {}
        return
    texts = list(_texts((rules, only, without, above)))
    budget.step(_MAX_STARTS * (1 + len(texts)))
    candidates = list(_candidates(texts))
    if len(candidates) > _MAX_STARTS:
        yield anything, anything.trigger(stated.span), MAYBE, {}
        return
    found: list[tuple[PipelineStart, Trigger, Truth, Mapping[str, Value]]] = []
    for start in candidates:
        runs, span, variables = _runs(start, job, stated)
        if above is not None:
            runs = runs & _by_rules(start, above)[0]
        if runs is not NO:
            found.append((start, start.trigger(span), runs, variables))
    kinds = {start.kind for start, _, _, _ in found if start.event == "push" and start.name is None}
    if {"tag", "branch"} <= kinds:
        runs = any_of(runs for start, _, runs, _ in found if start.event == "push")
        yield anything, anything.trigger(stated.span), runs, {}
        found = [one for one in found if one[0].event != "push"]
    elif "branch" in kinds:  # the others are some of any
        found = [one for one in found if one[0].name is None and one[0].kind != "default"]
    yield from sorted(found, key=lambda one: one[2] is not YES)


def _candidates(texts: Sequence[str]) -> Iterator[PipelineStart]:
    yield PipelineStart("push", "tag")
    yield PipelineStart("push", "branch")
    if any("CI_DEFAULT_BRANCH" in text for text in texts):  # otherwise it is one of those that are named, or any other
        yield PipelineStart("push", "default")
    named = dict.fromkeys(name for text in texts for match in _BRANCH.finditer(text) for name in match.groups() if name)
    plain = (
        text for text in texts if re.fullmatch(r"[\w./-]+", text) and text not in _KEYWORDS and text not in ("branches", "tags")
    )
    for name in dict.fromkeys((*named, *plain)):
        yield PipelineStart("push", "branch", name)
    yield PipelineStart(MERGE_REQUEST, "merge request")
    sources = {name for text in texts for match in _SOURCE.finditer(text) for name in match.groups() if name}
    sources |= {_KEYWORDS[text] for text in texts if text in _KEYWORDS}
    for source in sorted(sources - {"push", MERGE_REQUEST}):
        yield PipelineStart(source, "any")


def _texts(values: Sequence[Value | None]) -> Iterator[str]:
    """The texts in some values: the conditions of rules, the words of `only`."""
    waiting = [value for value in values if value is not None]
    while waiting:
        value = waiting.pop()
        match value:
            case Scalar(value=str(text)):
                yield text
            case List():
                waiting.extend(value.items)
            case Map():
                waiting.extend(item for name, item in value.entries.items() if name in ("if", "refs"))


def _runs(start: PipelineStart, job: Map, stated: Value) -> tuple[Truth, Span, Mapping[str, Value]]:
    rules = job.entries.get("rules")
    if rules is not None:
        return _by_rules(start, rules)
    only, without = job.entries.get("only"), job.entries.get("except")
    runs = _is_named(start, only) if only is not None else truth(start.kind != "merge request")
    if without is not None:
        runs = runs & ~_is_named(start, without)
    return runs, stated.span, {}


def _by_rules(start: PipelineStart, rules: Value) -> tuple[Truth, Span, Mapping[str, Value]]:
    """Whether one of the rules adds a job, where that is, and the variables that it sets."""
    if not isinstance(rules, List) or not rules.complete:
        return MAYBE, rules.span, {}
    runs, left = NO, YES
    place: Span | None = None
    variables: dict[str, Value] = {}
    for rule in rules.items:
        if not isinstance(rule, Map) or any(name.startswith("!") for name in rule.entries):
            return MAYBE, rule.span, {}
        this = left & _matches(start, rule)
        when = string(rule.entries.get("when"))
        if when != "never" and this is not NO:
            runs = runs | (this & MAYBE if when in ("manual", "on_failure", "delayed") else this)
            place = place or rule.span
            set_here = rule.entries.get("variables")
            if isinstance(set_here, Map):
                unsure = {name: Unknown("a rule may set it", value.span) for name, value in set_here.entries.items()}
                variables.update(set_here.entries if this is YES else unsure)
        left = left & ~this
        if left is NO:
            break
    return runs, place or rules.span, variables


def _matches(start: PipelineStart, rule: Map) -> Truth:
    stated = rule.entries.get("if")
    found = YES if stated is None else MAYBE
    text = string(stated)
    if text is not None and stated is not None:
        span = stated.span
        found = holds(text, lambda name: start.variable(name, span))
    return found & MAYBE if rule.entries.keys() & {"changes", "exists"} else found


def _is_named(start: PipelineStart, stated: Value) -> Truth:
    """Whether `only` or `except` names what a pipeline is started for."""
    if isinstance(stated, Map):
        refs = stated.entries.get("refs")
        more = bool(stated.entries.keys() - {"refs"})
        named = YES if refs is None else _is_named(start, refs)
        return named & MAYBE if more else named
    items = stated.items if isinstance(stated, List) else (stated,)
    return any_of(_is_word_for(start, string(item)) for item in items)


def _is_word_for(start: PipelineStart, word: str | None) -> Truth:
    if word is None or start.kind == "any":
        return truth(_KEYWORDS.get(word) == start.event) if word in _KEYWORDS else MAYBE
    word = word.partition("@")[0]
    if word in _KEYWORDS:
        return truth(_KEYWORDS[word] == start.event)
    if word in ("branches", "tags"):
        return truth((start.kind in ("branch", "default")) if word == "branches" else start.kind == "tag")
    if start.kind == "merge request":
        return NO
    if word.startswith("/") or "$" in word:
        return MAYBE
    if start.kind == "branch":
        return truth(start.name == word)
    return MAYBE
