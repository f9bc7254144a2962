# make run    the product with an invented city, on this machine only
# make demo   throw that city away and make it anew, then run
# make test   everything that must hold, as CI runs it
# make soak   the long runs: all seeds, all kills
# make pictures  the guide's pictures, taken anew from the invented city
# make setup  what the others do first: .venv, Debian packages
.PHONY: help setup run demo test lint soak pictures
.DEFAULT_GOAL := help

BIN := .venv/bin
export SOPFLOW_HOME ?= $(CURDIR)/var
# what was compiled is kept: hundreds of tests start Python, and each of the test processes reads all the tests
unexport PYTHONDONTWRITEBYTECODE
# three at once on two cores: many tests wait for another process, a browser or a database
PYTEST := $(BIN)/python -m pytest -p tests.no_skips -n 3 --dist worksteal -q

help:
	@sed -n 's/^# make/make/p' Makefile

setup:
	@./.ci/setup test

run:
	@./.ci/setup run
	@$(BIN)/sopflow serve --demo

demo:
	@./.ci/setup run
	@$(BIN)/sopflow serve --demo --renew

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(PYTEST)

# what is set here, setup sees too: only the long runs need LibreOffice
soak: export SOPFLOW_SOAK := 1
soak: lint
	$(PYTEST)

pictures: setup
	$(BIN)/python -m tests.browser.pictures
