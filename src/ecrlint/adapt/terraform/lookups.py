"""What is read only by the functions for other types: images, parameters, and network interfaces that are added to hosts."""

from __future__ import annotations

from ecrlint.adapt.table import Entries, Entry
from ecrlint.adapt.terraform.root import TerraformRoot

ENTRIES: Entries[TerraformRoot] = (
    Entry("aws_ami"),
    Entry("data.aws_ami"),
    Entry("data.aws_ssm_parameter"),
    Entry("aws_network_interface_attachment"),
    Entry("aws_network_interface_sg_attachment"),
)
