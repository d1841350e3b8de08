SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
RUN := .venv/bin/python

DATA ?=
RATE ?= 350
SECONDS ?= 12
GRID ?= quick

.PHONY: help setup demo test check format train clean

help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.ready: pyproject.toml constraints.txt ivy.xml
	@$(PYTHON) -m sentistream.bootstrap

setup: .venv/.ready ## install everything below .venv and .local (once)

demo: .venv/.ready ## the whole system on this machine: DATA=file RATE=tweets/s SECONDS=n
	@$(RUN) -m sentistream.preflight
	@DATA="$(DATA)" RATE="$(RATE)" SECONDS="$(SECONDS)" $(RUN) -m demo
