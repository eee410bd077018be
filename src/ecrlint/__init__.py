"""ecrlint: which push to or pull from Amazon ECR will fail, said before anything is deployed.

`ecrlint.scan` is the Python API; docs/api.md describes it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecrlint.api import ConfigError as ConfigError
    from ecrlint.api import Edit as Edit
    from ecrlint.api import FileStatus as FileStatus
    from ecrlint.api import Finding as Finding
    from ecrlint.api import Opening as Opening
    from ecrlint.api import Problem as Problem
    from ecrlint.api import Related as Related
    from ecrlint.api import Report as Report
    from ecrlint.api import Rule as Rule
    from ecrlint.api import Severity as Severity
    from ecrlint.api import Source as Source
    from ecrlint.api import Span as Span
    from ecrlint.api import all_rules as all_rules
    from ecrlint.api import scan as scan

__version__ = "0.2.0"


def __getattr__(name: str) -> object:
    """A name of `ecrlint.api`, which is imported then: a start of the command line has no need of it."""
    from importlib import import_module

    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    api = import_module("ecrlint.api")
    if name not in api.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(api, name)


def __dir__() -> list[str]:
    from ecrlint import api

    return [*globals(), *api.__all__]
