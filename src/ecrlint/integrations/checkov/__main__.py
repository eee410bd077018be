"""checkov with our runner: `python -m ecrlint.integrations.checkov -d .` takes every option of checkov and runs ecrlint too."""

from __future__ import annotations

import sys
import warnings

from ecrlint.integrations.checkov.runner import EcrlintRunner, add_framework


def main() -> int:
    """Run checkov on the command line of this process, and return its exit status."""
    add_framework()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=SyntaxWarning)  # as checkov's own command does
        from checkov.main import Checkov

        program = Checkov(sys.argv[1:])
        program.runners.append(EcrlintRunner())
        return program.run() or 0


if __name__ == "__main__":
    sys.exit(main())
