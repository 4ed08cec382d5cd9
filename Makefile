# Every command that the project knows. None needs a tool installed by hand: Python 3.11 with venv, and make.
PYTHON ?= python3
VENV_PYTHON = .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help run demo test check format soak bench gallery docs lock licences wheel clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

run: ## start the server; ARGS="--port 9000" are passed on
	@$(PYTHON) run.py run $(ARGS)

demo: ## the same in a throw-away folder, with one overlay of every kind
	@$(PYTHON) run.py demo $(ARGS)

test: ## every test, browsers included; ARGS="-k gift" chooses
	@$(PYTHON) tools/prepare.py test
	$(VENV_PYTHON) -m tools.testing $(ARGS)

check: ## style, types, imports, scripts
	@$(PYTHON) tools/prepare.py check
	$(VENV_PYTHON) -m ruff check
	$(VENV_PYTHON) -m ruff format --check
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-logo
	$(VENV_PYTHON) -m tools.tsc

format: ## write the style that check wants
	@$(PYTHON) tools/prepare.py
	$(VENV_PYTHON) -m ruff check --fix-only
	$(VENV_PYTHON) -m ruff format

soak: ## the tests that run for minutes or hours
	@$(PYTHON) tools/prepare.py test
	$(VENV_PYTHON) -m pytest -m soak -o faulthandler_timeout=7200 $(ARGS)

bench: ## the figures
	@$(PYTHON) tools/prepare.py
	$(VENV_PYTHON) -m bench $(ARGS)

gallery: ## a picture of every widget in every theme
	@$(PYTHON) tools/prepare.py test
	$(VENV_PYTHON) -m tools.gallery $(ARGS)

docs: ## write docs/widgets.md anew
	@$(PYTHON) tools/prepare.py
	$(VENV_PYTHON) -m tools.widget_docs

lock: ## write the lock files anew; ARGS=--upgrade takes newer versions
	@$(PYTHON) tools/lock.py $(ARGS)

licences: ## write docs/licences.md anew
	@$(PYTHON) tools/prepare.py
	$(VENV_PYTHON) -m tools.licences

wheel: ## build dist/*.whl
	@$(PYTHON) tools/prepare.py
	$(VENV_PYTHON) -m build --wheel --no-isolation

clean: ## remove everything that these commands made
	rm -rf .venv .cache node_modules dist build
