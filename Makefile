# Everything here works on a fresh machine with make and Python 3.11 or newer. `make help` lists it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest

# Benchmarks that need no argument; `make bench BENCHMARKS=affinity` runs one.
BENCHMARKS ?= affinity

.DEFAULT_GOAL := help
.PHONY: help demo install run test check soak bench docs migration lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

demo: $(VENV)/.run ## Try it: emulated Slack and Gorgias, a sample shop, a web page (RESET=1 starts afresh)
	@$(BIN)/python -m bot demo $(if $(RESET),--reset)

install: $(VENV)/.run ## Install what Regulars needs into .venv

run: $(VENV)/.run ## Run the bot with the settings in the environment or .env
	@$(BIN)/python -m bot run

# Three processes: end-to-end tests wait more than they calculate, and two cores are enough.
test: $(VENV)/.test ## Run the tests (PYTEST_ARGS="-k reaction" to choose)
	$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder -m "not soak" $(PYTEST_ARGS)

check: $(VENV)/.test ## Format, lint, types, import contracts, generated pages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m bot.settings_page --check

soak: $(VENV)/.test ## Run the long versions of the tests
	$(PYTEST) -m soak $(PYTEST_ARGS)

bench: $(VENV)/.test ## Print the figures of docs/benchmarks.md
	@set -e; for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name; done

docs: $(VENV)/.run ## Write the pages that are generated from code
	$(BIN)/python -m bot.settings_page

# Without MESSAGE: rewrites the first migration, as long as it is the only one.
# With MESSAGE="add scores": appends one that leads from the history to storage/models.py.
migration: $(VENV)/.test ## Write a migration from storage/models.py (MESSAGE="add scores")
	$(BIN)/python -m storage.migrations.write $(if $(MESSAGE),"$(MESSAGE)")

# Needs uv. The locks hold hashes and no index address; the test lock holds the run-time lock.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate pyproject.toml
lock: ## Make the lock files anew (needs uv)
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group test -c requirements.lock -o requirements-test.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --group build -o requirements-build.lock

clean: ## Remove the virtual environment and caches, but no data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# --- installation: stamps make later starts quick ---------------------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Regulars needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; \
		exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.lock requirements-build.lock pyproject.toml
	@echo "Installing what Regulars needs into $(VENV) …"
	@$(PIP) --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.lock
	@echo "Installing what the tests need …"
	@$(PIP) --require-hashes -r requirements-test.lock
	@touch $@
