"""What is read only by the functions for other types: images, parameters, and network interfaces that are added to hosts."""

from __future__ import annotations

from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot

ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_ami"),
    ResourceType("data.aws_ami"),
    ResourceType("data.aws_ssm_parameter"),
    ResourceType("aws_network_interface_attachment"),
    ResourceType("aws_network_interface_sg_attachment"),
)
