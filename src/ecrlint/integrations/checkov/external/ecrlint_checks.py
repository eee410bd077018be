"""Adds our checks to checkov, which runs this file in the process of each framework, under the name of the file alone."""

from ecrlint.integrations.checkov.registration import add_checks

add_checks()
