# Two commands do everything: `make demo` and `make test`. Each sets up what it needs first.

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo test check lint types imports models docs constraints clean

help: ## What there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## A virtual environment with all that is needed

$(READY): pyproject.toml constraints.txt
	python=$$(scripts/find-python $(PYTHON)) && "$$python" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[models,bert,plots,words,dev]'
	@touch $@

demo: $(READY) ## The audit that the README shows
	$(BIN)/robustaudit run --models 1,4,7 --trials 100

test: $(READY) ## All tests, with branch coverage
	$(BIN)/python -m pytest --numprocesses auto --cov --cov-report=term:skip-covered

check: lint types imports test ## All that must hold before a commit lands

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

models: $(READY) ## Train the shipped models anew (minutes on two cores)
	$(BIN)/robustaudit train --models all --output trained_models

docs: $(READY) ## Run the commands that the docs quote, and quote what they print
	$(BIN)/python scripts/update-docs

constraints: $(READY) ## Pin what is installed now
	scripts/pin-constraints $(BIN)/python > constraints.txt.new
	mv constraints.txt.new constraints.txt

clean: ## Remove what was made, but for the runs in reports/
	rm -rf $(VENV) dist build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
