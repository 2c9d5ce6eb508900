# Everything runs in .venv; a target installs what it needs. `make help` lists the targets.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo stack test test-on-sqlite test-on-postgres check bench format messages screenshots

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/runs: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/develops: requirements-dev.txt .venv/runs
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

demo: .venv/runs ## Send one invitation from the request to "read", then keep serving (ONCE=1: stop)
	@$(BIN)/python -m pyfactor.demo $(if $(ONCE),--once)

stack: .venv/develops ## Run every process of production here: PostgreSQL, Redis, web, ingest, Celery (ONCE=1: send one, stop)
	@$(BIN)/python -m pyfactor.stack $(if $(ONCE),--once)

test: .venv/develops ## Run every test, on SQLite and on PostgreSQL
	@echo "Every test twice, at once: on SQLite and on PostgreSQL. Each run is shown when it has ended."
	@$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target test-on-sqlite test-on-postgres

test-on-sqlite: .venv/develops
	$(BIN)/python -m pytest $(ARGS)

test-on-postgres: .venv/develops
	$(BIN)/python -m pytest -p tests.on_postgres $(ARGS)

check: .venv/develops ## Lint, types, import contracts, migrations, settings, Dockerfile, the description of the API
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python -m pyfactor.migration_lint
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

format: .venv/develops ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: .venv/runs ## Bring the catalogues of the pages' languages up to date, and list what is to be translated
	@DJANGO_SETTINGS_MODULE=pyfactor.settings $(BIN)/python -m pyfactor.catalogues

screenshots: .venv/develops ## Take the pages of the demo, with the system's Chromium, into docs/images
	@$(BIN)/python -m pyfactor.screenshots

.venv/compares: requirements-bench.txt .venv/develops
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

bench: .venv/compares ## Run the benchmarks, or one: NAME=send_invitation
	@for name in $(or $(NAME),$(patsubst benchmarks/%.py,%,$(wildcard benchmarks/[a-z]*.py))); do \
		$(BIN)/python -m benchmarks.$$name || exit 1; done
