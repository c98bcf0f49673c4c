# Everything goes into .venv; a target that is up to date does nothing.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
TORCH := torch==2.13.0
EXTENSION := $(wildcard labextension/src/*.ts* labextension/src/*/*.ts* labextension/style/*) \
	labextension/package.json labextension/tsconfig.json
SHIPPED := $(wildcard kernels/*/* notebooks/*/*) trustlab/surfaces/server/config.json

.PHONY: setup demo lab test lint types frontend generated clean constraints
.DEFAULT_GOAL := setup

setup: $(VENV)/.installed

$(VENV)/.python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

labextension/node_modules/.package-lock.json: labextension/package-lock.json
	cd labextension && npm ci --ignore-scripts
	@touch $@

# One command, so that pip sees every requirement at once; the build hook compiles the JupyterLab extension.
$(VENV)/.installed: $(VENV)/.python labextension/node_modules/.package-lock.json pyproject.toml constraints.txt \
		$(EXTENSION) $(SHIPPED)
	$(BIN)/python -m pip install --quiet -c constraints.txt $(TORCH) -e '.[test,onnx,postgresql,s3]'
	@touch $@

demo: setup
	mkdir -p demo
	cd demo && $(BIN)/trust demo
	@echo
	@echo "Everything is in ./demo. Look at it in JupyterLab with: make lab"

lab: setup
	mkdir -p demo
	for notebook in notebooks/tutorials/*.ipynb; do [ -e "demo/$${notebook##*/}" ] || cp "$$notebook" demo/; done
	cd demo && $(BIN)/jupyter lab $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

frontend: setup
	cd labextension && npm run --silent check && npm test --silent

# What is written by the code and checked in.
generated: setup
	$(BIN)/python -m trustlab.report.reference README.md
	$(BIN)/python -m trustlab.surfaces.server.typescript > labextension/src/.generated.ts
	mv labextension/src/.generated.ts labextension/src/generated.ts
	$(BIN)/python -m trustlab.surfaces.cold_list > trustlab/surfaces/.cold_start.txt
	mv trustlab/surfaces/.cold_start.txt trustlab/surfaces/cold_start.txt
	$(BIN)/python -m trustlab.surfaces.server.openapi > trustlab/surfaces/server/.openapi.json
	mv trustlab/surfaces/server/.openapi.json trustlab/surfaces/server/openapi.json

test: lint types frontend
	$(BIN)/pytest -n 2

# After an upgrade that the tests have passed: pin what is installed.
constraints: setup
	@{ echo "# The environment that the tests run in; regenerate with: make constraints"; \
	$(BIN)/pip freeze --exclude trustlab --exclude-editable | sed -E 's/^(torch==[0-9.]+)\+.*/\1/'; } > constraints.txt

clean:
	rm -rf $(VENV) demo artefacts build dist trustlab/labextension \
		labextension/node_modules labextension/lib labextension/build labextension/tsconfig.tsbuildinfo
