"""`python bench/fuzz` runs the program."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fuzz.program import main

sys.exit(main(sys.argv[1:]))
