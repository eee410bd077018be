"""What could not be read: whatever it mentions may have more than the files say."""

from __future__ import annotations

from ecrlint.adapt import identity_draft
from ecrlint.adapt.kept import parts_of
from ecrlint.adapt.network_draft import mentioned
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.dataclass import replace
from ecrlint.model.policy import Policy
from ecrlint.model.stack import Resource
from ecrlint.model.value import Ref


def file(unit: TerraformRoot, resource: Resource) -> None:
    """A file that is no Terraform in some place may attach policies, add rules and routes, and give a repository its policy."""
    reason = f"{resource.span.path} mentions it and could not be read as a whole"
    for draft in identity_draft.mentioned(parts_of(unit, resource), unit.draft.identities):
        draft.open.append(reason)
    given = mentioned(resource.attributes, name, unit.draft.identities.gives_any_name)
    unit.draft.network.outsiders.append((reason, given))
    addresses = {part.address for part in parts_of(unit, resource) if isinstance(part, Ref)}
    for address, repository in unit.draft.repositories.items():
        if address in addresses and repository.policy is None:
            unknown = Policy("repository", address, (), resource.span, (reason,))
            unit.draft.repositories[address] = replace(repository, policy=unknown)


ENTRIES: Entries[TerraformRoot] = (ResourceType("unread", file, ReadingPhase.REST),)
