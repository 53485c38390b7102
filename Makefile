# `make repro` and `make test` work as the first command in a fresh clone: they need Python 3.11 or newer, make and Git.
# It is written for GNU make 3.81 and bash 3.2, which macOS has, and for all that came after them.
SHELL := bash
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
READY := $(VENV)/.ready
ACTIVATE := . $(VENV)/bin/activate

# Which PyTorch: PyPI's (TORCH=pypi), on Linux with CUDA's libraries, or the build without them from PyTorch's own index
# (TORCH=cpu), which on other systems is PyPI's too. An environment keeps the one that it has until the other is named.
INSTALLED := $(if $(wildcard $(READY)),$(shell sed -n 1p $(READY)))
TORCH := $(or $(INSTALLED),pypi)
ifeq ($(filter pypi cpu,$(TORCH)),)
$(error TORCH is '$(TORCH)'; allowed: pypi, cpu)
endif
LOCK := requirements.lock
ifeq ($(TORCH) $(shell uname),cpu Linux)
LOCK := $(VENV)/requirements.txt
CPU_TORCH := $(shell sed -nE 's/^(torch|torchvision)==([^ ]+).*/\1==\2+cpu/p' requirements.lock)
endif

# What there is to make, for a bare `make`.
help:
	@echo "make repro     install if need be, then run the whole pipeline"
	@echo "make test      install if need be, then check style, types and behaviour (make test-all: what takes minutes, too)"
	@echo "make setup     install into $(VENV) (TORCH=cpu: without CUDA's libraries)"
	@echo "make bench     time training beside plain loops (BENCH=\"--rows gan,mlp --repeats 3\")"
	@echo "make gpu       with a GPU: test it, time it, and train R2's and R4's GANs at full length (benchmarks/gpu.sh)"
	@echo "make docs      build the documentation into site/"
	@echo "make lock      renew requirements.lock"

.PHONY: help setup repro test test-all tests lint bench gpu docs lock

repro: setup
	$(ACTIVATE) && saddle repro

test: setup
	$(MAKE) --jobs 2 lint tests

# With what takes minutes: stages killed at random moments.
test-all: setup
	$(MAKE) --jobs 2 lint tests MARKED="-m ''"

tests: setup
	$(ACTIVATE) && python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(MARKED)

lint: setup
	$(ACTIVATE) && ruff check . && ruff format --check . && mypy

# How fast training is beside plain loops, for example: make bench BENCH="--rows gan,mlp --repeats 3". On a quiet machine.
bench: setup
	$(ACTIVATE) && python -m benchmarks $(BENCH)

gpu: setup
	$(ACTIVATE) && benchmarks/gpu.sh

# The documentation, into site/; a link that leads nowhere is an error. To read it: zensical serve.
docs: setup
	$(ACTIVATE) && python -m saddle.reporting.site && zensical build --strict

setup: $(READY)

# The marker, which build in which folder, is written last: an interrupted installation is taken up by the next call.
# Scripts of an environment name its folder, so that one which came here with its folder, moved or copied, is made anew.
HERE := $(shell cd $(VENV) 2>/dev/null && pwd -P)
ifneq ($(TORCH) $(HERE),$(INSTALLED) $(or $(if $(INSTALLED),$(shell sed -n 2p $(READY))),$(HERE)))
.PHONY: $(READY)
ANEW := $(if $(INSTALLED),--clear )
endif
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: found no Python 3.11 or newer with the venv module; \
	install one (on Debian: python3 and python3-venv) or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Installing into $(VENV), which takes some minutes\
	$(if $(ANEW),; what is there was made in another folder or for another PyTorch)"
	$(PYTHON) -m venv $(ANEW)$(VENV)
	$(if $(CPU_TORCH),grep -vE '^(cuda|nvidia|triton)[-=]' requirements.lock > $(LOCK))
	$(if $(CPU_TORCH),$(PIP) --no-deps --index-url https://download.pytorch.org/whl/cpu $(CPU_TORCH))
	$(PIP) --requirement $(LOCK)
	$(PIP) --no-deps --no-build-isolation --editable .
	@{ echo $(TORCH); cd $(VENV) && pwd -P; } > $@

# Renews requirements.lock within the ranges of pyproject.toml, for every platform and Python that it admits.
lock: setup
	$(VENV)/bin/python -m pip install --quiet uv
	$(VENV)/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-annotate --no-header \
	  --output-file requirements.lock
