# Everything that is done with this checkout. Needs Linux, make and Python >= 3.11; nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements/bootstrap.txt requirements/run.txt requirements/demo.txt requirements/dev.txt
export PYTHONPATH := src
export PYTHONUNBUFFERED := 1
unexport PYTHONDONTWRITEBYTECODE  # compiling everything anew would double the time of each start
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run setup test screenshots check lint format types layers migrations fix tour bench drill mutate shell show-urls coverage demo dump-data operator lock messages \
        build up down clean packages

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- using it ----------------------------------------------------------------------------------------------
run: $(VENV)/.run  ## start everything on this machine and say where to look (FONDACO_PORT=8000)
	@exec $(BIN)/python -m fondaco up

tour: $(VENV)/.run  ## drive the running system through its API, as a newcomer would (ARGS="--base-url …")
	@$(BIN)/python -m tools.tour --base-url http://127.0.0.1:$${FONDACO_PORT:-8000} $(ARGS)

demo: $(VENV)/.run  ## fill the demo tenant with customers, wallets and charges
	@$(BIN)/python -m fondaco demo

operator: $(VENV)/.run  ## appoint an operator (ARGS="--email … --role …")
	@$(BIN)/python -m fondaco operator create $(ARGS)

dump-data: $(VENV)/.run  ## write one tenant's rows as JSON lines to standard output (ARGS="--tenant demo")
	@$(BIN)/python -m fondaco dump-data $(ARGS)

shell: $(VENV)/.run  ## a Python shell in the scope of one tenant (ARGS="--tenant demo")
	@$(BIN)/python -m fondaco shell $(ARGS)

show-urls: $(VENV)/.run  ## list every path and what answers it
	@$(BIN)/python -m fondaco show-urls

# --- proving it --------------------------------------------------------------------------------------------
check: $(VENV)/.dev  ## lint, format, types, layers, migrations
	@$(MAKE) --keep-going --jobs=2 --output-sync=target types lint format layers migrations

lint: $(VENV)/.dev
	$(BIN)/ruff check --quiet .

format: $(VENV)/.dev
	$(BIN)/ruff format --quiet --check . || { $(BIN)/ruff format --check . | tail -n 20; exit 1; }

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache > $(VENV)/layers.txt && tail -n 2 $(VENV)/layers.txt || \
	  { cat $(VENV)/layers.txt; exit 1; }

migrations: $(VENV)/.dev
	$(BIN)/python -m tools.check_migrations

test: $(VENV)/.dev packages  ## all tests on both cores (ARGS="-k name")
	$(BIN)/python -m pytest -n 2 $(ARGS)

screenshots: $(VENV)/.dev packages  ## pictures of every page: three widths, two themes, in var/screenshots
	@mkdir -p var/screenshots
	SHOTS=var/screenshots $(BIN)/python -m pytest -n 2 tests/browser -k fit_for_everybody $(ARGS)

coverage: $(VENV)/.dev packages  ## all tests with branch coverage; money and ledger must have all of it
	$(BIN)/python -m pytest -n 2 --cov --cov-branch --cov-report=term-missing:skip-covered $(ARGS)
	$(BIN)/coverage report --include="src/fondaco/money/*,src/fondaco/ledger/*" --show-missing --skip-covered \
	  --fail-under=100

bench: $(VENV)/.dev  ## how fast it is, beside what this machine can do at all
	$(BIN)/python -m benchmarks $(ARGS)

drill: $(VENV)/.dev packages  ## the long form of the races, crashes and faults (DRILL_SCALE=1)
	DRILL_SCALE=$${DRILL_SCALE:-1} $(BIN)/python -m drills $(ARGS)

mutate: $(VENV)/.dev  ## change the ledger's rules on purpose and see whether a test notices
	$(BIN)/python -m tools.mutate $(ARGS)

fix: $(VENV)/.dev  ## format, mend what can be mended, write all generated files anew
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(BIN)/python -m tools.generate

messages: $(VENV)/.dev  ## gather what pages say for translators, and compile it (needs gettext)
	$(BIN)/python -m tools.messages $(ARGS)

# --- the environment ---------------------------------------------------------------------------------------
setup: $(VENV)/.dev  ## make the environment with everything that tests need

$(VENV)/.bootstrap: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Fondaco needs Python 3.11 or newer; name one with make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
	  { echo "Python cannot make environments here; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@rm -rf $(VENV)
	@chosen=$$(tools/fastest_python.sh $(PYTHON)); echo "Making the environment in $(VENV) with $$chosen …"; \
	  "$$chosen" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@echo "$(CURDIR)/src" > $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/fondaco.pth
	@printf '#!/bin/sh\nexec "%s/python" -m fondaco "$$@"\n' "$(CURDIR)/$(BIN)" > $(BIN)/fondaco
	@chmod +x $(BIN)/fondaco
	@touch $@

# An environment for tests serves for running too; it is not emptied because somebody starts the platform.
# The demo's packages come without what they need to run (half a gigabyte): their data alone are read.
$(VENV)/.run: $(VENV)/.bootstrap requirements/run.txt requirements/demo.txt
	@if [ ! -e $(VENV)/.dev ] || [ requirements/run.txt -nt $(VENV)/.dev ]; then \
	  echo "Installing what requirements/run.txt and requirements/demo.txt lock …"; rm -f $(VENV)/.dev; \
	  $(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements/run.txt requirements/demo.txt; fi
	@touch $@

$(VENV)/.dev: $(VENV)/.bootstrap requirements/dev.txt requirements/run.txt
	@echo "Installing what requirements/dev.txt locks …"
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements/dev.txt
	@touch $@ $(VENV)/.run

packages:
	@tools/packages.sh pgbouncer curl openssl chromium-headless-shell rabbitmq-server

lock: $(VENV)/.bootstrap  ## choose versions anew and write them down with hashes (ARGS=--upgrade)
	$(BIN)/python tools/lock.py $(ARGS)

# --- containers --------------------------------------------------------------------------------------------
build:  ## build the container image
	docker build --tag fondaco .

up:  ## start the containers (development profile)
	docker compose --profile development up --detach --wait

down:  ## stop the containers; data stay
	docker compose --profile development down

clean:  ## remove the environment and caches; ./var with its data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist mutants
	find src tests tools benchmarks drills sandbox simulation -name __pycache__ -type d -prune -exec rm -rf {} +
