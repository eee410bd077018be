"""What the units of a part of a repository want of its other units, once they are evaluated.

Bytes alone tell that a task may name a role of another unit; a unit that has been evaluated tells whether it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING

from ecrlint.analysis.job_pushes import pushes
from ecrlint.analysis.job_roles import assumptions
from ecrlint.model.address import SSM, type_of
from ecrlint.model.dataclass import replace
from ecrlint.model.job import Credentials
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import Ref, alternatives, string
from ecrlint.run.join.attachments import attached, is_meant
from ecrlint.run.join.outputs import STATE, imports, states_kept, states_read, takes_parameters
from ecrlint.run.join.roles import wanted as roles_wanted
from ecrlint.run.read.wanted import CALMING, SILENT, Wanted
from ecrlint.run.scenarios.unit import DeployableUnit

if TYPE_CHECKING:
    from ecrlint.adapt.table import Gift


_OF_JOBS: frozenset[Gift] = frozenset({"role for jobs", "repository"})


def of_others(units: Iterable[DeployableUnit], asked: Set[Gift]) -> Wanted:
    """What units want of others that may make rules say more, among what their files may ask for."""
    listed = list(units)
    states = frozenset(state for unit in listed for state in states_read(unit))
    every_output = any(map(imports, listed))
    gifts = asked - CALMING.keys() - {"role", "role to attach to", "role policy", "output", "parameter", *_OF_JOBS}
    gifts |= asked & frozenset(gift for unit in listed for gift in _of_jobs(unit))
    if any(next(roles_wanted(unit), None) or _by_state(unit) for unit in listed):
        gifts |= asked & {"role"}
    if any(next(attached(unit), None) for unit in listed):
        gifts |= asked & {"role to attach to"}
    if any(role.kind == "role" for unit in listed for role in unit.open[0].roles):
        gifts |= asked & {"role policy"}
    if states or every_output:
        gifts |= asked & {"output"}
    if any(map(takes_parameters, listed)):
        gifts |= asked & {"parameter"}
    return Wanted(gifts, states, every_output)


def by_others(units: Iterable[DeployableUnit], given: Set[Gift]) -> Wanted:
    """What others may want of units of which a finding of theirs may speak, among what the files of these may give."""
    listed = list(units)
    exports = any(address.startswith("export:") for unit in listed for address in unit.open[0].outputs)
    states = frozenset(state for unit in listed for state in states_kept(unit))
    gifts = given - SILENT - {"role", "role policy", "output", "parameter", *_OF_JOBS}
    if any(role.kind == "role" for unit in listed for role in unit.open[0].roles):
        gifts |= given & {"role"}
    if any(next(attached(unit), None) for unit in listed):
        gifts |= given & {"role policy"}
    if any(unit.open[0].roles or unit.open[0].identity_providers for unit in listed):
        gifts |= given & {"role for jobs"}
    if any(unit.open[0].repositories or unit.open[0].registry is not None for unit in listed):
        gifts |= given & {"repository"}
    if states or exports:
        gifts |= given & {"output"}
    if any(address.startswith(SSM) for unit in listed for address in unit.open[0].outputs):
        gifts |= given & {"parameter"}
    return Wanted(gifts, states, exports, is_to_give=True)


def takes(unit: DeployableUnit, givers: Sequence[DeployableUnit]) -> bool:
    """Whether a unit may take something of one of others, of which a finding of its own may speak."""
    if _takes_role(unit, givers) or _takes_policy(unit, givers) or _takes_for_jobs(unit, givers):
        return True
    states = {state for giver in givers for state in states_kept(giver)}
    if not states.isdisjoint(states_read(unit)):
        return True
    exports = any(address.startswith("export:") for giver in givers for address in giver.open[0].outputs)
    parameters = {address for giver in givers for address in giver.open[0].outputs if address.startswith(SSM)}
    if parameters and takes_parameters(unit):
        return True
    return (exports and imports(unit)) or any(giver.open[0].manifests for giver in givers)


def _of_jobs(unit: DeployableUnit) -> Iterator[Gift]:
    """What the jobs of a unit want: the roles that they assume, the repositories that they push to."""
    stack = unit.open[0]
    acts = [act for job in stack.jobs for step in job.steps for act in step.acts]
    if any(isinstance(act, Credentials) and (act.role is not None or act.by == "token") for act in acts):
        yield "role for jobs"
    if acts and pushes(stack):
        yield "repository"


def _takes_for_jobs(unit: DeployableUnit, givers: Sequence[DeployableUnit]) -> bool:
    stack = unit.open[0]
    wanted = {*_of_jobs(unit)} if stack.jobs else set()
    if not wanted:
        return False
    beside = tuple(giver.open[0] for giver in givers)
    if "repository" in wanted and _pushes_to(stack, beside):
        return True
    provided = any(one.identity_providers for one in beside)
    return "role for jobs" in wanted and (provided or bool(assumptions(replace(stack, beside=beside))))


def _pushes_to(stack: Stack, beside: Iterable[Stack]) -> bool:
    """Whether a job pushes to a repository of others by its name, or by one that is nearly it."""
    from difflib import get_close_matches

    made = {string(one.name) for other in beside for one in other.repositories} - {None}
    named = {string(one.image.name) for one in pushes(stack)} - {None}
    return any(get_close_matches(name or "", [one or "" for one in made], n=1, cutoff=0.8) for name in named)


def _takes_role(unit: DeployableUnit, givers: Sequence[DeployableUnit]) -> bool:
    names = {name for _, name, _ in roles_wanted(unit)}
    roles = [role for giver in givers for role in giver.open[0].roles if role.kind == "role"]
    known = {word for role in roles for word in (role.address, string(role.name))}
    exported = {resource.address for giver in givers for resource in giver.resources if resource.type == "export"}
    return not names.isdisjoint(known | exported)


def _takes_policy(unit: DeployableUnit, givers: Sequence[DeployableUnit]) -> bool:
    stack = unit.open[0]
    given = [one for giver in givers for one in attached(giver)] if stack.roles else []
    return any(is_meant(one, role, stack) is not NO for one in given for role in stack.roles)


def calming(units: Iterable[DeployableUnit], asked: Set[Gift], read: Set[str]) -> Set[Gift]:
    """What may take away findings of rules that have read some parts of the stacks of units, among what their files may ask
    for. Parts of networks also make endpoints open."""
    opens = "endpoints" in read and any(unit.open[0].endpoints for unit in units)
    return asked & {gift for gift, part in CALMING.items() if part in read or (opens and part == "own_network")}


def _by_state(unit: DeployableUnit) -> bool:
    """Whether a task has a role that another root gives out."""
    return any(type_of(one.address) == STATE for one in _roles(unit))


def _roles(unit: DeployableUnit) -> Iterator[Ref]:
    for task in unit.open[0].tasks:
        for value in (task.execution_role, task.task_role):
            if value is not None:
                yield from (side for side in alternatives(value) if isinstance(side, Ref))
