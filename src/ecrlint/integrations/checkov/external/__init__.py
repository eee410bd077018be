"""The folder that checkov takes as `--external-checks-dir`."""
