# Everything runs in a virtual environment of its own; the first call sets it up.
PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
# where pip also looks: PIP_OPTIONS='--extra-index-url https://download.pytorch.org/whl/cpu' for a small PyTorch
PIP_OPTIONS ?=
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo demo-real study docs test test-numpy1 wheel-test lint format bench bench-keep bench-compare bench-peers \
	figures figures-real clean

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

# docs/reproducibility.md lists every figure with its command; those that take hours are not made here
figures: demo ## remake the figures and tables of the documentation that need no data
	cp output/demo/hydrograph.png docs/figures/example_basin.png
	$(BIN)/ngen-arid profile realizations/example_basin/lgar/cat-2.yml realizations/example_basin/forcing/cat-2.csv \
		--title 'LGAR in the western plain of the example basin' --output output/profile
	cp output/profile/profiles.png docs/figures/lgar_profiles.png
	cp output/profile/fronts.png docs/figures/lgar_fronts.png
	$(BIN)/ngen-arid lgar-error --output output/lgar_error
	cp output/lgar_error/lgar_error.png docs/figures/lgar_error.png
	$(BIN)/python -m dcfe.recovery report --output output/recovery
	cp output/recovery/report.png docs/figures/report_case.png
	cp output/recovery/gradient_chain.png docs/figures/gradient_chain.png
	$(BIN)/python -m dcfe.recovery single --output output/recovery
	cp output/recovery/single_classic_noise_0.png docs/figures/recovery_single.png
	$(BIN)/ngen-arid describe cfe_bmi.BmiCfe > docs/cfe_variables.md
	$(BIN)/ngen-arid describe lgar_bmi.BmiLgar > docs/lgar_variables.md
	$(BIN)/ngen-arid describe richards_bmi.BmiRichards > docs/richards_variables.md
	$(BIN)/ngen-arid describe pet_bmi.BmiPet > docs/pet_variables.md

# public data beside the checkout, see the README and docs/study_data.md
figures-real: $(STAMP) ## remake the figures of the documentation that need data
	$(BIN)/ngen-arid compare realizations/phillipsburg/cfe_classic.json realizations/phillipsburg/cfe_ode.json \
		--catchments realizations/phillipsburg/catchments.geojson \
		--title 'CFE at Phillipsburg, 2016-17' --output output/phillipsburg_cfe
	cp output/phillipsburg_cfe/hydrograph.png docs/figures/phillipsburg.png
	$(BIN)/ngen-arid columns ../shared/data/lgar/forcing/forcing_data_resampled_uniform_Phillipsburg.csv --hours 7500 \
		--title 'LGAR and the Richards equation at Phillipsburg, nothing ponds' \
		--run 'LGAR' realizations/phillipsburg/lgar.yml ponded_depth_max='0 cm' \
		--run 'LGAR, closed form' realizations/phillipsburg/lgar.yml ponded_depth_max='0 cm' capillary_drive=closed_form \
		--run 'LGAR, talsma_parlange' realizations/phillipsburg/lgar.yml ponded_depth_max='0 cm' \
			infiltration=talsma_parlange \
		--run 'Richards, roots linear to 2 m' realizations/phillipsburg/richards.yml ponded_depth_max='0 cm' \
			roots='{profile: linear, depth: 200 cm}' \
		--run 'Richards, roots uniform to 30 cm' realizations/phillipsburg/richards.yml ponded_depth_max='0 cm' \
		--output output/phillipsburg_columns
	cp output/phillipsburg_columns/columns.png docs/figures/phillipsburg_columns.png
	$(BIN)/python -m ngen_config.weather_files ../shared/data/hydrofabric/gage-10109001_subset.gpkg output/logan.nc \
		--overwrite
	rm -rf output/logan_lumped
	$(BIN)/ngen-arid lumped-vs-divides ../shared/data/hydrofabric/gage-10109001_subset.gpkg --forcing output/logan.nc \
		--model cfe_ode --soil-storage 0.4 \
		--title 'Logan River, Utah: 88 divides and lumped, cfe_ode, generated weather' --output output/logan_lumped
	cp output/logan_lumped/lumped.png docs/figures/lumped_vs_divides.png
	$(BIN)/python -m dcfe.recovery field --camels ../shared/data/camels_attributes_v2.0 --noise 0.05 --output output/recovery
	cp output/recovery/field_classic_noise_5_percent_prediction.png docs/figures/recovery_prediction.png
	cp output/recovery/field_classic_noise_5_percent_scatter.png docs/figures/recovery_scatter.png

clean: ## remove what was made
	rm -rf .venv .venv-numpy1 output realizations/example_basin/forcing realizations/aorc_basin/forcing build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
