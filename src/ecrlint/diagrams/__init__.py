"""The picture of an image pull that `ecrlint path` shows: permissions, network and repository of each workload."""
