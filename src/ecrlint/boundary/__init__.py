"""The only code that opens files and starts programs: where reading ends, how files below that are opened, and git."""
