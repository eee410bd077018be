"""Resources and jobs to a `Stack`: one function for each resource type, all in one typed table for each language."""
