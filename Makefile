# Two commands matter: `make run` and `make test`. `make help` lists the others.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
# Only the lock decides what is installed. pip 23.0 to 23.2 would resolve `uvicorn[standard]` to a newer release than
# the pinned one, which has no hash in the lock.
NO_DEPS := --no-deps
INSTALL := $(PIP) --quiet install --require-hashes --only-binary :all: $(NO_DEPS) -r
OURSELVES := $(PIP) --quiet install --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.PHONY: help run demo rasa rasa-env test mutants check format conformance bench bench-nlu bench-rasa faults fuzz talk-report openapi model lock outdated clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.runtime ## Serve the web chat and the API on one port, data under ./var
	@SOLVEFIRST_DEMO=$${SOLVEFIRST_DEMO-1} exec $(BIN)/solvefirst serve

demo: $(VENV)/.runtime ## Fill ./var with an example city, then `make run`
	@SOLVEFIRST_DEMO=1 $(BIN)/solvefirst demo

rasa: $(VENV)/.runtime ## Serve a real Rasa and our actions, for SOLVEFIRST_ENGINE=rasa make run
	@exec $(BIN)/solvefirst rasa

rasa-env: $(VENV)/.runtime ## Only make Rasa's environment and train the project, both under ./.rasa
	@$(BIN)/solvefirst rasa --prepare

test: $(VENV)/.dev ## Run every test, AT_ONCE=3 processes beside each other
	@$(BIN)/python -m pytest -n $(AT_ONCE) --dist loadfile --no-loadscope-reorder
# Three keep two processors busy: tests wait for servers and clocks a third of their time.
AT_ONCE ?= 3

mutants: $(VENV)/.dev ## Change the kernel's kit and the life cycle in one place at a time; ONLY=kernel.loops,… for some
	@PYTHONPATH=tests/support $(BIN)/python -m mutants --at-once $(AT_ONCE) $(if $(ONLY),--only $(ONLY),--report docs/reports/mutants.md)

check: $(VENV)/.dev ## Lint, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tests/support/house.py

format: $(VENV)/.dev ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure all, or ONLY=road-in,push,…; all goes to docs/reports/bench.md
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY),--report docs/reports/bench.md)

bench-nlu: $(VENV)/.dev ## Measure understanding in all that matters; to docs/reports/nlu.md
	@$(BIN)/python -m bench --only understanding,mail,learned,clinc,speed,diet --report docs/reports/nlu.md

bench-rasa: $(VENV)/.dev ## Measure both engines beside each other; report and the READMEs' table
	@$(BIN)/python -m bench --only rasa --report docs/reports/bench-rasa.md

conformance: $(VENV)/.dev ## Take 3,000 random dialogues through both engines; report under docs/reports/
	@PYTHONPATH=tests/support $(BIN)/python -m conformance --walks $(WALKS) $(if $(SEED),--seed $(SEED)) --report docs/reports/conformance.md
WALKS ?= 3000

faults: $(VENV)/.dev ## Kill -9 KILLS=50 times over the whole circle, on each database (or ONLY=SQLite, without report)
	@PYTHONPATH=tests/support $(BIN)/python -m faults --kills $(KILLS) $(if $(SEED),--seed $(SEED)) \
	  $(if $(ONLY),--only $(ONLY),--report docs/reports/faults.md)
KILLS ?= 50

fuzz: $(VENV)/.dev ## Fuzz the API by its own document, as each role or ONLY=clerk; report under docs/reports/
	@PYTHONPATH=tests/support $(BIN)/python -m fuzz --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY),--report docs/reports/fuzz.md)
EXAMPLES ?= 50

talk-report: $(VENV)/.dev ## Play and judge what strangers write; to docs/reports/talk.md
	@PYTHONPATH=tests/support $(BIN)/python -m talk --report docs/reports/talk.md

openapi: $(VENV)/.dev ## Lint the OpenAPI document with redocly and spectral; skipped, and told, without npm
	@PYTHONPATH=tests/support $(BIN)/python -m openapi_lint

model: $(VENV)/.dev ## Train the shipped model anew from nlu/data
	@$(BIN)/solvefirst nlu train

lock: $(VENV)/.dev ## Resolve the locks anew: hashes, no addresses
	@$(BIN)/uv pip compile pyproject.toml $(LOCK) --output-file $(INTO)/requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev $(LOCK) --output-file $(INTO)/requirements-dev.lock
	@$(BIN)/uv pip compile requirements-rasa.in $(RASA_LOCK) --output-file $(INTO)/requirements-rasa.lock
INTO := .
LOCKED := --upgrade --quiet --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links
LOCK := --universal --python-version 3.11 $(LOCKED)
RASA_LOCK := --python-platform linux --python-version 3.10 $(LOCKED)

outdated: $(VENV)/.dev ## Tell what in the locks is old: package, locked, newest, kind of step
	@into=$$(mktemp -d) && trap 'rm -rf "$$into"' EXIT && \
	  $(MAKE) --no-print-directory lock INTO="$$into" && $(BIN)/python -m solvefirst.documents.locks "$$into"

clean: ## Remove environments and caches; ./var is kept
	rm -rf $(VENV) .rasa tests/support/openapi_lint/node_modules build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or later is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed; on Debian: apt install python3-venv"; exit 1; }

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what SolveFirst needs into $(VENV) (once, about a minute) ..."
	@$(INSTALL) requirements.lock
	@$(OURSELVES)
	@$(PIP) check
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the tests need into $(VENV) (once, about two minutes) ..."
	@$(INSTALL) requirements-dev.lock
	@$(OURSELVES)
	@$(PIP) check
	@touch $@ $(VENV)/.runtime
