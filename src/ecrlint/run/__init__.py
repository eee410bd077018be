"""The run of a scan. `pipeline.py` is the way of one scan; each folder is one of its stages."""
