# `make repro` and `make test` work as the first command in a fresh clone: they need Python 3.11 or newer, make and Git.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
READY := $(VENV)/.ready
ACTIVATE := . $(VENV)/bin/activate

.PHONY: setup repro test lint lock

repro: setup
	$(ACTIVATE) && dvc repro

test: setup lint
	$(ACTIVATE) && python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: setup
	$(ACTIVATE) && ruff check . && ruff format --check . && mypy

setup: $(READY)

# The marker is written last, so an interrupted installation is taken up again by the next call.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: found no Python 3.11 or newer with the venv module; \
	install one (on Debian: python3 and python3-venv) or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Renews requirements.lock within the ranges of pyproject.toml, for every platform and Python that it admits.
lock: setup
	$(VENV)/bin/python -m pip install --quiet uv
	$(VENV)/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-annotate --no-header \
	  --output-file requirements.lock
