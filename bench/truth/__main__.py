"""`python bench/truth` runs the program."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from truth.program import main

sys.exit(main(sys.argv[1:]))
