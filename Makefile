# Everything runs in a virtual environment of its own; the first call sets it up.
PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
# where pip also looks: PIP_OPTIONS='--extra-index-url https://download.pytorch.org/whl/cpu' for a small PyTorch
PIP_OPTIONS ?=
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo demo-real study test test-numpy1 lint format bench figures clean

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

test: $(STAMP) ## run all tests
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

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
	rm -rf .venv .venv-numpy1 output realizations/example_basin/forcing realizations/aorc_basin/forcing build *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
