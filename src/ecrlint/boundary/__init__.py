"""The only code that opens files and starts programs: where reading ends, how files below are opened, and git."""
