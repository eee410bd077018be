"""Our rules inside checkov: as external checks, or with a runner of its own that `python -m` of this package adds to it."""
