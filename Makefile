# Everything a developer types. `make run` and `make test` work on a fresh clone with Python 3.11+.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

NEWMAN := newman@6.2.2

.PHONY: run test check lint types layers wheel bench draw collection newman browser screenshots clean help

help: ## what there is to type
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

run: $(VENV)/run.stamp ## play the shipped suites on the embedded simulator
	$(BIN)/purchaseflow run

test: $(VENV)/dev.stamp ## run the tests
	$(BIN)/python -m pytest --numprocesses auto

check: lint types layers wheel ## everything else that CI runs

lint: $(VENV)/dev.stamp ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/purchaseflow lint

types: $(VENV)/dev.stamp ## strict types
	$(BIN)/mypy
	$(BIN)/mypy benchmarks
	$(BIN)/mypy pytest_purchaseflow.py
	$(BIN)/mypy --explicit-package-bases tests

layers: $(VENV)/dev.stamp ## stairs only go down
	$(BIN)/lint-imports

wheel: $(VENV)/dev.stamp ## build the wheel, install it in an empty environment elsewhere, run it
	$(BIN)/python .ci/wheel.py

bench: $(VENV)/dev.stamp ## measure, side by side with peers
	$(BIN)/python -m benchmarks

draw: $(VENV)/run.stamp ## put the fresh picture into the README
	$(BIN)/python .ci/picture.py

collection: $(VENV)/run.stamp ## put the fresh Postman collection into docs/
	$(BIN)/purchaseflow collection > docs/retail.postman_collection.json

newman: .cache/$(NEWMAN) ## install Newman for the test that runs the collection (needs npm)

.cache/$(NEWMAN):
	npm install --prefix .cache/newman --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel error $(NEWMAN)
	@touch $@

browser: ## install Chromium for the tests of the pages (Debian; needs root)
	command -v chromium || command -v google-chrome || \
		{ apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends chromium > /dev/null; }

screenshots: $(VENV)/dev.stamp ## put fresh pictures of the pages into docs/images
	mkdir -p docs/images
	PURCHASEFLOW_SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser -k picture

clean: ## remove what was made here
	rm -rf $(VENV) .cache build dist reports .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pip.stamp:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; say make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/pip.stamp pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/pip.stamp pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $(VENV)/run.stamp $@
