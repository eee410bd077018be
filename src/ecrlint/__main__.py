"""`python -m ecrlint`."""

import sys

from ecrlint.cli import main

sys.exit(main())
