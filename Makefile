# Everything runs in .venv; a target installs what it needs. `make help` lists the targets.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement

.DEFAULT_GOAL := help
.PHONY: help demo stack test test-on-sqlite test-on-postgres check coverage mutants fuzz bench format lock messages screenshots fuzz-api

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/runs: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(INSTALL) requirements.txt
	@touch $@

.venv/develops: requirements-dev.txt .venv/runs
	$(INSTALL) requirements-dev.txt
	@touch $@

demo: .venv/runs ## Send one invitation from the request to "read", then keep serving (ONCE=1: stop)
	@$(BIN)/python -m pyfactor.demo $(if $(ONCE),--once)

stack: .venv/develops ## Run every process of production here: PostgreSQL, Redis, web, ingest, Celery (ONCE=1: send one, stop)
	@$(BIN)/python -m pyfactor.stack $(if $(ONCE),--once)

# Much of a test is waiting: three at once keep two processors busy.
PROCESSES ?= 3
PYTEST = pytest --numprocesses $(PROCESSES) --dist worksteal

test: .venv/develops ## Run every test, on SQLite and then on PostgreSQL (PROCESSES=8: so many at once)
	@$(MAKE) --no-print-directory --keep-going test-on-sqlite test-on-postgres

test-on-sqlite: .venv/develops
	$(BIN)/python -m $(PYTEST) $(ARGS)

test-on-postgres: .venv/develops
	$(BIN)/python -m $(PYTEST) -p tests.on_postgres $(ARGS)

coverage: .venv/develops ## Run every test on both databases, and tell which branches none of them takes (a fifth slower)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m $(PYTEST) $(ARGS)
	$(BIN)/coverage run -m $(PYTEST) -p tests.on_postgres $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: .venv/develops ## Lint, types, import contracts, dependencies, licences, migrations, settings, Dockerfile, the API's description
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry communications invitations pyfactor sandbox
	@# It passes over the -c of a list, and would say so.
	PYTHONWARNINGS=ignore $(BIN)/deptry . --exclude '\.venv' --requirements-files requirements-dev.in,requirements-bench.in,requirements-fuzz.in
	$(BIN)/pip-licenses
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python -m pyfactor.migration_lint
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

fuzz-api: .venv/develops ## Make up requests from the description of the API, against the running server (ARGS="--max-time 600")
	$(BIN)/python -m tests.fuzz.api_server $(ARGS)

format: .venv/develops ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Each after those that its list reads.
LOCKED := deploy/requirements requirements requirements-dev
LOCKED += $(filter-out $(LOCKED),$(patsubst %.in,%,$(wildcard requirements*.in)))

lock: .venv/develops ## Pin what the requirements*.in name, and all that comes with it, with hashes (UPGRADE=1: the newest of that)
	@for name in $(LOCKED); do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) --output-file $$name.txt $$name.in || exit 1; done

messages: .venv/runs ## Bring the catalogues of the pages' languages up to date, and list what is to be translated
	@DJANGO_SETTINGS_MODULE=pyfactor.settings $(BIN)/python -m pyfactor.catalogues

screenshots: .venv/develops ## Take the pages of the demo, with the system's Chromium, into docs/images
	@$(BIN)/python -m pyfactor.screenshots

.venv/compares: requirements-bench.txt .venv/develops
	$(INSTALL) requirements-bench.txt
	@touch $@

.venv/fuzzes: requirements-fuzz.txt .venv/develops
	$(INSTALL) requirements-fuzz.txt
	@touch $@

fuzz: .venv/fuzzes ## Look with atheris for input that breaks a parser, each for a minute (SECONDS=600, NAME=csv)
	@$(BIN)/python -m tests.fuzz.run --seconds $(or $(SECONDS),60) $(NAME)

.venv/mutates: requirements-mutants.txt .venv/develops
	$(INSTALL) requirements-mutants.txt
	@touch $@

mutants: .venv/mutates ## Break the rules one by one, and list what no test notices (NAME='communications.retries*')
	@rm -rf mutants
	$(BIN)/mutmut run --max-children 2 $(NAME)
	$(BIN)/mutmut results

bench: .venv/compares ## Run the benchmarks, or one: NAME=send_invitation
	@for name in $(or $(NAME),$(patsubst benchmarks/%.py,%,$(wildcard benchmarks/[a-z]*.py))); do \
		$(BIN)/python -m benchmarks.$$name || exit 1; done
