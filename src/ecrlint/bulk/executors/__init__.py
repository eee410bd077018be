"""Who scans: this process, worker processes, or a Dask cluster. Each takes tasks and gives their results, in any order."""
