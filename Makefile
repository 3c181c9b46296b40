# Everything runs in a virtual environment of its own; the first call sets it up.
PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
# where pip also looks: PIP_OPTIONS='--extra-index-url https://download.pytorch.org/whl/cpu' for a small PyTorch
PIP_OPTIONS ?=
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo demo-real study docs test test-numpy1 wheel-test lint format bench bench-keep bench-compare bench-peers figures clean

help: ## what can be made
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(STAMP): setup.cfg pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) $(PIP_OPTIONS) --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## run CFE, LGAR and Richards over the example basin; results in output/demo
	$(BIN)/ngen-arid demo --output output/demo

# public data beside the checkout, see the README
demo-real: $(STAMP) ## run CFE, LGAR and Richards over real data, if it is there
	$(BIN)/ngen-arid compare realizations/phillipsburg/cfe_classic.json realizations/phillipsburg/cfe_ode.json \
		realizations/phillipsburg/lgar.json realizations/phillipsburg/richards.json \
		--catchments realizations/phillipsburg/catchments.geojson --nexus realizations/phillipsburg/nexuses.geojson \
		--title 'CFE, LGAR and Richards at Phillipsburg, 2016-17' --output output/phillipsburg
	$(BIN)/ngen-arid profile realizations/phillipsburg/lgar.yml \
		../shared/data/lgar/forcing/forcing_data_resampled_uniform_Phillipsburg.csv \
		--title 'LGAR at Phillipsburg' --animate --output output/phillipsburg/profile
	$(BIN)/ngen-arid compare realizations/gauge_01073000/cfe_classic.json realizations/gauge_01073000/cfe_ode.json \
		--catchments ../shared/data/ngen/gauge_01073000/gauge_01073000.gpkg \
		--title 'CFE at gauge 01073000, December 2015' --output output/gauge_01073000

study: $(STAMP) ## calibrate and compare models over 60 generated basins; report in output/study
	$(BIN)/ngen-arid calibrate realizations/studies/synthetic.yaml
	$(BIN)/ngen-arid report realizations/studies/synthetic.yaml

docs: $(STAMP) ## build the documentation into output/site; open output/site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

test: $(STAMP) ## run all tests
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

test-numpy1: ## run the tests with numpy 1.26, the version that ngen embeds
	$(MAKE) test VENV=.venv-numpy1 CONSTRAINTS=constraints-numpy1.txt

wheel-test: $(STAMP) ## build the wheel and run it in empty environments with numpy 1.26 and 2
	PIP_OPTIONS='$(PIP_OPTIONS)' $(BIN)/python -m tests.wheel.install_and_run

lint: $(STAMP) ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet . || (echo "run 'make format'"; false)
	$(BIN)/mypy

format: $(STAMP) ## reformat the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## measure speed and memory (timings, not tests); tables, and output/bench.json
	$(BIN)/python -m benchmarks

bench-keep: $(STAMP) ## the same on a machine that does nothing else, kept in benchmarks/results for this version
	$(BIN)/python -m benchmarks --keep

bench-compare: $(STAMP) ## compare with the commit of the newest kept results, in pairs; fails when something is slower
	$(BIN)/python -m benchmarks.compare

# make bench-peers CFE_LIB=.../libcfebmi.so LGAR_LIB=.../liblasambmi.so CFE_PY=.../cfe_py
bench-peers: $(STAMP) ## time models of others, where they are, in turn with ours
	CFE_LIB='$(CFE_LIB)' LGAR_LIB='$(LGAR_LIB)' CFE_PY='$(CFE_PY)' $(BIN)/python -m benchmarks.peers

figures: demo ## remake the figures of the documentation
	cp output/demo/hydrograph.png docs/figures/example_basin.png
	$(BIN)/ngen-arid profile realizations/example_basin/lgar/cat-2.yml realizations/example_basin/forcing/cat-2.csv \
		--title 'LGAR in the western plain of the example basin' --output output/profile
	cp output/profile/profiles.png docs/figures/lgar_profiles.png
	cp output/profile/fronts.png docs/figures/lgar_fronts.png
	$(BIN)/ngen-arid describe cfe_bmi.BmiCfe > docs/cfe_variables.md
	$(BIN)/ngen-arid describe lgar_bmi.BmiLgar > docs/lgar_variables.md
	$(BIN)/ngen-arid describe richards_bmi.BmiRichards > docs/richards_variables.md
	$(BIN)/ngen-arid describe pet_bmi.BmiPet > docs/pet_variables.md

clean: ## remove what was made
	rm -rf .venv .venv-numpy1 output realizations/example_basin/forcing realizations/aorc_basin/forcing build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
