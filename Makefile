# What is typed to use and to work on ResNet GUI; `make` alone lists it.
# The Python that .venv is made with can be chosen: make run PYTHON=python3.12

LAUNCHERS := resources/launchers
BIN := .venv/bin
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet $(OPTIONS)

.PHONY: help run dev check lint test lock clean

help: ## List these commands
	@sed -n 's/^\([a-z]*\):[^#]*## /    make \1\t/p' Makefile | expand -t 18

run: ## Set up what is missing and open the window
	@$(LAUNCHERS)/resnet-gui.sh

dev: ## Set up what working on the program needs too
	@python=$$($(LAUNCHERS)/find-python.sh) && "$$python" $(LAUNCHERS)/prepare.py --dev

check: lint ## Look for mistakes in style and types, run the quick tests
	$(BIN)/pytest -m "not slow"

test: lint ## Run every check and every test
	$(BIN)/pytest

lint: dev ## Look for mistakes in style, types and imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --platform linux --cache-dir .mypy_cache/linux
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32
	$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/darwin
	$(BIN)/lint-imports

lock: ## Bring the lock files up to pyproject.toml (needs uv; OPTIONS=--upgrade for newer versions)
	$(COMPILE) --group build --output-file requirements.lock
	$(COMPILE) --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Delete everything that these commands made, .venv too
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
