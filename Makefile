# Everything runs in a virtual environment of its own; the first call sets it up.
PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo test test-numpy1 lint bench figures clean

help: ## what can be made
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(STAMP): setup.cfg pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## run CFE classic and ODE over the example basin; results in output/demo
	$(BIN)/ngen-arid demo --output output/demo

test: $(STAMP) ## run all tests
	$(BIN)/python -m pytest -q -n 2

test-numpy1: ## run the tests with numpy 1.26, the version that ngen embeds
	$(MAKE) test VENV=.venv-numpy1 CONSTRAINTS=constraints-numpy1.txt

lint: $(STAMP) ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet . || (echo "run 'make format'"; false)
	$(BIN)/mypy

format: $(STAMP) ## reformat the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## measure speed and memory (timings, not tests)
	$(BIN)/python -m benchmarks

figures: $(STAMP) ## remake the figures of the documentation
	$(BIN)/ngen-arid demo --output output/demo --figures docs/figures

clean: ## remove what was made
	rm -rf .venv .venv-numpy1 output build *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
