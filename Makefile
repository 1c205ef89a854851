# `make` shows what can be done. Works with the make of macOS (GNU make 3.81) and any later one.

PYTHON := .venv/bin/python
# How many tests run side by side, and what else pytest is given: make test TESTS=tests/calls OPTIONS=-x
WORKERS ?= 3
TESTS ?=
OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run services test check format bench reset clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv and install what the hub needs (once; again when requirements.txt changes)
	@./app/dev/setup.sh requirements.txt

setup-dev:
	@./app/dev/setup.sh requirements-dev.txt

run: setup ## Start everything on this machine and place a demo call; Ctrl-C stops it all
	@$(PYTHON) -m app.dev.run

services: setup ## Start only PostgreSQL and Redis, and print how to reach them
	@$(PYTHON) -m app.dev.services --dir var

test: setup-dev ## Run every test against a real PostgreSQL and a real Redis
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup $(OPTIONS) $(TESTS)

check: setup-dev ## Lint, format and types
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy --strict app worker.py wsgi.py

format: setup-dev ## Put the code into its format
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

bench: setup-dev ## Measure speed and memory; prints figures and ratios
	@$(PYTHON) -m bench

reset: setup ## Forget all state: the demo's database, keys and logs (not while it runs)
	@$(PYTHON) -m app.dev.reset

clean: ## Remove .venv and caches; state stays (see reset)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
