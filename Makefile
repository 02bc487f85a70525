# Two commands do everything: `make demo` and `make test`. Each sets up what it needs first.

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# A second environment, with transformers 4: BERT is to run with it too, and TextAttack runs with no other.
VENV4 := .venv-transformers4
BIN4 := $(VENV4)/bin
READY4 := $(VENV4)/.ready
PIN4 := constraints-transformers4.txt
MAKE4 = python=$$(scripts/find-python $(PYTHON)) && "$$python" -m venv $(VENV4)
INSTALL4 = $(BIN4)/python -m pip install --quiet --no-compile --editable '.[models,bert,textattack,nlpaug]' 'transformers<5' pytest hypothesis

FUZZ_MINUTES ?= 10

# Set, it would have each of the many processes that tests start compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup browser demo gate-demo test test-transformers4 test-peers fuzz check lint types imports structure models simulations simulations-sequential docs site constraints clean

help: ## What there is to make
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

setup: $(READY) ## A virtual environment with all that is needed

$(READY): pyproject.toml constraints.txt
	python=$$(scripts/find-python $(PYTHON)) && "$$python" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable '.[models,bert,hf,sklearn,onnx,http,hub,remote,ray,plots,repair,words,segmentation,wordnet,notebook,docs,dev]'
	@touch $@

demo: $(READY) ## The audit that the README shows
	$(BIN)/robustaudit run --models 1,4,7 --trials 100

gate-demo: $(READY) ## A change that makes a model worse is stopped by a gate, another seed passes
	$(BIN)/python examples/gate/demo.py

test: $(READY) ## All tests, with branch coverage
	$(BIN)/python -m pytest --numprocesses logical --dist worksteal --cov --cov-report=term:skip-covered

test-transformers4: $(READY4) ## The tests of BERT again, with transformers 4
	$(BIN4)/python -c 'import transformers; print(version := transformers.__version__); assert version[0] == "4"'
	$(BIN4)/python -m pytest tests/models/architectures tests/training --ignore tests/training/test_hardened_elsewhere.py -k "bert or backbone or unfrozen or [8]"
	$(BIN4)/python -m pytest tests/models/adapters/test_hugging_face.py

test-peers: $(READY4) ## The tests beside TextAttack and nlpaug, none of them skipped
	$(BIN4)/python -c 'from importlib.metadata import version; print(version("textattack"), version("nlpaug"))'
	$(BIN4)/python -m pytest tests/peers

$(READY4): pyproject.toml $(PIN4)
	$(MAKE4)
	$(INSTALL4) --constraint $(PIN4)
	@touch $@

browser: ## Chromium, which the tests of the HTML report open their pages in (on Debian and its like)
	scripts/install-browser

fuzz: $(READY) ## Look for expressions, recipes and texts that break something (FUZZ_MINUTES=10)
	FUZZ_MINUTES=$(FUZZ_MINUTES) $(BIN)/python -m pytest tests/fuzz --quiet

check: lint types imports structure test ## All that must hold before a commit lands

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy
	$(BIN)/mypy --config-file tests/mypy.ini

imports: $(READY)
	$(BIN)/lint-imports

structure: $(READY) ## Long functions, import cycles, and names that are used twice
	$(BIN)/python scripts/check-structure

models: $(READY) ## Retrain the shipped models (minutes on two cores)
	$(BIN)/robustaudit train --models all --output trained_models --retrain

simulations: $(READY) ## How often the intervals and tests are right, by simulation (minutes; goes on where it was)
	$(BIN)/python benchmarks/coverage.py
	$(BIN)/python benchmarks/measures.py
	$(BIN)/python benchmarks/macro_f1.py
	$(BIN)/python benchmarks/several.py
	$(BIN)/python benchmarks/gates.py
	$(BIN)/python benchmarks/familywise.py
	$(BIN)/python benchmarks/findings.py
	$(BIN)/python benchmarks/power.py
	$(BIN)/python benchmarks/calibration.py

docs: $(READY) ## Run the commands that the docs quote and the example notebook, and keep what they print
	$(BIN)/python scripts/update-docs
	$(BIN)/python -m pytest --quiet tests/test_notebook.py --regenerate

site: $(READY) ## The documentation as a site, in build/site; a broken link or docstring fails it
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/site

simulations-sequential: $(READY) ## How often audits until decided are wrong, and what they cost (minutes)
	$(BIN)/python benchmarks/sequential.py

constraints: $(READY) ## Pin what is installed now, and the same with transformers 4
	scripts/pin-constraints $(BIN)/python > constraints.txt.new
	mv constraints.txt.new constraints.txt
	rm -rf $(VENV4)
	$(MAKE4)
	grep -vE '^(transformers|sentence-transformers|huggingface_hub|tokenizers|datasets|fsspec|click|python-dateutil)==' constraints.txt > $(VENV4)/open.txt
	$(INSTALL4) --constraint $(VENV4)/open.txt
	scripts/pin-constraints $(BIN4)/python > $(PIN4).new
	mv $(PIN4).new $(PIN4)

clean: ## Remove what was made, but for the runs in reports/
	rm -rf $(VENV) $(VENV4) dist build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
