# `make repro` and `make test` work as the first command in a fresh clone: they need Python 3.11 or newer, make and Git.
SHELL := bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
READY := $(VENV)/.ready
ACTIVATE := . $(VENV)/bin/activate

.PHONY: setup repro points-gan-and-wgan points-wgan_gp mnist-mlp mnist-classifier-and-dropout_mlp images directions \
  test lint lock

# What `dvc repro` does, but stages that keep only one core busy run two at a time. DVC runs one after the other, though
# several of it may run at once, each with stages of its own (--single-item: with nothing that comes before them).
# Their output then is no terminal's, so that progress is a line every ten seconds and not two bars in one line.
repro: setup
	$(ACTIVATE) && dvc repro prepare_points fetch_mnist
	$(MAKE) --jobs 2 points-gan-and-wgan points-wgan_gp
	$(MAKE) --jobs 2 mnist-mlp mnist-classifier-and-dropout_mlp
	$(ACTIVATE) && dvc repro render_optimizers train_mnist
	$(MAKE) --jobs 2 images directions
	$(ACTIVATE) && dvc repro

BESIDE = $(ACTIVATE) && dvc --wait-for-lock repro --single-item $(1) 2>&1 | cat

points-gan-and-wgan:
	$(call BESIDE,$(foreach variant,gan wgan,$(addsuffix _points@$(variant),train evaluate render)))

points-wgan_gp:
	$(call BESIDE,$(addsuffix _points@wgan_gp,train evaluate render))

mnist-mlp:
	$(call BESIDE,train_mnist@mlp)

mnist-classifier-and-dropout_mlp:
	$(call BESIDE,train_classifier train_mnist@dropout_mlp)

images:
	$(call BESIDE,evaluate_mnist_floor evaluate_mnist render_mnist)

directions:
	$(call BESIDE,sefa)

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
