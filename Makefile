# Everything that one does with a clone. `make` lists it; nothing but Python 3.11 or later is needed.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first Python that is new enough; `make PYTHON=/some/python demo` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help
help: ## List what there is to make
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name words; do printf '  make %-12s %s\n' "$$name" "$$words"; done

$(READY): requirements.lock pyproject.toml
	@sh deploy/install.sh "$(PYTHON)"
	@touch $(READY)

.PHONY: install
install: $(READY) ## Make .venv with everything in it, as locked

.PHONY: demo
demo: $(READY) ## See it work: servers, a worker, a task, the status
	@$(BIN)/frontdesk demo

.PHONY: up
up: $(READY) ## Run everything on this machine until Ctrl-C
	@$(BIN)/frontdesk up

.PHONY: test
test: $(READY) ## Run the tests, on real servers
	@$(BIN)/python -m pytest -n 2

# The oldest PostgreSQL that must work, where Debian's is installed; a run without it says so loudly.
OLDEST_POSTGRES := /usr/lib/postgresql/15/bin

.PHONY: test-oldest
test-oldest: $(READY) ## Run what touches the database on PostgreSQL 15, where that is installed
	@if [ -x $(OLDEST_POSTGRES)/initdb ]; then \
		$(BIN)/python -m pytest -n 2 -q --postgres=$(OLDEST_POSTGRES) tests/workers/test_migration.py tests/upkeep tests/races tests/isolation tests/work/test_core.py tests/domain/test_slice.py; \
	else \
		echo "NOT RUN: the suites on PostgreSQL 15, because it is not installed on this machine."; \
	fi

.PHONY: quick
quick: $(READY) ## Run the tests that take seconds
	@$(BIN)/python -m pytest -n 2 -m "not slow"

.PHONY: fire
fire: $(READY) ## Place 10,000 calls while workers are killed; FIRE=100000 for more
	@LONG=1 nice $(BIN)/python -m pytest -n 0 -q tests/faults/test_fire.py

.PHONY: chaos
chaos: $(READY) ## Break everything that breaks, beside a plain Celery task, into docs/faults.md; MINUTES=60, or LONG=1 for four hours, goes on by other seeds
	@$(BIN)/python -m benchmarks.chaos --minutes $(or $(MINUTES),$(if $(LONG),240,0))

.PHONY: simulate
simulate: $(READY) ## Have everything go wrong in one process, by a seed, 1,000,000 effects long; EFFECTS=, SEED=, HANDS_ON=2 processes; goes on where it was broken off
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation --effects $(or $(EFFECTS),1000000) $(if $(SEED),--seed $(SEED)) --hands $(or $(HANDS_ON),1) --runs $(or $(RUNS),0) --size $(or $(SIZE),2000)

.PHONY: histories
histories: $(READY) ## Edit calendars on both sides, EDITS=100000 from SEED=1 by HANDS_ON=2 processes; goes on where it was broken off
	@$(BIN)/python -m benchmarks.histories --edits $(or $(EDITS),100000) --seed $(or $(SEED),1) --hands $(or $(HANDS_ON),2)

.PHONY: check
check: $(READY) ## Check form, types, floors and schema, and test: what CI runs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports > .venv/imports.txt || { cat .venv/imports.txt; exit 1; }
	@$(BIN)/python -m pytest -n $(HANDS) --dist worksteal --durations=20 --durations-min=10 --cov --cov-report= || sh deploy/again.sh
	@$(BIN)/coverage report --skip-covered --fail-under=$(COVER)
	@$(BIN)/coverage report --include='domain/work/*' --fail-under=100

COVER := 80
# Most tests wait for processes of their own: three at once use two cores better than two. Who is
# done takes over what others have left: the slow ones stand together, and were one hand's for ten minutes.
HANDS := 3

.PHONY: bench
bench: $(READY) ## Measure against what it is built on, into docs/benchmarks.md: ten minutes, on a quiet machine
	@VIRTUAL_ENV="$$PWD/.venv" $(BIN)/uv pip install --quiet --group bench
	@$(BIN)/python -m benchmarks

.PHONY: evaluation
evaluation: $(READY) ## Score the reader without a model on the evaluation data, into docs/evaluation.md
	@$(BIN)/python -m benchmarks.evaluation

.PHONY: health-report
health-report: $(READY) ## Live through a synthetic year and say how well it was foretold, into docs/health.md: half an hour
	@$(BIN)/python -m benchmarks.year

.PHONY: schema
schema: $(READY) ## Write docs/schema.md anew from models, database and map
	@$(BIN)/python -m migrations.describe > .venv/schema.md && mv .venv/schema.md docs/schema.md

.PHONY: reference
reference: $(READY) ## Write docs/reference anew from settings, tasks, commands and metrics
	@$(BIN)/python -m workers.reference

.PHONY: format
format: $(READY) ## Put the code into form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: lock
lock: $(READY) ## Take the newest releases that pyproject.toml allows into requirements.lock
	@$(BIN)/uv lock --quiet --upgrade --python $(BIN)/python
	@$(BIN)/uv export --quiet --all-extras --all-groups --no-group bench --no-header --no-annotate --no-emit-project -o requirements.lock
	@$(BIN)/uv export --quiet --no-default-groups --no-header --no-annotate --no-emit-project -o requirements.production.lock

	@$(MAKE) --no-print-directory sbom

.PHONY: sbom
sbom: $(READY) ## Write what we are built of, as locked, into requirements.cdx.json (CycloneDX)
	@$(BIN)/python deploy/sbom.py > .venv/sbom.json && mv .venv/sbom.json requirements.cdx.json

AUDIT := --requirement requirements.lock --require-hashes --disable-pip --progress-spinner off

.PHONY: audit
audit: $(READY) ## Ask a public database whether anything that is locked has a known hole; needs the network
	@if $(BIN)/uv tool run pip-audit $(AUDIT) > .venv/audit.txt 2>&1; then cat .venv/audit.txt; \
	elif grep -q "known vulnerabilit" .venv/audit.txt; then cat .venv/audit.txt; exit 1; \
	else tail -1 .venv/audit.txt; \
		echo "NOT AUDITED: no known hole was looked for, because the database of them could not be asked (or pip-audit not fetched): its last word is above, all of it in .venv/audit.txt."; \
		echo "Checked all the same: each file's hash at each install (deploy/install.sh), and that the locks and requirements.cdx.json agree (make test)."; \
		exit 2; fi

.PHONY: clean
clean: ## Throw away .venv and caches; .frontdesk with its data stays
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
