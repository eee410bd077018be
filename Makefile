# Two entries, each from nothing but Python and git: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Tools that our rules run in are tested in environments of their own: python-hcl2, which we develop with, breaks checkov.
HOSTS := $(VENV)/hosts
HOST_PIP := -m pip install --quiet --disable-pip-version-check

.PHONY: demo test docs site clean

# Findings are what the demo is for, so only a crash or a usage error (status 2 and above) fails it.
demo: $(VENV)/.installed
	@echo "examples/ holds small stacks that are broken on purpose; this is what ecrlint says of them:"
	@echo
	@cd examples && ../$(BIN)/ecrlint --color always . || test $$? -eq 1

test: $(VENV)/.installed-dev $(HOSTS)/cfn-lint/.installed $(HOSTS)/checkov/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

docs: $(VENV)/.installed-dev
	$(BIN)/python tools/docs.py

# The documentation as a site, in site/. To read it with its search: python3 -m http.server --directory site
site: $(VENV)/.installed-dev
	$(BIN)/zensical build --clean --strict

clean:
	rm -rf $(VENV) build dist site .cache src/ecrlint.egg-info .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(HOSTS)/%/.installed: pyproject.toml | $(BIN)/python
	$(PYTHON) -m venv $(HOSTS)/$*
	$(HOSTS)/$*/bin/python $(HOST_PIP) --editable '.[$*]'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and f"ecrlint needs Python 3.10 or later, and $(PYTHON) is {sys.version.split()[0]}: make PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)
