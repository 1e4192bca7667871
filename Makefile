# Everything a newcomer needs. Each target does its whole set-up: virtual environment, dependencies,
# and system packages where it may install them.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: help setup system demo test check lint types imports rules bench oui doctor clean

help:            ## list the targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "camaudit needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1 | head -n 1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(STAMP)

setup: $(STAMP)  ## virtual environment and dependencies

system:          ## nmap, chromium and iproute2, where this account may install them
	@.ci/system-packages

demo: setup      ## audit the virtual fleet end to end and write a report
	$(BIN)/camaudit demo

test: system setup  ## all tests
	$(BIN)/python -m pytest -n 2

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports --no-cache

rules: setup
	$(BIN)/camaudit rules lint
	$(BIN)/camaudit rules test

check: lint types imports rules test  ## exactly what CI runs

bench: setup     ## speed and memory, as ratios and counts
	$(BIN)/python -m tests.benchmarks

oui: setup       ## the table of MAC prefixes anew, from the IEEE listing a package ships
	$(BIN)/python docs/oui_table.py

doctor: setup    ## what this machine can do
	$(BIN)/camaudit doctor

clean:
	rm -rf $(VENV) camaudit-demo dist build .mypy_cache .ruff_cache .pytest_cache
