# Two commands do everything on a machine that has make and Python 3.11, 3.12 or 3.13:
#   make demo     fit a real cohort, compare, foretell, and write a report
#   make test     lint, types, arrows between modules, and the tests
# PYTHON=/path/to/python3 chooses the interpreter; without it the first one that really runs is taken.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# another PYTHON= is another environment
READY := .venv/.ready$(subst /,-,$(PYTHON))

# numba does not notice that a function called from another file has changed, and would then reuse machine code that
# gives wrong numbers: its cache is named after all the sources, so any change starts a fresh one.
SOURCES := $(sort $(shell find src/remnant -name '*.py'))
export NUMBA_CACHE_DIR := $(CURDIR)/.numba_cache/$(shell cat $(SOURCES) | cksum | tr ' ' '-')

.PHONY: help setup demo test lint types arrows warm warm-exact warm-sampler units verify calibrate bench docs clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):[^#]*## */\1\t/' | awk -F '\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY)  ## the locked environment in .venv (made by every other target when needed)

$(READY): pyproject.toml uv.lock .ci/set-up .ci/find-python
	@sh .ci/set-up $(PYTHON)
	@rm -f .venv/.ready* && touch $(READY)

demo: $(READY)  ## the main job on a real cohort; writes remnant-demo/report.html
	@$(BIN)/remnant demo --out remnant-demo

test: $(READY)  ## everything that must hold before a change is kept
	@$(MAKE) -j 2 lint types arrows warm
	@$(MAKE) units

lint: $(READY)  ## style and complexity
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## type checker
	$(BIN)/mypy

arrows: $(READY)  ## who may import whom
	$(BIN)/lint-imports

warm: warm-exact warm-sampler  ## compile the engines: with -j 2 side by side, where each worker of the tests would do both

warm-exact: $(READY)
	@$(BIN)/remnant outlook colon --draws 20 > /dev/null
	@$(BIN)/remnant solve tests/data/golden/07_dormancy_both_ways.json > /dev/null

warm-sampler: $(READY)
	@$(BIN)/remnant simulate colon --patients 20 --seed 1 > /dev/null

units: $(READY)  ## the tests, on all cores
	$(BIN)/pytest -n auto --dist worksteal -q

verify: $(READY)  ## the long checks
	$(BIN)/pytest -n auto --dist worksteal -q -m verify

calibrate: $(READY)  ## fit the catalogue to its published results again
	$(BIN)/python tools/calibrate.py

bench: $(READY)  ## ratios against what users would write or pick
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

docs: $(READY)  ## the generated pages and pictures
	$(BIN)/python docs/make_cli_reference.py
	$(BIN)/python docs/make_picture.py

clean:  ## remove what was built
	rm -rf .venv .uv .numba_cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache remnant-demo dist build
