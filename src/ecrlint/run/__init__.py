"""The run of a scan. `pipeline.py` is the way of one scan, a folder is one of its stages, a module the work of a command."""
