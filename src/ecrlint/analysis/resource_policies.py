"""What the policies of repositories and registries add to a role's own.

Within an account a policy on the resource is enough for everything but the login.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
"""

from __future__ import annotations

from ecrlint.analysis.repositories import principal_of
from ecrlint.iam import principals
from ecrlint.iam.policies import covers_action
from ecrlint.model.policy import Policy, Role
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, Truth, any_of


def may_let_in(stack: Stack, role: Role, action: str) -> Truth:
    """Whether the policy of any repository or registry, here or beside, allows an action to a role; `NO` only where none can."""
    found = (*stack.repositories, *stack.repositories_beside)
    policies = [repository.policy for repository in found if repository.policy is not None]
    if stack.registry is not None:
        from ecrlint.analysis.registries import may_speak  # only where something is said of registries

        policies += [one.policy for one in stack.registry.policies if may_speak(one, action) is not NO]
    return any_of(_lets_in(policy, role, action) for policy in policies)


def _lets_in(policy: Policy, role: Role, action: str) -> Truth:
    """Whether a policy on a resource adds to what a role's own allow. Where it names the account, it only lets these decide."""
    if not policy.complete:
        return MAYBE
    allowing = [one for one in policy.statements if one.effect != "Deny" and covers_action(one, action) is not NO]
    return any_of(principals.adds(one, principal_of(role), policy.kind) for one in allowing)
