"""The way of an image for each workload, step by step, as `ecrlint path` draws it."""
