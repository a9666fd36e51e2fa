# `make help` lists what can be asked for.
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
LOCK := pyproject.toml uv.lock tools/install.sh

.PHONY: help install quickstart console web pictures test check lint types imports tests test-slow test-servers test-torch test-all docs bench golden clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Make .venv with swcli in it

quickstart: $(VENV)/.installed ## Evaluate a real model on real data, from an empty machine
	@$(BIN)/python examples/quickstart.py

# What runs first minds nothing that runs beside it, and much of it keeps one processor busy alone.
BESIDE := -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

test: ## Everything that must hold before a change lands
	@$(MAKE) --no-print-directory $(BESIDE) check docs web/.checked test-torch
	@$(MAKE) --no-print-directory web tests

console: web/.built ## Build the console into the package

# A server that tests what is submitted keeps pictures of all pages beside its log, in build/console.
web: web/.checked $(VENV)/.browser ## Lint, test and build the console, and look at it in a browser
	$(if $(CI),STARWHALE_PICTURES=1) tools/in_memory.sh $(BIN)/pytest -n auto --dist loadfile tests/e2e/console

pictures: web/.built $(VENV)/.browser ## Pictures of all pages of the console, for people to look at
	STARWHALE_PICTURES=1 $(BIN)/pytest -n auto --dist loadfile -m "slow or not slow" -k seen tests/e2e/console

check: lint types imports ## Lint, format, types and import rules

lint: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developed
	$(BIN)/pyright

imports: $(VENV)/.developed
	$(BIN)/lint-imports --no-logo

# Kill loops count what happens within seconds, so they have the machine to themselves.
tests: $(VENV)/.developed $(VENV)/.browser $(VENV)/.provider
ifdef PYTEST
	$(BIN)/pytest $(PYTEST)
else
	tools/in_memory.sh $(BIN)/pytest -n auto --dist worksteal --ignore=tests/fault/jobs --ignore=tests/e2e/console
	tools/in_memory.sh $(BIN)/pytest tests/fault/jobs
endif

test-slow: $(VENV)/.developed ## The long runs: kill loops, thousands of interleavings
	$(BIN)/pytest -m slow $(PYTEST)

test-servers: $(VENV)/.developed $(VENV)/.provider ## The tests of the server on PostgreSQL and S3
	STARWHALE_TEST_SERVER=postgresql+s3 $(BIN)/pytest -n auto $(or $(PYTEST),tests/slice/server tests/slice/remote)

test-torch: $(VENV)/.developed ## The bridge to PyTorch, in an environment of its own
	tools/test_torch.sh -q

test-all: $(VENV)/.developed ## The suite on every supported Python that is found
	$(BIN)/python tools/test_all.py $(PYTEST)

docs: $(VENV)/.developed ## Build the site into site/, warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: $(VENV)/.developed ## Measure against the peers; writes build/bench/report.md
	$(BIN)/python -m benchmarks $(BENCH)

golden: $(VENV)/.developed ## Write the golden files anew, to be read in review
	STARWHALE_GOLDEN=write $(BIN)/pytest tests/golden
	@tools/web.sh types

# Where there is no Node.js, the server says so in the place of the console.
WEB := $(shell find web/src web/build -type f 2>/dev/null) web/index.html web/vite.config.ts web/tsconfig.json

web/.installed: web/package.json web/package-lock.json tools/web.sh
	@tools/web.sh install
	@touch $@

web/.built: web/.installed $(WEB)
	@tools/web.sh build
	@touch $@

web/.checked: web/.built web/biome.json tests/golden/server/openapi.json
	@tools/web.sh check
	@touch $@

$(VENV)/.browser: $(VENV)/.developed tools/browser.sh
	@tools/browser.sh $(VENV)
	@touch $@

$(VENV)/.provider: $(VENV)/.developed tools/provider.sh
	@tools/provider.sh
	@touch $@

clean: ## Remove what was built, .venv too
	rm -rf $(VENV) build dist site src/starwhale/server/static web/node_modules web/tools/node_modules web/.[bci]*ed .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.installed: $(LOCK)
	@tools/install.sh $(VENV) --all-extras --no-default-groups
	@touch $@

$(VENV)/.developed: $(LOCK)
	@tools/install.sh $(VENV) --all-extras --group dev
	@touch $@ $(VENV)/.installed
