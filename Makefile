# `make` shows what can be done. Works with the make of macOS (GNU make 3.81) and any later one.

PYTHON := .venv/bin/python
# How many tests run side by side, and what else pytest is given: make test TESTS=tests/calls OPTIONS=-x
WORKERS ?= 3
TESTS ?=
OPTIONS ?=
LONGER := $(addprefix --ignore=tests/,browser connectors crm/contract faults api/test_fuzz.py)
# Which part alone, of bench-webhooks: latency, backlog, dead or growth; of bench-crm: action or arrivals
ONLY ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run services test test-browser test-connectors test-n8n test-faults check format connectors bench bench-webhooks bench-connectors bench-crm bench-dashboard bench-live reset clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv and install what the hub needs (once; again when requirements.txt changes)
	@./app/dev/setup.sh requirements.txt

setup-dev:
	@./app/dev/setup.sh requirements-dev.txt

run: setup ## Start everything on this machine and place a demo call; Ctrl-C stops it all
	@$(PYTHON) -m app.dev.run

services: setup ## Start only PostgreSQL and Redis, and print how to reach them
	@$(PYTHON) -m app.dev.services --dir var

test: setup-dev ## Run the tests, against a real PostgreSQL and a real Redis; the longer ones are those of the next four
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup $(if $(TESTS),,$(LONGER)) $(OPTIONS) $(TESTS)

test-browser: setup-dev ## Look at every page in Chromium (light, dark, narrow), and go the way of a newcomer; pictures in var/screenshots
	@REQUIRE_BROWSER=1 REQUIRE_LANGUAGES=1 $(PYTHON) -m pytest -n 2 --dist loadgroup $(OPTIONS) tests/browser tests/webhooks/test_verifiers.py

test-connectors: setup-dev ## Install the connectors' Node parts, and try each in its own runtime, and each CRM, against a hub
	@./connectors/install.sh
	@REQUIRE_NODE=1 $(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup --fuzz=many $(OPTIONS) tests/connectors \
		tests/api/test_fuzz.py tests/dashboard/test_every_page.py tests/crm/contract \
		tests/crm/hubspot/test_official.py tests/webhooks/test_libraries.py tests/webhooks/test_signing.py

test-n8n: setup-dev ## Install a real n8n (3 GB, once), and run our nodes in it against a hub
	@./connectors/install.sh connectors/n8n
	@$(PYTHON) -m tests.connectors.n8n.server.install
	@TEST_N8N=1 REQUIRE_NODE=1 $(PYTHON) -m pytest $(OPTIONS) tests/connectors/n8n/server

test-faults: setup-dev ## Kill workers, senders, Redis and PostgreSQL in mid-work; prints what it cost
	@$(PYTHON) -m pytest -n 2 --dist loadfile $(OPTIONS) tests/faults

check: setup-dev ## Lint, format, types, and that what is generated is fresh
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy --strict app connectors worker.py wsgi.py
	@$(PYTHON) -m connectors.generate --check

format: setup-dev ## Put the code into its format
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

connectors: setup-dev ## Generate the connectors' fields and samples, and OpenAPI, from schemas/
	@$(PYTHON) -m connectors.generate

bench: setup-dev ## Measure speed and memory; prints figures and ratios
	@$(PYTHON) -m bench

bench-webhooks: setup-dev ## Measure webhooks alone; one part of it with ONLY=latency, backlog, dead or growth
	@$(PYTHON) -m bench $(or $(addprefix webhooks:,$(ONLY)),webhooks)

bench-connectors: setup-dev ## Measure how soon a step that waits for a call goes on, for each connector
	@./connectors/install.sh
	@REQUIRE_NODE=1 $(PYTHON) -m bench connectors

bench-crm: setup-dev ## Measure how soon CRMs are answered, and ten thousand that ask at once; ONLY=action or arrivals
	@$(PYTHON) -m bench $(or $(addprefix crm:,$(ONLY)),crm)

bench-dashboard: setup-dev ## Measure how soon pages are there in an account of 100,000 calls and a million deliveries
	@$(PYTHON) -m bench dashboard

bench-live: setup-dev ## Measure how soon a turn is on the page of who watches the call, and what viewers cost
	@$(PYTHON) -m bench live

reset: setup ## Forget all state: the demo's database, keys and logs (not while it runs)
	@$(PYTHON) -m app.dev.reset

clean: ## Remove .venv, what was installed for Node, and caches; state stays (see reset)
	@rm -rf .venv .n8n-server connectors/mcp/build connectors/mcp/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . \( -name __pycache__ -o -name node_modules \) -type d -prune -exec rm -rf {} +
